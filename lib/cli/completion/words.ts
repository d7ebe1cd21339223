/** This file gives the words that a shell needs to complete each command. They are made from the table of commands. */
import { commands } from '../commands.ts'
import type { Completes, Option } from '../option.ts'
import { commonOptions } from '../parse.ts'

/** What follows: file names, folder names, or one of these words; no words if anything may follow. */
export type Offer = 'files' | 'folders' | readonly string[]

export interface CompletedOption {
  readonly name: string
  readonly says: string
  /** Null for an option that takes no value. */
  readonly value: { readonly placeholder: string; readonly offer: Offer } | null
}

export interface CompletedCommand {
  readonly name: string
  readonly summary: string
  readonly options: readonly CompletedOption[]
  readonly args: readonly { readonly name: string; readonly offer: Offer }[]
}

/** All commands, with the words that follow their options. */
export const completedCommands: readonly CompletedCommand[] = commands.map(({ spec: { name, summary, options, args } }) => ({
  name,
  summary,
  options: Object.entries({ ...options, ...commonOptions }).map(([each, option]) => completed(each, option)),
  args: args.map((each) => ({ name: each.name, offer: offerOf(each.completes) })),
}))

function completed(name: string, { placeholder, says, completes }: Option<unknown>): CompletedOption {
  return { name, says, value: placeholder === null ? null : { placeholder, offer: offerOf(completes) } }
}

function offerOf(completes: Completes): Offer {
  return completes === 'nothing' ? [] : completes
}

/** A text within single quotes, as all three shells read it but for the quote itself, which `escaped` stands for. */
export function quoted(text: string, escaped = "'\\''"): string {
  return `'${text.replaceAll("'", escaped)}'`
}
