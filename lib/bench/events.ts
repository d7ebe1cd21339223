/** This file measures the scenarios in which processes come, end, or do nothing: `failover`, `start` and `idle`. */
import { setTimeout as pause } from 'node:timers/promises'
import { sharedNowMs } from '../mesh/shared-clock.ts'
import { percentile, sorted, sum } from '../observe/statistics.ts'
import { type Group, withGroups } from './group.ts'
import { profiled } from './profile/profiling.ts'
import { type BenchProfile, type BenchRow, type Contestant, labelOf, type ScenarioName, unmeasuredRow } from './rows.ts'
import { type ScenarioResult, type ScenarioSetup, WsSamples } from './scenario.ts'

const eventsMax = 20

/** The holder is killed, again and again, while another process waits for its lock. Each victim joined for it. */
export function failover(setup: ScenarioSetup): Promise<ScenarioResult> {
  return inTurns(setup, 'failover', async (group, number) => {
    const victim = group.startOne()
    const isFloor = group.contestant.system === 'floor'
    const next = isFloor ? await watching(group, victim) : await waiting(group, victim)
    // Each time at another moment of the sessions.
    await pause(20 + 37 * (number % 27))
    const killedMs = sharedNowMs()
    victim.kill()
    const tookMs = (await next.moment) - killedMs
    if (!isFloor) await group.first.call('give')
    return tookMs
  })
}

/** The first process waits for a lock that the victim holds. */
async function waiting(group: Group, victim: ReturnType<Group['startOne']>): Promise<{ readonly moment: Promise<number> }> {
  const name = 'bench/failover'
  await group.enter(victim)
  await victim.call('take', name)
  return { moment: group.first.call('take', name) }
}

/** The floor: the first process waits until the kernel closes its bare connection to the victim. */
async function watching(group: Group, victim: ReturnType<Group['startOne']>): Promise<{ readonly moment: Promise<number> }> {
  const { wsPort } = await victim.call('listen')
  await group.first.call('watch', wsPort)
  return { moment: group.first.call('watchedEnd') }
}

/** A process whose code is loaded becomes a member of a cluster that is up, again and again; of the floor, it connects to all others. */
export function start(setup: ScenarioSetup): Promise<ScenarioResult> {
  return inTurns(setup, 'start', async (group) => {
    const newcomer = group.startOne()
    const tookMs = await group.enter(newcomer)
    await newcomer.call('leave')
    await newcomer.endNow()
    await group.settled()
    return tookMs
  })
}

/** Processes that have formed a cluster and do nothing. */
export function idle(setup: ScenarioSetup): Promise<ScenarioResult> {
  return withGroups(setup.processes, setup.servers, async (open) => {
    const rows: BenchRow[] = []
    const groups: Group[] = []
    for (const contestant of setup.contestants) {
      setup.progress(labelOf(contestant))
      groups.push(await open(contestant))
    }
    // What a cluster does when it forms is not what it does when it is idle.
    await pause(Math.min(setup.warmUpMs, 10_000))
    const before = await Promise.all(groups.map((group) => group.usage()))
    const fromMs = sharedNowMs()
    await pause(setup.forMs)
    const sec = (sharedNowMs() - fromMs) / 1000
    const after = await Promise.all(groups.map((group) => group.usage()))
    for (const [i, { contestant, processes }] of groups.entries()) {
      const [begun, ended] = [before[i], after[i]]
      if (begun === undefined || ended === undefined) continue
      rows.push({
        ...unmeasuredRow,
        ...contestant,
        scenario: 'idle',
        processes: setup.processes,
        cpuPercent: (ended.cpuUs - begun.cpuUs) / processes.length / sec / 10_000,
        bytesPerSec:
          ended.ioBytes === null || begun.ioBytes === null ? null : (ended.ioBytes - begun.ioBytes) / processes.length / sec,
        rssMb: ended.rssMb,
      })
    }
    const ws = new WsSamples(groups)
    await ws.warmUp()
    const { profileFolder } = setup
    const profiles =
      profileFolder === undefined
        ? []
        : await Promise.all(groups.map((group) => profiled(group, 'idle', profileFolder, () => pause(setup.forMs))))
    return { rows, wsMs: ws.all, profiles }
  })
}

/** The contestants take turns: an event of each, then the next of each. */
function inTurns(
  setup: ScenarioSetup,
  scenario: ScenarioName,
  event: (group: Group, number: number) => Promise<number>,
): Promise<ScenarioResult> {
  return withGroups(setup.processes, setup.servers, async (open) => {
    const groups: Group[] = []
    for (const contestant of setup.contestants) {
      setup.progress(labelOf(contestant))
      groups.push(await open(contestant))
    }
    const count = Math.min(eventsMax, Math.max(3, Math.round(setup.forMs / 150)))
    const times = groups.map((): number[] => [])
    const messages = groups.map(() => 0)
    const ws = new WsSamples(groups)
    await ws.warmUp()
    for (let number = 0; number < count; number++) {
      for (const [i, group] of groups.entries()) {
        const before = await group.usage()
        times[i]?.push(await event(group, number))
        messages[i] = (messages[i] ?? 0) + (await group.usage()).lockMessages - before.lockMessages
      }
      await ws.take()
    }
    const rows = await Promise.all(
      groups.map(async ({ contestant, usage }, i): Promise<BenchRow> => {
        const ms = times[i] ?? []
        return {
          ...unmeasuredRow,
          ...contestant,
          scenario,
          processes: setup.processes,
          ...spread(ms, ws.medianMs),
          messagesPerEntry: hasMessages(contestant) && scenario === 'failover' ? (messages[i] ?? 0) / ms.length : null,
          rssMb: (await usage()).rssMb,
        }
      }),
    )
    const { profileFolder } = setup
    const profiles: BenchProfile[] = []
    if (profileFolder !== undefined)
      for (const group of groups) {
        const newcomer = scenario === 'start' ? group.startOne() : undefined
        const { contestant, processes } = group
        const work = (): Promise<number> => (newcomer === undefined ? event(group, count) : group.enter(newcomer))
        profiles.push(await profiled({ contestant, processes: newcomer ? [newcomer] : processes }, scenario, profileFolder, work))
        await newcomer?.endNow()
      }
    return { rows, wsMs: ws.all, profiles }
  })
}

function hasMessages({ system }: Contestant): boolean {
  return system === 'holdfast'
}

function spread(
  ms: readonly number[],
  wsMs: number,
): Pick<BenchRow, 'perSec' | 'p50Ms' | 'p95Ms' | 'p99Ms' | 'longestWaitMs' | 'ratioToWs'> {
  const ascending = sorted(ms)
  const p50Ms = percentile(ascending, 50)
  return {
    perSec: 1000 / (sum(ms) / ms.length),
    p50Ms,
    p95Ms: percentile(ascending, 95),
    p99Ms: percentile(ascending, 99),
    longestWaitMs: percentile(ascending, 100),
    ratioToWs: p50Ms / wsMs,
  }
}
