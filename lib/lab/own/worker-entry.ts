/** This file is the thread that checks an author's file. It can be ended when a call of that file does not return. */
import { register } from 'node:module'
import { extname } from 'node:path'
import { createContext, Script } from 'node:vm'
import { serveParent } from '../../children/parent.ts'
import { BrokenRule } from '../../sim/explorer/rules.ts'
import { galleryAlgorithm } from '../gallery/index.ts'
import { type Candidate, check } from './check.ts'
import type { Watch } from './guard.ts'
import { candidateOf, LoadProblem, loadAlgorithm } from './load.ts'
import { placeIn } from './place.ts'
import { type CheckCalls, type CheckOutcome, type CheckTask, cells, methods } from './protocol.ts'

const parent = serveParent<CheckCalls, string>({ check: checkFile })

async function checkFile(task: CheckTask): Promise<CheckOutcome> {
  register(new URL(`./resolve-entry${extname(import.meta.url)}`, import.meta.url))
  try {
    const candidate = await found(task.file)
    const chosen = task.links === null ? candidate : { ...candidate, links: task.links }
    parent.tell('loaded')
    return { kind: 'report', report: check(chosen, task.options, watchOf(task), ({ text }) => parent.tell(text)) }
  } catch (error) {
    if (error instanceof LoadProblem) return { kind: error.why, text: error.message }
    return { kind: 'throws', text: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

async function found(file: string): Promise<Candidate> {
  const fromGallery = galleryAlgorithm(file)
  return fromGallery === null ? loadAlgorithm(file) : candidateOf(fromGallery, file)
}

function watchOf({ file, callMsMax, shared }: CheckTask): Watch {
  const cell = new Int32Array(shared)
  return {
    around: (site, method, call) =>
      callMsMax === null ? marked(cell, site, method, call) : timed(callMsMax, site, method, call),
    placeOf: (error) => placeIn(error, file),
  }
}

/** Marks the time in which the author's code is at work, for the thread that may have to end this one. */
function marked<Result>(cell: Int32Array, site: string, method: string, call: () => Result): Result {
  Atomics.store(cell, cells.method, methods.indexOf(method.split(' ')[0] as (typeof methods)[number]))
  Atomics.store(cell, cells.site, site.charCodeAt(0))
  Atomics.add(cell, cells.calls, 1)
  try {
    return call()
  } finally {
    Atomics.add(cell, cells.calls, 1)
  }
}

const script = new Script('task()')
const stage: { task: () => unknown } = { task: () => null }
const context = createContext(stage)

/**
 * Breaks off a call that takes too long. Each call has a timer of its own: for telling the story of a call that was seen to take
 * too long.
 */
function timed<Result>(timeout: number, site: string, method: string, call: () => Result): Result {
  try {
    stage.task = call
    return script.runInContext(context, { timeout }) as Result
  } catch (error) {
    // The error comes from the other context, so `instanceof` would be false here.
    if ((error as { readonly code?: unknown } | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
      throw new BrokenRule('endless', `${site} does not return from ${method}: does it loop?`)
    throw error
  }
}
