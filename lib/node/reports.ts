/** This file declares what a query of members and locks returns, and puts the answers of all members together. */
import type { NodeId } from '../base/ids.ts'
import { Mode, type PlainMode } from '../base/mode.ts'
import { withJson } from '../base/shown.ts'
import type { QueryReport } from '../port/reports.ts'
import { encode } from '../wire/codec.ts'
import type { Failover, FailoverCase, FailoverTerm } from './explain.ts'

/** A member as an observer is told of it. */
export interface MemberReport {
  /** The id of the member. */
  readonly id: NodeId
  /** Where others reach it. */
  readonly address: string
  /** The epoch at which it became a member. */
  readonly since: number
  /** What gossip believes of it where the question was answered. */
  readonly state: string
}

/** A lock's permission or token that rests at a node which does not use it now: its next acquire there is free. */
export interface CachedReport {
  /** The name of the lock. */
  readonly name: string
  /** The node at which it rests. */
  readonly node: NodeId
  /** Whether the lock's token rests there. */
  readonly token: boolean
  /** The members that this node need not ask again. */
  readonly permissions: readonly NodeId[]
}

/** Who holds, who waits, and where a lock rests. */
export interface LockReport extends QueryReport {
  /** Locks that rest at a node which does not use them now. */
  readonly cached: readonly CachedReport[]
  /** Members that did not answer in time: what they hold or wait for is missing here. */
  readonly unanswered: readonly NodeId[]
  /** Members that had more to tell than one answer carries: holds come first, then waiters, then what is cached. */
  readonly truncated: readonly NodeId[]
}

/** What one node answers about its own locks. */
export interface LockAnswer extends Pick<LockReport, 'held' | 'pending' | 'cached'> {
  /** There was more. */
  readonly cut?: boolean
}

/** Values that an answer may have: well within what one message carries. */
const answerValuesMax = 8000
const valuesOfRow = 8

/** As much of an answer as one message carries. */
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
  // No value takes less than a byte, so bytes bound values.
  const held = take(answer.held, ({ meta }) => (meta === undefined ? 0 : encode(meta).length))
  const pending = take(answer.pending, () => 0)
  const cached = take(answer.cached, ({ permissions }) => permissions.length)
  return { held, pending, cached, cut: left < 0 }
}

/** Takes only what has the shape of an answer: it came from a peer. */
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
        heldMs: asNumber(row.heldMs),
        meta: row.meta,
      }),
    ),
    pending: asList(answer.pending).map((row) => ({
      name: asText(row.name),
      mode: asMode(row.mode),
      node: asText(row.node),
      waitedMs: asNumber(row.waitedMs),
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

/** Null when that peer has no view to tell of, or is of a version that does not know the question. */
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

/** The members of the newest view where the question was answered. */
export interface MembersReport {
  /** The name of the cluster. */
  readonly cluster: string
  /** The number of the view; 0 when that node is in none. */
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
