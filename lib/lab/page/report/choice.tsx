/** This file shows a choice between a few options, as buttons or as a list. */

interface ChoiceProps {
  /** Of the radio buttons: one for each choice on the page. */
  readonly name: string
  readonly label: string
  readonly options: readonly string[]
  readonly chosen: string
  choose(option: string): void
}

/** One of a few, or, where there are too many to see at once, a list of them. In print only the chosen one is left. */
export function Choice({ name, label, options, chosen, choose }: ChoiceProps) {
  if (options.length > 6) {
    return (
      <label class="choice">
        <span>{label}</span>
        <select value={chosen} onChange={(event) => choose(event.currentTarget.value)}>
          {options.map((option) => (
            <option key={option}>{option}</option>
          ))}
        </select>
      </label>
    )
  }
  return (
    <fieldset class="choice">
      <legend>{label}</legend>
      {options.map((option) => (
        <label key={option} class={option === chosen ? 'chosen' : ''}>
          <input type="radio" name={name} checked={option === chosen} onChange={() => choose(option)} />
          {option}
        </label>
      ))}
    </fieldset>
  )
}
