/** This file runs a plan from its first fault to the last check that every lock is free and every node is closed. */
import type { Node } from '../../node/node.ts'
import { isQuorum } from '../../view/successor.ts'
import type { HistoryEvent } from '../history/events.ts'
import { checkPlan } from './check-plan.ts'
import { FaultMaker } from './faults.ts'
import type { Plan } from './plan.ts'
import type { Process } from './process.ts'
import { type Problem, Stage } from './stage.ts'
import { Contenders } from './users.ts'

/** What became of a run, apart from its history. */
export interface RunResult {
  /** What no history shows; the history itself is for the checker. */
  readonly problems: readonly Problem[]
  /** Equal for equal runs. */
  readonly hash: number
  /** Grants. */
  readonly entries: number
  /** Virtual time that passed. */
  readonly simulatedMs: number
}

/**
 * Runs whole nodes as the plan says; the same plan gives the same run. It has three phases. First users contend while faults
 * happen. Then all faults heal, every place has a process again, and each waiter must be answered. At the end all must agree on
 * one view, every lock must be free for all in turn, and after closing nothing may be left.
 *
 * @param listener hears every event of the history, as it happens.
 * @param mayGoOn is asked all the time; once it says no, the run ends where it is.
 * @throws BAD_OPTION that names the field when the plan cannot be run (`checkPlan`); nothing has happened then.
 */
export async function runPlan(
  plan: Plan,
  listener: (event: HistoryEvent) => void,
  mayGoOn: () => boolean = () => true,
): Promise<RunResult> {
  const stage = new Stage(checkPlan(plan), listener)
  try {
    await play(stage, mayGoOn)
  } catch (error) {
    if (!(error instanceof Ended)) stage.problem('errors', `threw: ${(error as Error).stack}`)
  }
  const { problems, simulation, recorder, nowMs } = stage
  return { problems, hash: simulation.trace.hash, entries: recorder.entries, simulatedMs: nowMs }
}

/** The calm phase goes on, for `healMs` at most, until the run has this many grants. */
const entriesMin = 60

/** Ends a run before its time. */
class Ended extends Error {}

async function play(stage: Stage, mayGoOn: () => boolean): Promise<void> {
  const { plan, recorder, simulation } = stage
  const { seed, register, algorithm, sessionMs, healMs, places } = plan
  const faultless = plan.faults.length === 0
  const expected = { algorithm, sessionMs, healMs, faultless, timely: true }
  recorder.add({ type: 'run', seed, nodes: places.length, register, ...expected })
  recorder.add({ type: 'phase', phase: 'faults' })
  const users = new Contenders(stage)
  stage.onJoined = (process) => users.moveIn(process)
  for (const [place, { startMs }] of places.entries()) stage.later(startMs, () => stage.start(place))
  lookNowAndThen(stage)
  const faultMaker = new FaultMaker(stage)
  faultMaker.begin()
  /** Lets time pass, until a condition holds. */
  const pass = async (ms: number, until: () => boolean): Promise<void> => {
    await simulation.runUntil(() => !mayGoOn() || until(), ms)
    if (!mayGoOn()) throw new Ended('ended')
  }
  const never = (): boolean => false
  await pass(plan.faultsMs, never)

  faultMaker.end()
  heal(stage)
  stage.phase = 'calm'
  recorder.add({ type: 'phase', phase: 'calm' })
  await pass(plan.healMs, never)
  // A run that stood still for long catches up.
  if (plan.users.every(({ again }) => again)) await pass(plan.healMs, () => recorder.entries >= entriesMin)

  stage.phase = 'closing'
  await pass(plan.healMs, () => users.unanswered === 0)
  await checkNothingStuck(stage)
  recorder.add({ type: 'phase', phase: 'closing' })
  const closing = stage.living.flatMap((process) => (process.node === null ? [] : [stage.close(process, process.node, 0)]))
  await simulation.outcome(Promise.all(closing))
  await simulation.runFor(1000)
  recorder.add({ type: 'phase', phase: 'end' })
}

/** Sessions end without a word while their processes are paused, so one looks. */
function lookNowAndThen(stage: Stage): void {
  stage.recorder.lookEverywhere()
  stage.later(100, () => lookNowAndThen(stage))
}

/** Nothing fails any more, and there is a process at each place. */
function heal(stage: Stage): void {
  for (const { host } of stage.plan.places) stage.wake(host)
  for (const process of stage.processes) stage.resume(process)
  setClocks(stage)
  for (const place of stage.plan.places.keys()) stage.start(place)
}

/** A founding needs a host whose wall clock is within a session of a majority's; if no host has that, the wall clocks are set. */
function setClocks({ plan, simulation }: Stage): void {
  const listed = plan.places.filter((each) => each.listed).map(({ host }) => host)
  const wallOf = (host: string): number => simulation.host(host).clock.wallMs()
  const isNear = (a: string, b: string): boolean => Math.abs(wallOf(a) - wallOf(b)) < 0.8 * plan.sessionMs
  if (listed.length === 0 || listed.some((a) => isQuorum(listed, (i) => isNear(a, listed[i] as string)))) return
  const latestMs = Math.max(...listed.map(wallOf))
  // Forward only: epochs rise with them.
  for (const host of listed) simulation.host(host).clock.jumpWall(latestMs - wallOf(host))
}

/** All are quiet: a process that asks in turn is given each lock, and afterwards none holds or waits. */
async function checkNothingStuck(stage: Stage): Promise<void> {
  const { living, simulation, plan, recorder } = stage
  await simulation.runFor(plan.sessionMs)
  const outside = living.find(({ node }) => node === null)
  if (outside !== undefined) return stage.problem('agreement', `${outside.name} is in no view although everything healed`)
  const before = messagesOf(living)
  for (const lock of plan.locks) {
    for (const { node, name } of living) {
      const call = recorder.nextCall()
      recorder.add({ type: 'invoked', call, process: name, lock, mode: 'exclusive', how: 'acquire', waitMs: 2 * plan.sessionMs })
      const pending = (node as Node).acquire(lock, { mode: 'exclusive', wait: 2 * plan.sessionMs })
      const hold = await simulation.outcome(pending).catch((error: Error & { code?: string }) => {
        stage.problem('lost wake-up', `${name} finds '${lock}' stuck: ${error.message}`)
        recorder.add({ type: 'failed', call, process: name, code: error.code ?? 'an error without a code', definite: true })
        return null
      })
      if (hold === null) return
      recorder.granted(call, name, hold)
      recorder.ended(call, lock)
      recorder.add({ type: 'releasing', call, process: name })
      recorder.add({ type: 'released', call, process: name, outcome: await hold.release() })
    }
  }
  await simulation.runFor(1000)
  recordCosts(stage, living, before)
  const { node } = living[0] as { node: Node }
  const { held, pending } = await simulation.outcome(node.query('*'))
  if (held.length + pending.length > 0) stage.problem('quiescence', `left behind: ${textOf({ held, pending })}`)
}

/** What those entries have cost: asked for one after the other, while nothing fails, they cost what the paper says. */
function recordCosts({ plan, recorder }: Stage, living: readonly Process[], before: Costs): void {
  const after = messagesOf(living)
  // A view that began in between asks again for the pending requests, which costs messages.
  if (after.epoch !== before.epoch) return
  const entries = living.length * plan.locks.length
  const each = 2 * (living.length - 1) * entries
  const [least, most] = plan.algorithm === 'ricart-agrawala' ? [each, each] : [null, null]
  const range = plan.algorithm === 'carvalho-roucairol' ? { least: 0, most: each } : { least, most }
  recorder.add({ type: 'counted', lockMessages: after.messages - before.messages, entries, ...range })
}

interface Costs {
  readonly messages: number
  readonly epoch: number
}

function messagesOf(living: readonly Process[]): Costs {
  const counts = living.flatMap(({ node }) => Object.entries(node?.counters.messagesSent ?? {}))
  // Permissions are handed back lazily, outside the papers' count.
  const isCounted = (type: string): boolean => type.startsWith('lock.') && type !== 'lock.done'
  const messages = counts.reduce((sum, [type, count]) => (isCounted(type) ? sum + count : sum), 0)
  return { messages, epoch: Math.max(0, ...living.map(({ node }) => node?.view?.epoch ?? 0)) }
}

/** A value as text, numbers of any size too. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each))
}
