/**
 * This file plays the users of a plan: each asks for a lock, writes to the resource that the lock guards, and releases the lock.
 */
import { Mode } from '../../base/mode.ts'
import type { NodeHold } from '../../node/hold.ts'
import type { Hold } from '../../port/hold.ts'
import type { Node } from '../../node/node.ts'
import type { Ask, User } from './plan.ts'
import type { Process } from './process.ts'
import { isValid } from './recorder.ts'
import { Resource } from './resource.ts'
import type { Stage } from './stage.ts'

const expectedCodes = ['TIMEOUT', 'NO_QUORUM', 'ABORTED', 'CLOSED']

/** Who holds for so long listens to the signal of its hold. */
const longMsMin = 150

/** Once it is calm no user keeps others waiting for long, */
const calmHoldMsMax = 150
/** and all together ask a few times a second, however few or many they are. */
const calmThinkMsEach = 300

/** A user that has made all its asks within no time thinks for so long, so that time passes. */
const goingRoundMsMin = 1

/** How often a user that is cut off looks whether it is over. */
const cutOffAgainMs = 50

/**
 * Those who want the locks: each thinks, asks, and when it holds, reads what the lock guards, writes it back and leaves.
 * Who has lost its hold meanwhile does not notice and writes all the same: that is what fences are for.
 */
export class Contenders {
  private readonly stage: Stage
  private readonly resources = new Map<string, Resource>()
  /** Which ask of a user is next; goes on where it was when its process is a new one. */
  private readonly next = new Map<User, number>()

  /** How often each has asked at the latest moment at which it did. */
  private readonly sprees = new Map<User, { readonly atMs: number; readonly asked: number }>()

  /** Whether a fault makes users give up, so that each call needs a signal. */
  private readonly mayAbort: boolean

  constructor(stage: Stage) {
    this.stage = stage
    this.mayAbort = stage.plan.faults.some(({ kind }) => kind === 'abort')
  }

  /** How many calls of living processes have not been answered. */
  get unanswered(): number {
    return this.stage.living.reduce((sum, { waiting }) => sum + waiting.size, 0)
  }

  /** The users of its place begin to ask in this process. */
  moveIn(process: Process): void {
    for (const user of this.stage.plan.users) if (user.place === process.place) this.thinkAndAsk(process, user)
  }

  private thinkAndAsk(process: Process, user: User): void {
    const index = this.next.get(user) ?? 0
    const ask = user.again ? user.asks[index % user.asks.length] : user.asks[index]
    if (ask === undefined) return
    const { phase, plan } = this.stage
    const soonMs = phase === 'faults' ? this.soon(ask.thinkMs, 0) : calmThinkMsEach * plan.users.length
    const thinkMs = this.isGoingRound(user) ? Math.max(goingRoundMsMin, soonMs) : soonMs
    this.stage.laterIn(process, thinkMs, () => {
      const { node } = process
      if (node === null || process.state !== 'running' || this.stage.phase === 'closing') return
      this.next.set(user, index + 1)
      this.countAsk(user)
      this.ask(process, node, user, ask)
    })
  }

  private countAsk(user: User): void {
    const { nowMs } = this.stage
    const spree = this.sprees.get(user)
    this.sprees.set(user, { atMs: nowMs, asked: spree?.atMs === nowMs ? spree.asked + 1 : 1 })
  }

  /** Whether it has asked for all there is within no time: a user that is refused at once would ask without end. */
  private isGoingRound(user: User): boolean {
    const spree = this.sprees.get(user)
    return spree !== undefined && spree.atMs === this.stage.nowMs && spree.asked >= user.asks.length
  }

  private ask(process: Process, node: Node, user: User, ask: Ask): void {
    const { stage } = this
    const { recorder } = stage
    const call = recorder.nextCall()
    const { how, lock, mode, waitMs } = ask
    const { standstills } = stage
    const deadline = waitMs === undefined ? {} : { waitMs }
    recorder.add({ type: 'invoked', call, process: process.name, lock, mode, how, ...deadline })
    stage.onTrigger('asked', process)
    const pending = this.call(process, node, call, ask)
    pending.then(
      (hold) => {
        process.waiting.delete(call)
        if (!process.world.isAlive) return
        if (hold !== null && stage.standstills !== standstills && !isValid(hold)) return this.missed(process, user, call, hold)
        if (hold !== null) return this.inside(process, user, ask, call, hold)
        recorder.add({ type: 'refused', call, process: process.name })
        this.thinkAndAsk(process, user)
      },
      (error: Error & { code?: string; definite?: boolean }) => {
        process.waiting.delete(call)
        if (!process.world.isAlive) return
        const code = error.code ?? 'an error without a code'
        recorder.add({ type: 'failed', call, process: process.name, code, definite: error.definite === true })
        if (!expectedCodes.includes(code)) stage.problem('errors', `${process.name}: ${error.stack}`)
        if (code === 'CLOSED' && process.state === 'running')
          stage.problem('errors', `${process.name} says CLOSED and is not closing`)
        this.thinkAndAsk(process, user)
      },
    )
  }

  private call(process: Process, node: Node, call: number, ask: Ask): Promise<Hold | null> {
    const { how, lock, mode, waitMs, abortMs, priority } = ask
    const more = { ...(waitMs !== undefined && { wait: waitMs }), ...(priority !== undefined && { priority }) }
    if (abortMs === undefined && !this.mayAbort) {
      process.waiting.set(call, null)
      return node[how](lock, { mode, ...more })
    }
    const aborter = new AbortController()
    process.waiting.set(call, aborter)
    const promise = node[how](lock, { mode, signal: aborter.signal, ...more })
    if (abortMs === 0) aborter.abort()
    else if (abortMs !== undefined) this.stage.laterIn(process, abortMs, () => aborter.abort())
    return promise
  }

  /**
   * A hold that was over before its caller heard of it, since a process stood still in a call and no promise settled
   * meanwhile. The caller has done nothing under it: in the history it gave up.
   */
  private missed(process: Process, user: User, call: number, hold: Hold): void {
    this.stage.recorder.add({ type: 'failed', call, process: process.name, code: 'ABORTED', definite: true })
    void hold.release()
    this.thinkAndAsk(process, user)
  }

  private inside(process: Process, user: User, ask: Ask, call: number, hold: Hold): void {
    const { stage } = this
    const { recorder } = stage
    recorder.granted(call, process.name, hold)
    stage.onTrigger('granted', process)
    const onLost = (): void => {
      recorder.ended(call, hold.name)
      recorder.add({ type: 'lost', call, process: process.name, reason: reasonOf(hold) })
    }
    // Signals cost more than all else here; the short holds are told of by their node's events.
    const hasSignal = ask.holdMs >= longMsMin
    if (hasSignal) hold.signal.addEventListener('abort', onLost, { once: true })
    else process.inside.set(`${hold.name} ${hold.fence}`, onLost)
    // One frame may bring the grant and the news that the session is over: then the caller is given a hold that is lost already.
    if ((hold as NodeHold).loss !== undefined) onLost()
    const version = Mode.of(hold.mode).isAlone ? this.access('read', process, call, hold, 0) : null
    const leave = (): void => {
      // Work under a lock that needs the others does not end while they cannot be reached: these are the holds to be lost.
      if (process.isCutOff || process.hearsLate) return stage.laterIn(process, cutOffAgainMs, leave)
      recorder.look(hold.name)
      if (version !== null) this.access('write', process, call, hold, version)
      if (hasSignal) hold.signal.removeEventListener('abort', onLost)
      else process.inside.delete(`${hold.name} ${hold.fence}`)
      recorder.ended(call, hold.name)
      const expected = hold.state === 'lost' ? 'lost' : 'released'
      recorder.add({ type: 'releasing', call, process: process.name })
      void hold.release().then((outcome) => {
        recorder.add({ type: 'released', call, process: process.name, outcome })
        if (outcome !== expected)
          stage.problem('errors', `${process.name} released '${hold.name}' and heard ${outcome}, not ${expected}`)
        this.thinkAndAsk(process, user)
      })
    }
    stage.laterIn(process, this.soon(ask.holdMs, calmHoldMsMax), leave)
  }

  /** Reads or writes what the lock guards; the version that it found, or null when it was not let in. */
  private access(type: 'read' | 'write', process: Process, call: number, hold: Hold, read: number): number | null {
    let resource = this.resources.get(hold.name)
    if (resource === undefined) this.resources.set(hold.name, (resource = new Resource()))
    const { fence, name: lock } = hold
    const admitted = type === 'read' ? resource.read(fence) : resource.write(fence)
    const version = type === 'read' ? resource.version : read
    const event = { type, call, process: process.name, lock, fence: String(fence), version, admitted }
    this.stage.recorder.add(event)
    return admitted ? version : null
  }

  /** As long as the plan says, or less once it is calm. */
  private soon(ms: number, calmMsMax: number): number {
    const { phase, plan, nowMs } = this.stage
    return phase === 'faults' ? Math.min(ms, Math.max(calmMsMax, plan.faultsMs - nowMs)) : Math.min(ms, calmMsMax)
  }
}

function reasonOf(hold: Hold): string {
  const { reason } = hold.signal
  return reason instanceof Error ? reason.message : String(reason)
}
