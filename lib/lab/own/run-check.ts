/**
 * This file checks a user's file in a thread of its own, and ends the thread when the author's code does not return. Then a
 * second thread does the same again with a timer on each call, slower, so that the story of the endless call can be told.
 */
import { codeOf } from '../../base/foreign.ts'
import type { ChildEnd } from '../../children/child.ts'
import { entryBeside } from '../../children/entry.ts'
import { startThread } from '../../children/thread.ts'
import { type CheckCalls, type CheckOutcome, type CheckTask, cells, methods } from './protocol.ts'
import type { CheckReport, FindingKind } from './report.ts'
import { scoreOf } from './score.ts'

/** The file to check, and how long to wait for it. */
export interface RunCheckOptions extends Omit<CheckTask, 'callMsMax' | 'shared'> {
  /** How long one call of the author's code may take. */
  readonly patienceMs: number
  /** Ends the check early; it then rejects with the reason. */
  readonly signal?: AbortSignal
  /** Called with the part of the check that runs now. */
  say?(text: string): void
  /** What the author's code prints. */
  print?(text: string): void
}

/** The file needs tsx, which is not installed. */
export class NoTsxError extends Error {
  override readonly name = 'NoTsxError'
}

/**
 * Checks one algorithm. All that the file does wrong is a finding.
 *
 * @throws NoTsxError when it is TypeScript and nothing here can load that.
 */
export async function runCheck(options: RunCheckOptions): Promise<CheckReport> {
  const first = await inThread(options, null)
  if (!('stuck' in first)) return first
  // The same happens again, in the same order: the algorithm is asked the same questions.
  const again = first.stuck === 'loading' ? first : await inThread(hasty(options), Math.max(200, options.patienceMs / 5))
  if (!('stuck' in again) && again.violations.length > 0) return again
  const { file } = options
  const text = first.stuck === 'loading' ? `${file} does not finish loading: does it loop?` : `${first.stuck}: does it loop?`
  return reportOf(options, first.stuck === 'loading' ? 'loads' : 'endless', text)
}

function hasty(options: RunCheckOptions): RunCheckOptions {
  return { ...options, options: { ...options.options, isHasty: true } }
}

/** When the second thread has not met the endless call after so long, the story goes untold. */
const retellMsMax = 30_000
const pollMs = 100

type Stuck = { readonly stuck: string }

function inThread(options: RunCheckOptions, callMsMax: number | null): Promise<CheckReport | Stuck> {
  const { patienceMs, say, print, signal } = options
  const shared = new SharedArrayBuffer(cells.count * Int32Array.BYTES_PER_ELEMENT)
  const cell = new Int32Array(shared)
  const task: CheckTask = { file: options.file, options: options.options, links: options.links, callMsMax, shared }
  let printed = 0
  return new Promise<CheckReport | Stuck>((resolve, reject) => {
    const startedMs = performance.now()
    let isLoading = true
    let calls = 0
    let sinceMs = startedMs
    const timer = setInterval(() => {
      const nowMs = performance.now()
      const now = Atomics.load(cell, cells.calls)
      if (now !== calls) sinceMs = nowMs
      calls = now
      if (isLoading) {
        if (nowMs - startedMs > Math.max(loadMsMin, 2 * patienceMs)) end({ stuck: 'loading' })
      } else if (callMsMax !== null) {
        if (nowMs - startedMs > retellMsMax) end({ stuck: 'the second try' })
      } else if (now % 2 === 1 && nowMs - sinceMs > patienceMs) end({ stuck: calledText(cell) })
    }, pollMs)
    let isOver = false
    const end = (result: CheckReport | Stuck | Error): void => {
      if (isOver) return
      isOver = true
      clearInterval(timer)
      const settle = (): void => (result instanceof Error ? reject(result) : resolve(result))
      signal?.removeEventListener('abort', abort)
      void thread.endNow().then(settle)
    }
    const thread = startThread<CheckCalls, string>('the check', entryBeside(import.meta.url, 'worker-entry'), {
      resourceLimits: { maxOldGenerationSizeMb: 1500 },
      print(text) {
        if (printed++ < printedMax && callMsMax === null) print?.(text)
      },
      hear(text) {
        isLoading = false
        sinceMs = performance.now()
        say?.(text)
      },
    })
    const abort = (): void => end(signal?.reason instanceof Error ? signal.reason : new Error('aborted'))
    if (signal?.aborted === true) return abort()
    signal?.addEventListener('abort', abort, { once: true })
    // When the thread ends instead, it is told how.
    thread.call('check', task).then(
      (outcome) => end(resultOf(options, outcome)),
      () => {},
    )
    void thread.ended.then((how) => end(endOf(options, how)))
  })
}

function resultOf(options: RunCheckOptions, outcome: CheckOutcome): CheckReport | NoTsxError {
  switch (outcome.kind) {
    case 'report':
      return outcome.report
    case 'no tsx':
      return new NoTsxError(outcome.text)
    case 'loads':
      return reportOf(options, 'loads', outcome.text)
    case 'throws':
      return reportOf(options, 'throws', `${options.file} throws outside of any call: ${outcome.text}`)
  }
}

/** What a thread shows of the file that ended before it had a result. */
function endOf(options: RunCheckOptions, { error }: ChildEnd): CheckReport {
  if (error === null) return reportOf(options, 'throws', `${options.file} ends its own process: an algorithm must not`)
  if (codeOf(error) === 'ERR_WORKER_OUT_OF_MEMORY')
    return reportOf(options, 'endless', 'it takes more memory than there is: does a list or map of it grow without end?')
  return reportOf(options, 'throws', `${options.file} throws outside of any call: ${error.stack ?? error.message}`)
}

const printedMax = 20
/** Reading TypeScript for the first time takes a while on a busy machine. */
const loadMsMin = 5000

function calledText(cell: Int32Array): string {
  const method = methods[Atomics.load(cell, cells.method)] ?? 'a call'
  return `${String.fromCharCode(Atomics.load(cell, cells.site))} does not return from ${method}`
}

/** A report of nothing but what went wrong. */
function reportOf({ file }: RunCheckOptions, property: FindingKind, problem: string): CheckReport {
  const violation = { property, problem, story: [problem], diagram: '', nodes: 0, foundBy: 'loading', run: null }
  const none = { explored: 0, configurations: [], seeds: 0 }
  return { name: file, links: 'fifo', ...none, violations: [violation], score: scoreOf('throws', []) }
}
