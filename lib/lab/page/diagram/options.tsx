/** This file is the form of the scenario. A change of any field begins another run. */
import { useEffect, useState } from 'preact/hooks'
import { scenarioLimits } from '../../scenario/scenario.ts'
import { shelves } from '../../scenario/registry.ts'
import type { DiagramSession } from './session.ts'

const loads: readonly (readonly [string, string])[] = [
  ['hands', 'users by hand'],
  ['light', 'light: one at a time'],
  ['poisson:0.3', 'Poisson, 0.3'],
  ['poisson:0.7', 'Poisson, 0.7'],
  ['poisson:1.5', 'Poisson, 1.5: too many'],
  ['closed:5', 'closed: think for 5 T'],
  ['hotspot:0.7,0.8', 'hot spot at the first'],
  ['bursts:0.7,3', 'bursts of three'],
  ['saturated', 'saturated: always'],
]

const delays: readonly (readonly [string, string])[] = [
  ['constant:1', 'constant'],
  ['uniform:0.5,1.5', 'uniform, 0.5 to 1.5 T'],
  ['exponential:1', 'exponential'],
  ['lognormal:1,0.5', 'lognormal'],
  ['two-sites:0.3,3', 'two sites'],
]

export function ScenarioForm({ session }: { readonly session: DiagramSession }) {
  const { scenario } = session
  const known = shelves.some(({ names }) => names.includes(scenario.algorithm))
  return (
    <form class="options" aria-label="The scenario" onSubmit={(event) => event.preventDefault()}>
      <label>
        <span>Algorithm</span>
        <select value={scenario.algorithm} onChange={(event) => session.choose({ algorithm: event.currentTarget.value })}>
          {!known && <option value={scenario.algorithm}>{scenario.algorithm}</option>}
          {shelves.map(({ heading, names }) => (
            <optgroup key={heading} label={heading}>
              {names.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </optgroup>
          ))}
        </select>
      </label>
      <Whole
        label="Nodes"
        value={scenario.nodes}
        least={2}
        most={scenarioLimits.nodes}
        set={(nodes) => session.choose({ nodes })}
      />
      <Choice label="Load" value={scenario.load} choices={loads} set={(load) => session.choose(loadOptions(load))} />
      <Whole label="Users" value={scenario.users} least={0} most={9999} set={(users) => session.choose({ users })} />
      <Choice label="Delay" value={scenario.delay} choices={delays} set={(delay) => session.choose({ delay })} />
      <Choice
        label="Section"
        value={String(scenario.sectionT ?? 'hands')}
        choices={[
          ['0.1', '0.1 T'],
          ['1', '1 T'],
          ['3', '3 T'],
          ['hands', 'until led out'],
        ]}
        set={(section) => session.choose({ sectionT: section === 'hands' ? null : Number(section) })}
      />
      <Choice
        label="Loss"
        value={String(scenario.loss)}
        choices={[
          ['0', 'none'],
          ['0.05', '5 %'],
          ['0.2', '20 %'],
        ]}
        set={(loss) => session.choose({ loss: Number(loss) })}
      />
      <Whole label="Seed" value={scenario.seed} least={0} most={2 ** 31} set={(seed) => session.choose({ seed })} />
      <label class="check">
        <input
          type="checkbox"
          checked={scenario.isFifo}
          onChange={(event) => session.choose({ isFifo: event.currentTarget.checked })}
        />
        <span>Links keep order</span>
      </label>
    </form>
  )
}

/** A reader who plays the users wants to lead them out, too. */
function loadOptions(load: string): { load: string; sectionT?: number | null } {
  return load === 'hands' ? { load, sectionT: null } : { load }
}

interface ChoiceProps {
  readonly label: string
  readonly value: string
  readonly choices: readonly (readonly [string, string])[]
  set(value: string): void
}

/** A list of choices. An unlisted value from a link is offered too. */
function Choice({ label, value, choices, set }: ChoiceProps) {
  return (
    <label>
      <span>{label}</span>
      <select value={value} onChange={(event) => set(event.currentTarget.value)}>
        {!choices.some(([each]) => each === value) && <option value={value}>{value}</option>}
        {choices.map(([each, text]) => (
          <option key={each} value={each}>
            {text}
          </option>
        ))}
      </select>
    </label>
  )
}

interface WholeProps {
  readonly label: string
  readonly value: number
  readonly least: number
  readonly most: number
  set(value: number): void
}

function Whole({ label, value, least, most, set }: WholeProps) {
  const [text, setText] = useState(String(value))
  useEffect(() => setText(String(value)), [value])
  const commit = (): void => {
    const wanted = Math.round(Number(text))
    if (text.trim() === '' || !Number.isFinite(wanted)) return setText(String(value))
    const allowed = Math.min(most, Math.max(least, wanted))
    setText(String(allowed))
    if (allowed !== value) set(allowed)
  }
  return (
    <label>
      <span>{label}</span>
      <input
        type="number"
        value={text}
        min={least}
        max={most}
        style={{ width: `${Math.max(4, text.length) + 5}ch` }}
        onInput={(event) => setText(event.currentTarget.value)}
        onChange={commit}
        onKeyDown={(event) => {
          if (event.key === 'Enter') commit()
        }}
      />
    </label>
  )
}
