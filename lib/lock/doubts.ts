/**
 * This file decides which locks an evicted node may still be inside until its session is over. Only members that were in its last
 * view to the end can say. Each informed survivor testifies; one proof that the node is not inside a lock frees that lock at
 * once. So a crash stalls only the locks that the dead node could hold (docs/concepts.md).
 *
 * A testimony names the exceptions to a rule: what the lock's algorithm says of a site that never touched it. With permissions
 * that is "no site is inside", with a token "a site where the token did not begin knows nothing".
 */
import { rendezvous } from '../base/hash.ts'
import type { NodeId } from '../base/ids.ts'
import type { AlgorithmKind } from '../mutex/contract.ts'
import type { Claim, JointTestimony, Testimony } from '../view/flush-host.ts'
import type { Quarantined, View } from '../view/view.ts'
import type { CarriedTable } from './carried-table.ts'
import type { Lock } from './lock.ts'

/** What a member keeps of the last view that it activated. */
export interface Past {
  readonly self: NodeId
  readonly members: readonly NodeId[]
  readonly carried: CarriedTable
  readonly locks: ReadonlyMap<string, Lock>
}

type KindOf = (lock: string) => AlgorithmKind

/** The locks of which this member knows more than the rule about that node. */
export function exceptionsOf(about: NodeId, past: Past, kindOf: KindOf): string[] {
  const { self, members, carried, locks } = past
  return [...new Set([...locks.keys(), ...carried.locks()])].filter((name) => {
    const kind = kindOf(name)
    const firstPlace = rendezvous(name, members) ?? self
    const byRule = kind.untouched([], firstPlace, self, about)
    const lock = locks.get(name)
    const mayHold =
      lock?.isHeldAlone !== true && (lock?.stopped?.mayHold(about) ?? kind.untouched(carried.of(name), firstPlace, self, about))
    return mayHold !== byRule
  })
}

/** The findings of all claims together: frozen with the merged claim, so that all members use the same. */
export function findingsOf(view: View, claims: ReadonlyMap<NodeId, Claim>, kindOf: KindOf): JointTestimony[] {
  return view.quarantine.flatMap(({ id: about, lastEpoch }): JointTestimony[] => {
    const said = new Map<NodeId, Testimony>()
    for (const [from, { testimonies }] of claims) {
      const own = testimonies.find((testimony) => testimony.about === about)
      if (own !== undefined) said.set(from, own)
    }
    if (said.size === 0) return []
    const gone = [...new Set([...said.values()].flatMap((testimony) => testimony.gone))].sort()
    const rule = new Rule(about, [...said.keys()], membersThen(view, lastEpoch, gone), kindOf)
    const exceptions = new Map([...said].map(([from, testimony]) => [from, new Set(testimony.exceptions)]))
    const names = new Set([...said.values()].flatMap((testimony) => testimony.exceptions))
    return [
      {
        about,
        gone,
        uninformed: view.members.filter(({ id, since }) => since <= lastEpoch && !said.has(id)).map(({ id }) => id),
        exceptions: [...names].filter((name) => {
          // One proof is enough: a lock is in doubt only if all of them doubt.
          const doubted = [...exceptions].every(([from, own]) => rule.doubts(name, from) !== own.has(name))
          return doubted !== rule.isDoubted(name)
        }),
      },
    ]
  })
}

/** How long, from the installation of a view, each lock waits for evicted nodes. */
export class Doubts {
  private readonly waits: readonly { readonly remainingMs: number; isDoubted(name: string): boolean }[]
  private readonly known = new Map<string, number>()

  constructor(view: View, waits: readonly Quarantined[], findings: readonly JointTestimony[], kindOf: KindOf) {
    this.waits = waits.map(({ id, remainingMs, lastEpoch }) => {
      const finding = findings.find(({ about }) => about === id)
      // No node that was in that view to its end is left, or the wait is for unknown nodes: then every lock is in doubt.
      if (finding === undefined) return { remainingMs, isDoubted: () => true }
      const uninformed = new Set(finding.uninformed)
      const witnesses = view.members.filter((member) => member.since <= lastEpoch && !uninformed.has(member.id))
      const rule = new Rule(
        id,
        witnesses.map((member) => member.id),
        membersThen(view, lastEpoch, finding.gone),
        kindOf,
      )
      const exceptions = new Set(finding.exceptions)
      return { remainingMs, isDoubted: (name) => rule.isDoubted(name) !== exceptions.has(name) }
    })
  }

  /** The longest wait for a node that may be inside that lock; 0 without one. */
  waitMs(name: string): number {
    let waitMs = this.known.get(name)
    if (waitMs === undefined) {
      waitMs = Math.max(0, ...this.waits.filter((each) => each.isDoubted(name)).map(({ remainingMs }) => remainingMs))
      this.known.set(name, waitMs)
    }
    return waitMs
  }
}

/** The rule for one evicted node, for the locks that no testimony names. */
class Rule {
  private readonly about: NodeId
  private readonly witnesses: readonly NodeId[]
  private readonly members: readonly NodeId[]
  private readonly kindOf: KindOf
  /** The lock of the last call, and where its token began: the same for every witness. */
  private latest: { readonly name: string; readonly firstPlace: NodeId | undefined } | null = null

  constructor(about: NodeId, witnesses: readonly NodeId[], members: readonly NodeId[], kindOf: KindOf) {
    this.about = about
    this.witnesses = witnesses
    this.members = members
    this.kindOf = kindOf
  }

  /** Whether this witness, if it never touched that lock, cannot prove that the node is not inside. */
  doubts(name: string, witness: NodeId): boolean {
    if (this.latest?.name !== name) this.latest = { name, firstPlace: rendezvous(name, this.members) }
    return this.kindOf(name).untouched([], this.latest.firstPlace ?? witness, witness, this.about)
  }

  isDoubted(name: string): boolean {
    return this.witnesses.every((witness) => this.doubts(name, witness))
  }
}

/** The members of the last view with the evicted node: those that are still members, and those that are gone. */
function membersThen(view: View, lastEpoch: number, gone: readonly NodeId[]): readonly NodeId[] {
  return [...view.members.filter(({ since }) => since <= lastEpoch).map(({ id }) => id), ...gone]
}
