/** This file is the thread in which the author's algorithm is checked, so that a call that never returns can be ended. */
import { register } from 'node:module'
import { extname } from 'node:path'
import { createContext, Script } from 'node:vm'
import { parentPort, workerData } from 'node:worker_threads'
import { BrokenRule } from '../../sim/explorer/rules.ts'
import { galleryAlgorithm } from '../gallery/index.ts'
import { type Candidate, check } from './check.ts'
import type { Watch } from './guard.ts'
import { LoadProblem, loadAlgorithm } from './load.ts'
import { placeIn } from './place.ts'
import { cells, type CheckNote, type CheckTask, methods } from './protocol.ts'

const { file, options, links, callMsMax, shared } = workerData as CheckTask
const cell = new Int32Array(shared)

function say(note: CheckNote): void {
  parentPort?.postMessage(note)
}

/** Marks the time in which the author's code is at work, for the thread that may have to end this one. */
function marked<Result>(site: string, method: string, call: () => Result): Result {
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

/** Breaks off a call that takes too long. A timer of its own for each call: for telling the story of one that was seen. */
function timed<Result>(timeout: number, site: string, method: string, call: () => Result): Result {
  try {
    stage.task = call
    return script.runInContext(context, { timeout }) as Result
  } catch (error) {
    // It comes from the other context, whose errors are none of this one's.
    if ((error as { readonly code?: unknown } | null)?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT')
      throw new BrokenRule('endless', `${site} does not return from ${method}: does it loop?`)
    throw error
  }
}

const watch: Watch = {
  around: (site, method, call) => (callMsMax === null ? marked(site, method, call) : timed(callMsMax, site, method, call)),
  placeOf: (error) => placeIn(error, file),
}

async function found(): Promise<Candidate> {
  const fromGallery = galleryAlgorithm(file)
  if (fromGallery === null) return loadAlgorithm(file)
  return { kind: fromGallery, links: fromGallery.links, cancels: fromGallery.cancels }
}

// Loading happens in yet another thread, and does not keep this one alive by itself. The thread that started it ends it.
parentPort?.on('message', () => undefined)
register(new URL(`./resolve-entry${extname(import.meta.url)}`, import.meta.url))
try {
  const candidate = await found()
  const chosen = links === null ? candidate : { ...candidate, links }
  say({ say: 'progress', text: 'loaded' })
  const report = check(chosen, options, watch, ({ text }) => say({ say: 'progress', text }))
  say({ say: 'report', report })
} catch (error) {
  if (!(error instanceof LoadProblem)) throw error
  say({ say: error.why, text: error.message })
}
