/**
 * This file declares what an option of a command is: how help describes it, how its value is read, and what a shell completes
 * after it.
 */
import { nearestName } from '../base/nearest.ts'

/** What a shell offers for a value: file names, folder names, or these words. */
export type Completes = 'nothing' | 'files' | 'folders' | readonly string[]

export interface Option<Value> {
  /** What stands for the value in help, such as N; null for an option that takes no value. */
  readonly placeholder: string | null
  /** One or two sentences for help. */
  readonly says: string
  /** A value that is right. */
  readonly example: string
  /** Whether it may be given more than once. */
  readonly isRepeatable: boolean
  readonly completes: Completes
  /** The value when the option is not given. */
  readonly fallback: Value
  /**
   * Reads the typed value: one string, or several if the option is repeatable.
   *
   * @throws WrongValue whose message continues after the option's name.
   */
  readonly read: (texts: readonly string[]) => Value
}

/** The options of a command by their names, without the dashes. */
export type Options = Readonly<Record<string, Option<unknown>>>

/** The values of a command's options. */
export type ValuesOf<Table extends Options> = {
  readonly [Name in keyof Table]: Table[Name] extends Option<infer Value> ? Value : never
}

/** A value that an option cannot have: `must be …`, `has no …`. */
export class WrongValue extends Error {
  override readonly name = 'WrongValue'
}

/** An option that takes no value. */
export function flag(says: string): Option<boolean> {
  return { placeholder: null, says, example: '', isRepeatable: true, completes: 'nothing', fallback: false, read: () => true }
}

interface Numbers<Fallback> {
  readonly min: number
  readonly max: number
  readonly example: string
  readonly fallback: Fallback
}

/** A whole number. */
export function integer<Fallback extends number | undefined>(
  placeholder: string,
  says: string,
  numbers: Numbers<Fallback>,
): Option<number | Fallback> {
  return valued(placeholder, says, numbers, (text) => wholeNumber(text, numbers))
}

/** Whole numbers with commas between them. */
export function integers<Fallback extends readonly number[] | undefined>(
  placeholder: string,
  says: string,
  numbers: Numbers<Fallback>,
): Option<readonly number[] | Fallback> {
  return valued(placeholder, says, numbers, (text) => parts(text).map((each) => wholeNumber(each, numbers)))
}

function wholeNumber(text: string, { min, max }: { readonly min: number; readonly max: number }): number {
  const value = Number(text)
  if (!/^\d+$/.test(text) || value < min || value > max)
    throw new WrongValue(`must be a whole number from ${min} to ${max}, got '${text}'`)
  return value
}

/** A number of seconds, fractions allowed. */
export function seconds(says: string, numbers: Omit<Numbers<number>, 'min'>): Option<number> {
  return valued('S', says, numbers, (text) => {
    const value = Number(text)
    if (!/^\d+(\.\d+)?$/.test(text) || value <= 0 || value > numbers.max)
      throw new WrongValue(`must be a number of seconds above 0 and at most ${numbers.max}, got '${text}'`)
    return value
  })
}

/** A number, fractions allowed. */
export function decimal(placeholder: string, says: string, numbers: Numbers<undefined>): Option<number | undefined> {
  const { min, max } = numbers
  return valued(placeholder, says, numbers, (text) => {
    const value = Number(text)
    if (!/^\d+(\.\d+)?$/.test(text) || value < min || value > max)
      throw new WrongValue(`must be a number from ${min} to ${max}, got '${text}'`)
    return value
  })
}

/** One of a few words. */
export function choice<const Word extends string>(
  placeholder: string,
  says: string,
  words: readonly Word[],
): Option<Word | undefined> {
  const form = { example: words[0] as string, fallback: undefined, completes: words }
  return valued(placeholder, says, form, (text) => wordFrom(text, words))
}

/** Some of a few words, with commas between them. */
export function choices<const Word extends string>(
  placeholder: string,
  says: string,
  words: readonly Word[],
): Option<readonly Word[] | undefined> {
  const form = { example: words.slice(0, 2).join(','), fallback: undefined, completes: words }
  return valued(placeholder, says, form, (text) => parts(text).map((each) => wordFrom(each, words)))
}

/**
 * The typed word, if it is one of these.
 *
 * @throws WrongValue with the words, or the word that was probably meant.
 */
export function wordFrom<Word extends string>(text: string, words: readonly Word[]): Word {
  const word = words.find((each) => each === text)
  if (word !== undefined) return word
  throw new WrongValue(`must be ${listed(words, 'or')}, got '${text}'${didYouMean(text, words)}`)
}

/** Any text. */
export function freeText(
  placeholder: string,
  says: string,
  example: string,
  completes: Completes = 'nothing',
): Option<string | undefined> {
  return valued(placeholder, says, { example, fallback: undefined, completes }, (given) => given)
}

/** The name of a file. */
export function file(says: string, example: string): Option<string | undefined> {
  return freeText('FILE', says, example, 'files')
}

/** Any texts, with commas between them. */
export function texts(
  placeholder: string,
  says: string,
  example: string,
  completes: Completes = 'nothing',
): Option<readonly string[] | undefined> {
  return valued(placeholder, says, { example, fallback: undefined, completes }, parts)
}

/** Texts with commas within them: a comma parts two of them only before a letter. The option may also be given once for each. */
export function laws(
  placeholder: string,
  says: string,
  example: string,
  words: readonly string[],
): Option<readonly string[] | undefined> {
  return {
    placeholder,
    says,
    example,
    isRepeatable: true,
    completes: words,
    fallback: undefined,
    read: (given) => given.flatMap((each) => each.split(/,(?=\s*[a-z])/i).map((part) => part.trim())),
  }
}

function valued<Value, Fallback>(
  placeholder: string,
  says: string,
  form: { readonly example: string; readonly fallback: Fallback; readonly completes?: Completes },
  read: (text: string) => Value,
): Option<Value | Fallback> {
  const { example, fallback, completes = 'nothing' } = form
  return { placeholder, says, example, isRepeatable: false, completes, fallback, read: ([given]) => read(given as string) }
}

function parts(text: string): readonly string[] {
  const entries = text.split(',').map((entry) => entry.trim())
  if (entries.some((entry) => entry === '')) throw new WrongValue(`must be a list such as a,b, got '${text}'`)
  return entries
}

/** `a, b or c`. */
export function listed(words: readonly string[], conjunction: 'and' | 'or'): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1)}`
}

/** `; did you mean 'x'?` if one of the words is near, else nothing. */
export function didYouMean(word: string, words: readonly string[]): string {
  const nearest = nearestName(word, words)
  return nearest === null ? '' : `; did you mean '${nearest}'?`
}
