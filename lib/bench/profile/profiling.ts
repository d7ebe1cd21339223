/** This file profiles the processes of a group while they work, and writes the profiles and their flame graphs. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { callAll } from '../../children/child.ts'
import { sum } from '../../observe/statistics.ts'
import type { Group } from '../group.ts'
import { type BenchProfile, labelOf, type ScenarioName } from '../rows.ts'
import { type CpuProfile, callsOf, selfTimesOf } from './call-tree.ts'
import { flameGraph } from './flame-graph.ts'

const topMax = 15

/**
 * Profiles these processes while `work` lasts. Each gets `SCENARIO-PROCESSES-SYSTEM-NUMBER.cpuprofile` and the same as
 * `.svg` in the folder.
 */
export async function profiled(
  group: Pick<Group, 'contestant' | 'processes'>,
  scenario: ScenarioName,
  folder: string,
  work: () => Promise<unknown>,
): Promise<BenchProfile> {
  const { contestant, processes } = group
  const label = labelOf(contestant)
  const name = `${scenario}-${processes.length}-${label.replace(/[^\w.]+/g, '-').replace(/-$/, '')}`
  const pathOf = (i: number, ending: string): string => join(folder, `${name}-${i + 1}.${ending}`)
  await callAll(processes, 'startProfile')
  const beganMs = performance.now()
  await work()
  const spanMs = performance.now() - beganMs
  await Promise.all(processes.map((child, i) => child.call('stopProfile', pathOf(i, 'cpuprofile'))))
  const all = processes.map((_, i) => {
    const calls = callsOf(JSON.parse(readFileSync(pathOf(i, 'cpuprofile'), 'utf8')) as CpuProfile)
    const title = `${scenario}, ${label}, process ${i + 1} of ${processes.length}`
    writeFileSync(pathOf(i, 'svg'), flameGraph(title, calls, spanMs))
    return calls
  })
  const times = selfTimesOf(all.flat())
  const busyMs = sum(times.map(({ selfMs }) => selfMs))
  return {
    ...contestant,
    scenario,
    processes: processes.length,
    flameGraphs: processes.map((_, i) => pathOf(i, 'svg')),
    busyMs,
    top: times.slice(0, topMax).map((each) => ({ ...each, share: each.selfMs / busyMs })),
  }
}
