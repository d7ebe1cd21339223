/** This file declares what a broken algorithm of the gallery is, and what it breaks. */
import type { Body } from '../../mutex/contract.ts'
import type { Rule } from '../../sim/explorer/rules.ts'
import type { OwnKind } from '../own/define.ts'

/** What a broken algorithm breaks. */
export interface Breaks {
  /** The rule that is broken first. */
  readonly property: Rule
  /** The fewest sites that show it. */
  readonly nodes: number
  /** How it comes about, in a sentence or two. */
  readonly why: string
}

/** An algorithm of the gallery: plausible, and wrong. */
export interface Broken<Message extends Body = Body> {
  readonly name: string
  readonly breaks: Breaks
  readonly kind: OwnKind<Message>
  /** The same without the mistake; null where no small change mends it. */
  readonly mended: OwnKind<Message> | null
  /** What mends it, or why nothing small does. */
  readonly cure: string
}
