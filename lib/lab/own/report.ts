/** This file declares the report of a check: what was searched, and what was found. */
import type { Rule } from '../../sim/explorer/rules.ts'
import type { Story } from '../../sim/story/story.ts'
import type { CheckedMode } from './modes.ts'
import type { Score } from './score.ts'

/** What may be found wrong: a rule of the explorer's, or that the file does not load. */
export type FindingKind = Rule | 'loads'

/** A breach, and how it comes about. */
export interface Finding {
  readonly property: FindingKind
  /** What happens, in a sentence. */
  readonly problem: string
  /** A line a step; the last is the problem. */
  readonly story: readonly string[]
  /** The same as a space-time diagram in text; empty when there are no steps. */
  readonly diagram: string
  readonly nodes: number
  /** How it was found: `every order`, or the seed. */
  readonly foundBy: string
  /** For drawings; null when there are no steps. */
  readonly run: Story | null
}

/** One small configuration, and how much of it was searched. */
export interface Explored {
  readonly nodes: number
  /** How often each site asks. */
  readonly requests: readonly number[]
  /** What is asked for. */
  readonly mode: CheckedMode
  /** The first site may withdraw its requests. */
  readonly withdraws: boolean
  readonly states: number
  /** Every order was tried. */
  readonly complete: boolean
}

/** What a check came to. */
export interface CheckReport {
  readonly name: string
  readonly links: 'fifo' | 'unordered'
  /** Different states that were reached in all small configurations. */
  readonly explored: number
  readonly configurations: readonly Explored[]
  /** Runs at random. */
  readonly seeds: number
  readonly violations: readonly Finding[]
  readonly score: Score
}
