/** This file declares what a query of members and locks returns, and puts the answers of all members together. */
import type { NodeId } from '../base/ids.ts'
import { Mode, type PlainMode } from '../base/mode.ts'
import { withJson } from '../base/shown.ts'
import type { UnplacedWaiter } from '../port/places.ts'
import type { QueryReport } from '../port/reports.ts'
import { encode } from '../wire/codec.ts'
import type { Failover, FailoverCase, FailoverTerm } from './explain.ts'

/** A member, as reported to an observer. */
export interface MemberReport {
  /** The id of the member. */
  readonly id: NodeId
  /** Where others reach it. */
  readonly address: string
  /** The epoch at which it became a member. */
  readonly since: number
  /** What gossip believes of it, at the node that answered. */
  readonly state: string
}

/** A lock's permission or token that rests unused at a node: the next acquire there needs no message. */
export interface CachedReport {
  /** The name of the lock. */
  readonly name: string
  /** The node at which it rests. */
  readonly node: NodeId
  /** Whether the lock's token rests there. */
  readonly token: boolean
  /** The members whose permission this node has. */
  readonly permissions: readonly NodeId[]
}

/** The holders, the waiters, and the nodes where locks rest. */
export interface LockReport extends QueryReport {
  /** Locks that rest unused at a node. */
  readonly cached: readonly CachedReport[]
  /** Members that did not answer in time: their holds and waiters are missing here. */
  readonly unanswered: readonly NodeId[]
  /** Members with more than one answer carries: holds come first, then waiters, then cached locks. */
  readonly truncated: readonly NodeId[]
}

/** What one node answers about its own locks. */
export interface LockAnswer extends Pick<LockReport, 'held' | 'cached'> {
  readonly pending: readonly UnplacedWaiter[]
  /** There was more. */
  readonly cut?: boolean
}

/** How many values an answer may have: well within the limit of one message. */
const answerValuesMax = 8000
const valuesOfRow = 8

/** Cuts an answer to the size of one message. */
export function fitLockAnswer(answer: LockAnswer): LockAnswer {
  let left = answerValuesMax
  const take = <Row>(rows: readonly Row[], extraOf: (row: Row) => number): readonly Row[] => {
    const taken: Row[] = []
    for (const row of rows) {
      left -= valuesOfRow + extraOf(row)
      if (left < 0) break
      taken.push(row)
    }
    return taken
  }
  // Each value takes at least a byte, so bytes bound values.
  const valuesOf = ({ meta }: { readonly meta: unknown }): number => (meta === undefined ? 0 : encode(meta).length)
  const held = take(answer.held, valuesOf)
  const pending = take(answer.pending, valuesOf)
  const cached = take(answer.cached, ({ permissions }) => permissions.length)
  return { held, pending, cached, cut: left < 0 }
}

/** Accepts only data with the shape of an answer: it came from a peer. */
export function readLockAnswer(raw: unknown): LockAnswer {
  const answer = asObject(raw)
  return {
    cut: answer.cut === true,
    held: asList(answer.held).map((row) =>
      withJson({
        name: asText(row.name),
        mode: asMode(row.mode),
        fence: asBigint(row.fence),
        holder: asText(row.holder),
        owner: asNumber(row.owner),
        heldMs: asNumber(row.heldMs),
        meta: row.meta,
      }),
    ),
    pending: asList(answer.pending).map((row) => ({
      name: asText(row.name),
      mode: asMode(row.mode),
      node: asText(row.node),
      owner: asNumber(row.owner),
      waitedMs: asNumber(row.waitedMs),
      meta: row.meta,
    })),
    cached: asList(answer.cached).map((row) => ({
      name: asText(row.name),
      node: asText(row.node),
      token: row.token === true,
      permissions: Array.isArray(row.permissions) ? row.permissions.map(asText) : [],
    })),
  }
}

export function readMembersAnswer(raw: unknown): MembersReport {
  const answer = asObject(raw)
  return {
    cluster: asText(answer.cluster),
    epoch: asNumber(answer.epoch),
    members: asList(answer.members).map((row) => ({
      id: asText(row.id),
      address: asText(row.address),
      since: asNumber(row.since),
      state: asText(row.state),
    })),
  }
}

/** Null if that peer has no view, or its version does not know the question. */
export function readFailover(raw: unknown): Failover | null {
  const answer = asObject(raw)
  const cases = asList(answer.cases)
  if (asText(answer.algorithm) === '') return null
  return {
    lock: asText(answer.lock),
    algorithm: asText(answer.algorithm),
    register: answer.register === 'local' ? 'local' : 'quorum',
    members: asNumber(answer.members),
    sessionMs: asNumber(answer.sessionMs),
    cases: cases.map((row) => ({
      case: asText(row.case) as FailoverCase['case'],
      ...(typeof row.when === 'string' ? { when: row.when } : {}),
      terms: asList(row.terms).map((term) => ({
        name: asText(term.name) as FailoverTerm['name'],
        ms: asNumber(term.ms),
        why: asText(term.why),
      })),
      boundMs: asNumber(row.boundMs),
    })),
    advice: Array.isArray(answer.advice) ? answer.advice.map(asText) : [],
  }
}

/** The members of the newest view, at the node that answered. */
export interface MembersReport {
  /** The name of the cluster. */
  readonly cluster: string
  /** The number of the view; 0 if that node is in none. */
  readonly epoch: number
  /** The members, the most senior first. */
  readonly members: readonly MemberReport[]
}

type Row = Readonly<Record<string, unknown>>

function asObject(raw: unknown): Row {
  return raw !== null && typeof raw === 'object' && !Array.isArray(raw) ? (raw as Row) : {}
}

function asList(raw: unknown): readonly Row[] {
  return Array.isArray(raw) ? raw.map(asObject) : []
}

function asText(raw: unknown): string {
  return typeof raw === 'string' ? raw : ''
}

function asNumber(raw: unknown): number {
  return typeof raw === 'number' ? raw : 0
}

function asBigint(raw: unknown): bigint {
  return typeof raw === 'bigint' ? raw : typeof raw === 'number' && Number.isSafeInteger(raw) ? BigInt(raw) : 0n
}

function asMode(raw: unknown): PlainMode {
  return (Mode.from(raw) ?? Mode.exclusive).plain
}
