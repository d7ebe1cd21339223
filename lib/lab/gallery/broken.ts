/** This file declares what a broken algorithm of the gallery is. */
import type { Body, Site } from '../../mutex/contract.ts'
import type { Mistake } from '../../sim/bugs/bug.ts'
import { keptBugs, lateReplyClearsNote } from '../../sim/bugs/kept.ts'
import { queueBugs } from '../../sim/bugs/queue.ts'
import { requestBugs } from '../../sim/bugs/request.ts'
import { stampBugs } from '../../sim/bugs/stamp.ts'
import { tokenBugs } from '../../sim/bugs/token.ts'
import type { Rule } from '../../sim/explorer/rules.ts'
import { defineAlgorithm, type OwnAlgorithm, type OwnKind } from '../own/define.ts'

/** An algorithm of the gallery: it looks right and is wrong. */
export interface Broken<Message extends Body = Body> extends Mistake {
  /** The rule that it breaks first. */
  readonly property: Rule
  /** The seeded bug that is the same mistake in the nodes of the product; absent if no seeded bug is. */
  readonly sameAs?: string
  /** The fewest sites that show it. */
  readonly nodes: number
  /** What mends it, or why nothing small does. */
  readonly cure: string
  readonly kind: OwnKind<Message>
  /** The same without the mistake; null where no small change mends it. */
  readonly mended: OwnKind<Message> | null
}

/**
 * The seeded bugs that are made in an algorithm or its clock. The page in the browser has this file, so no family of a whole node
 * is among them.
 */
export const seeded = [...requestBugs, ...stampBugs, ...keptBugs, lateReplyClearsNote, ...tokenBugs, ...queueBugs]

/** What the catalogue says of a seeded bug, for an algorithm with the same mistake. */
export function sameAs(name: (typeof seeded)[number]['name']): Pick<Broken, 'sameAs' | 'property' | 'breaks' | 'source'> {
  const { property, breaks, source } = seeded.find((bug) => bug.name === name) as Mistake
  return { sameAs: name, property: property as Rule, breaks, ...(source && { source }) }
}

/** An algorithm of the gallery from the class of its sites. */
export function brokenOf<Message extends Body>(
  sites: new (site: Site<Message>) => OwnAlgorithm<Message>,
  mended: OwnKind<Message> | null,
  told: Omit<Broken, 'kind' | 'mended'>,
): Broken<Message> {
  return { ...told, kind: defineAlgorithm<Message>({ name: told.name, create: (site) => new sites(site) }), mended }
}
