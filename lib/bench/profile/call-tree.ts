/** This file reads CPU profiles of V8: as a tree of calls for a flame graph, and as the time that each function took itself. */

/** The part of a `.cpuprofile` file that is read here. Times are microseconds. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}
interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  readonly children?: readonly number[]
}

/** Whose code a function is. `engine` is the work of V8 and of native code: garbage, system calls, compilation. */
export type CodeOwner = 'holdfast' | 'package' | 'node' | 'engine'

/** A function, called along one way. */
export interface Call {
  readonly name: string
  /** `lib/lock/lock.js:40`; empty for what V8 does itself. */
  readonly place: string
  readonly owner: CodeOwner
  /** The time in the function itself. */
  readonly selfMs: number
  /** The time in it and in all that it calls. */
  readonly totalMs: number
  /** The one that took most first. */
  readonly callees: readonly Call[]
}

/** The time of one function itself, along all ways to it. */
export interface SelfTime {
  readonly name: string
  readonly place: string
  readonly selfMs: number
}

/** What is left out: the time in which the process had nothing to do, and the native call by which the profiler was started. */
const leftOut: readonly string[] = ['(idle)', 'dispatch']

/** The calls of a profile below its root, without what is no work of the process. */
export function callsOf({ nodes, samples, timeDeltas }: CpuProfile): readonly Call[] {
  const selfUs = new Map<number, number>()
  for (const [i, id] of samples.entries()) selfUs.set(id, (selfUs.get(id) ?? 0) + Math.max(0, timeDeltas[i] ?? 0))
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const callOf = (node: ProfileNode): Call => {
    const { functionName, url, lineNumber } = node.callFrame
    const callees = calleesOf(node)
    const selfMs = (selfUs.get(node.id) ?? 0) / 1000
    return {
      name: functionName === '' ? '(anonymous)' : functionName,
      place: url === '' ? '' : `${shortened(url)}:${lineNumber + 1}`,
      owner: ownerOf(url),
      selfMs,
      totalMs: callees.reduce((sum, { totalMs }) => sum + totalMs, selfMs),
      callees,
    }
  }
  const calleesOf = (node: ProfileNode): readonly Call[] =>
    (node.children ?? [])
      .map((id) => byId.get(id))
      .filter((child) => child !== undefined)
      .map(callOf)
      .filter(({ name, place, totalMs }) => totalMs > 0 && (place !== '' || !leftOut.includes(name)))
      .sort((a, b) => b.totalMs - a.totalMs)
  return nodes[0] === undefined ? [] : calleesOf(nodes[0])
}

/** The time of each function itself in these calls; the one that took most first. */
export function selfTimesOf(calls: readonly Call[]): readonly SelfTime[] {
  const times = new Map<string, SelfTime>()
  const add = ({ name, place, selfMs, callees }: Call): void => {
    const key = `${name} ${place}`
    times.set(key, { name, place, selfMs: (times.get(key)?.selfMs ?? 0) + selfMs })
    callees.forEach(add)
  }
  calls.forEach(add)
  return [...times.values()].sort((a, b) => b.selfMs - a.selfMs)
}

function ownerOf(url: string): CodeOwner {
  if (url === '') return 'engine'
  if (url.startsWith('node:')) return 'node'
  return url.includes('/node_modules/') && !/\/node_modules\/holdfast\/(?!.*\/node_modules\/)/.test(url) ? 'package' : 'holdfast'
}

/** A file by its path in its package. */
function shortened(url: string): string {
  if (url.startsWith('node:')) return url
  const path = url.replace(/^file:\/\//, '')
  const inPackage = /^.*\/node_modules\/(.+)$/.exec(path)?.[1]
  return inPackage?.replace(/^holdfast\/dist\//, '') ?? /^.*\/dist\/(.+)$/.exec(path)?.[1] ?? path
}
