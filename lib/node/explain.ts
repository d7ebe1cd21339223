/**
 * This file computes for how long a lock stands still when a process fails: the bound in this cluster, term by term, and what
 * would change it. It uses the constants by which failures are detected (SWIM, Das et al. 2002; Lifeguard, Dadgar et al. 2017),
 * views decided and sessions waited for (docs/concepts.md), so it changes with them.
 *
 * It holds for one failure at a time, between machines that answer within the profile's probe timeout.
 */
import type { NodeId } from '../base/ids.ts'
import type { SwimProfile } from '../membership/profile.ts'
import { bootTickMs } from '../view/local-register.ts'
import { isQuorum, quarantineFullMs } from '../view/successor.ts'
import { clockWaitMs, spacingMs, turnAfterDeathMs, windowMaxMs, windowMs } from '../view/timing.ts'
import type { View } from '../view/view.ts'
import { waitsForBusy } from './busy-member.ts'
import type { Profile } from './profile.ts'
import type { LockReport } from './reports.ts'

/** A part of the wait. Parts follow each other, and their sum is the bound. */
export interface FailoverTerm {
  /** What this part waits for. */
  readonly name: 'detection' | 'proposal' | 'decision' | 'flush' | 'session' | 'quarantine'
  /** How long, at the most. */
  readonly ms: number
  /** One sentence for people. */
  readonly why: string
}

/** A kind of failure, and by when the lock is granted again. */
export interface FailoverCase {
  /** The kind of failure. */
  readonly case:
    | 'holder killed'
    | 'holder hung or stopped'
    | 'host lost or partitioned'
    | 'a member that cannot hold this lock dies'
    | 'a member that does not hold this lock is busy'
  /** One sentence: which requests wait at all. Absent where all do. */
  readonly when?: string
  /** The parts of the wait, in their order. */
  readonly terms: readonly FailoverTerm[]
  /** The sum of the parts: by then the lock is granted again. */
  readonly boundMs: number
}

/** The result of `node.explain` and `holdfast explain`. */
export interface Failover {
  /** The name of the lock. */
  readonly lock: string
  /** The algorithm of that lock. */
  readonly algorithm: string
  /** What decides views: the local directory of one host, or a majority of the join list. */
  readonly register: 'local' | 'quorum'
  /** The number of members. */
  readonly members: number
  /** D, in milliseconds. */
  readonly sessionMs: number
  /** Empty for a cluster of one: no other member could go on. */
  readonly cases: readonly FailoverCase[]
  /** What would shorten the wait, a sentence each. */
  readonly advice: readonly string[]
}

/** A killed process closes its sockets a little before it is gone: it is checked until then. */
const dyingMs = 80

/** With the present holders of the lock, whose failures the cases describe. */
export interface FailoverReport extends Failover {
  /** May be out of date, and lacks members that did not answer in time. */
  readonly holders: readonly NodeId[]
}

/** Adds the holders. */
export function withHolders(failover: Failover, locks: LockReport): FailoverReport {
  // The lock's name was a pattern for the question, and may have a * in it.
  const held = locks.held.filter(({ name }) => name === failover.lock)
  return { ...failover, holders: [...new Set(held.map(({ holder }) => holder))] }
}

/**
 * What is computed from: the agreed view, how this node finds failures, and what its directory cannot see.
 *
 * @param blindSpot `Directory.blindSpot`.
 */
export function explainFailover(
  lock: string,
  algorithm: string,
  view: View,
  profile: Profile,
  blindSpot: string | null = null,
): Failover {
  const { sessionMs, joinList } = view.config
  const register = joinList.length === 0 ? 'local' : 'quorum'
  const members = view.members.length
  const figures = new Figures(profile.swim, members, sessionMs)
  const cases =
    members < 2
      ? []
      : [...(register === 'local' ? localCases(figures) : quorumCases(figures)), busyCase(figures, register, algorithm)]
  const advice = [
    ...adviceFor(register, members, figures, cases),
    ...votesAdvice(view),
    ...(blindSpot === null ? [] : [`one 'directory' that all of them see: ${blindSpot}`]),
  ]
  return { lock, algorithm, register, members, sessionMs, cases, advice }
}

/** The single times, each the longest that it should take. */
class Figures {
  readonly sessionMs: number
  readonly quarantineMs: number
  readonly roundTripMs: number
  /** Until all believe that a member is down whose connections closed. */
  readonly closedMs: number
  /** The same while its connections stay open. */
  readonly openMs: number

  constructor(swim: SwimProfile, members: number, sessionMs: number) {
    this.sessionMs = sessionMs
    this.quarantineMs = quarantineFullMs(sessionMs)
    this.roundTripMs = swim.probeTimeoutMs
    const scale = Math.max(1, Math.log10(members))
    const spreadMs = swim.gossipIntervalMs * Math.ceil(Math.log2(members + 1))
    this.closedMs = Math.ceil(swim.probeIntervalMs + swim.suspicionClosedMs * scale + spreadMs)
    this.openMs = Math.ceil(swim.probeIntervalMs * (probesMax(members) + 1) + swim.suspicionOpenMs * scale + spreadMs)
  }

  detected(ms: number, why: string): FailoverTerm {
    return { name: 'detection', ms, why }
  }

  proposed(ms: number): FailoverTerm {
    return { name: 'proposal', ms, why: 'a pause, so that failures that come together make one view' }
  }

  decided(): FailoverTerm {
    const why =
      'two round trips among the voters, and views come at most ten times a second, by the clocks of voters without a dataDir'
    return { name: 'decision', ms: spacingMs + 2 * this.roundTripMs, why }
  }

  /** With the local register there are no votes; the only wait is for the wall clock. */
  timed(): FailoverTerm {
    const why =
      'nothing, as a rule; after several views in a row the wall clock has to reach the next epoch, and one that was set back is given up'
    return { name: 'decision', ms: clockWaitMs, why }
  }

  flushed(): FailoverTerm {
    const why = 'claims to the most senior member, its answer to all, and the request once more: a round trip each'
    return { name: 'flush', ms: 3 * this.roundTripMs, why }
  }
}

/**
 * After how many rounds at the latest a member is probed by two others: each goes through all, in an order that is shuffled for
 * every pass. With many members chance makes it far less: six rounds are enough except once in thousands.
 */
function probesMax(members: number): number {
  return Math.min(2 * (members - 1) - 1, 6)
}

function localCases(figures: Figures): FailoverCase[] {
  const proof = figures.detected(dyingMs, 'its connections close, and the kernel says when the last of its process is gone')
  const killed = [proof, figures.proposed(Math.ceil(turnAfterDeathMs(figures.sessionMs))), figures.timed(), figures.flushed()]
  return [
    caseOf('holder killed', killed),
    caseOf('holder hung or stopped', localSilence(figures, 'keeps what it holds')),
    caseOf('a member that cannot hold this lock dies', killed),
  ]
}

function quorumCases(figures: Figures): FailoverCase[] {
  const { sessionMs, closedMs } = figures
  const closed = [
    figures.detected(closedMs, 'its connections close; it is suspected, and down when it has not objected in time'),
    figures.proposed(windowMs(sessionMs)),
    figures.flushed(),
  ]
  return [
    caseOf('holder killed', decidedAndWaitedOut(figures, closed)),
    caseOf('holder hung or stopped', quorumSilence(figures, windowMs(sessionMs))),
    caseOf('host lost or partitioned', quorumSilence(figures, windowMaxMs(sessionMs))),
    caseOf('a member that cannot hold this lock dies', decidedAndWaitedOut(figures, closed).slice(0, -1)),
  ]
}

/** The request waits until the busy member goes on; the wait is bounded because the member is given up at some time. */
function busyCase(figures: Figures, register: 'local' | 'quorum', algorithm: string): FailoverCase {
  const terms =
    register === 'local'
      ? localSilence(figures, 'is waited for as long as it may go on')
      : quorumSilence(figures, windowMs(figures.sessionMs))
  return { ...caseOf('a member that does not hold this lock is busy', terms), when: waitsForBusy(algorithm) }
}

/** A member of one host is silent, and its process is alive. */
function localSilence(figures: Figures, what: string): FailoverTerm[] {
  const missed = figures.detected(figures.openMs, 'gossip misses its answers')
  const why = `it may only be busy, and ${what} until its session is over, as it noted in the directory`
  return [
    missed,
    rest('session', figures.quarantineMs + bootTickMs, [missed], why),
    figures.proposed(windowMs(figures.sessionMs)),
    figures.timed(),
    figures.flushed(),
  ]
}

/** A member of several hosts is silent, and its connections stay open. */
function quorumSilence(figures: Figures, pauseMs: number): FailoverTerm[] {
  const open = figures.detected(figures.openMs, 'its connections stay open; its answers are missed, and two members suspect it')
  return decidedAndWaitedOut(figures, [open, figures.proposed(pauseMs), figures.flushed()])
}

/** With the voters' decision, and with the rest of the session of the member that was given up. */
function decidedAndWaitedOut(figures: Figures, before: readonly FailoverTerm[]): FailoverTerm[] {
  const why = 'it may live and believe in its session until then, counted from its last renewal'
  return [...before.slice(0, 2), figures.decided(), ...before.slice(2), rest('quarantine', figures.quarantineMs, before, why)]
}

/** The rest of the wait after all of these. */
function rest(name: 'session' | 'quarantine', ms: number, before: readonly FailoverTerm[], why: string): FailoverTerm {
  return { name, ms: Math.max(0, Math.ceil(ms - sum(before))), why }
}

function caseOf(name: FailoverCase['case'], terms: readonly FailoverTerm[]): FailoverCase {
  return { case: name, terms, boundMs: sum(terms) }
}

function sum(terms: readonly FailoverTerm[]): number {
  return terms.reduce((total, { ms }) => total + ms, 0)
}

function adviceFor(register: 'local' | 'quorum', members: number, figures: Figures, cases: readonly FailoverCase[]): string[] {
  if (members < 2) return ['a second process, which goes on when this one fails']
  const advice: string[] = []
  const waited = cases.some(({ terms }) => terms.some(({ name, ms }) => (name === 'session' || name === 'quarantine') && ms > 0))
  if (waited) {
    advice.push(
      `a shorter session than ${figures.sessionMs} ms (profile.session): then also a shorter pause costs a member its holds`,
    )
  }
  if (figures.openMs > figures.quarantineMs)
    advice.push('a faster failure detector (profile): finding out takes longer than the session')
  if (register === 'quorum')
    advice.push('one host only (join: local): death is proven there, and a killed holder is not waited for')
  return advice
}

/** The nodes whose loss leaves no majority, so that no bound holds before they are back. */
function votesAdvice(view: View): string[] {
  const { joinList } = view.config
  if (joinList.length === 0) return []
  const critical = joinList.filter(
    (_, lost) => view.voters[lost] !== null && !isQuorum(joinList, (entry) => entry !== lost && view.voters[entry] !== null),
  )
  if (critical.length === 0) return []
  return [`more voters: without ${critical.join(' or ')} no majority is left, nothing is granted, and none of these bounds holds`]
}
