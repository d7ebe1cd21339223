/** This file holds the work of the timed scenarios, as one process does it with the locks of any system. */
import { setTimeout as pause } from 'node:timers/promises'
import { sharedNowMs } from '../mesh/shared-clock.ts'
import type { ContentionLog, WorkLog } from './protocol.ts'
import type { TimedScenario } from './rows.ts'

/** What the bench needs of a system of locks. */
export interface BenchLocks {
  acquire(name: string, options: { readonly wait: number }): Promise<BenchHold>
}

export interface BenchHold {
  release(): Promise<unknown>
}

/** Does the work of one scenario for one slice of time. */
export type SliceWork = (fromMs: number, untilMs: number) => Promise<WorkLog>

const batch = 100
const namesAtOnce = 64
let names = 0
let calls = 0

/** The work of each timed scenario with these locks. */
export function workWith(locks: BenchLocks): Readonly<Record<TimedScenario, SliceWork>> {
  return {
    reacquire: (_, untilMs) => reacquire(locks, untilMs),
    first: (_, untilMs) => first(locks, untilMs),
    distinct64: (fromMs, untilMs) => distinct(locks, fromMs, untilMs),
    contended: async (fromMs, untilMs) => {
      const log = await contend(locks, fromMs, untilMs)
      return { entries: log.grantedMs.length, ms: new Float64Array(0), contention: log }
    },
  }
}

/**
 * Each acquire of the bench has a `wait` of its own, as the calls of a program do: no two in a row can share a timer. Fifty processes whose code is
 * cold need more than 20 s for a turn on two cores.
 */
function ownWait(): { readonly wait: number } {
  calls = (calls + 1) % 1000
  return { wait: 120_000 + calls }
}

/** A name that no process used before. */
function newName(): string {
  return `bench/${process.pid}/${++names}`
}

/** Times are of pairs, as the mean of a batch: one pair is too short for the clock. */
async function reacquire(locks: BenchLocks, untilMs: number): Promise<WorkLog> {
  const ms: number[] = []
  for (let beganMs = sharedNowMs(); beganMs < untilMs; beganMs = sharedNowMs()) {
    for (let i = 0; i < batch; i++) await (await locks.acquire('bench/reacquire', ownWait())).release()
    ms.push((sharedNowMs() - beganMs) / batch)
  }
  return { entries: ms.length * batch, ms: Float64Array.from(ms), contention: null }
}

async function first(locks: BenchLocks, untilMs: number): Promise<WorkLog> {
  const ms: number[] = []
  while (sharedNowMs() < untilMs) {
    const name = newName()
    const askedMs = sharedNowMs()
    const hold = await locks.acquire(name, ownWait())
    ms.push(sharedNowMs() - askedMs)
    await hold.release()
  }
  return { entries: ms.length, ms: Float64Array.from(ms), contention: null }
}

/** Times are of batches: from the 64 requests to the last grant. */
async function distinct(locks: BenchLocks, fromMs: number, untilMs: number): Promise<WorkLog> {
  const ms: number[] = []
  await pause(Math.max(0, fromMs - sharedNowMs()))
  while (sharedNowMs() < untilMs) {
    const askedMs = sharedNowMs()
    const holds = await Promise.all(Array.from({ length: namesAtOnce }, () => locks.acquire(newName(), ownWait())))
    ms.push(sharedNowMs() - askedMs)
    await Promise.all(holds.map((hold) => hold.release()))
  }
  return { entries: ms.length * namesAtOnce, ms: Float64Array.from(ms), contention: null }
}

async function contend(locks: BenchLocks, fromMs: number, untilMs: number): Promise<ContentionLog> {
  const asked: number[] = []
  const granted: number[] = []
  const released: number[] = []
  await pause(Math.max(0, fromMs - sharedNowMs()))
  for (let askedMs = sharedNowMs(); askedMs < untilMs; askedMs = sharedNowMs()) {
    const hold = await locks.acquire('bench/contended', ownWait())
    const grantedMs = sharedNowMs()
    const releasedMs = sharedNowMs()
    const outcome = hold.release()
    asked.push(askedMs)
    granted.push(grantedMs)
    released.push(releasedMs)
    await outcome
  }
  return { askedMs: Float64Array.from(asked), grantedMs: Float64Array.from(granted), releasedMs: Float64Array.from(released) }
}
