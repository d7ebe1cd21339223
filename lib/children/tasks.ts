/** This file divides work into tasks and gives them to threads of our own. */
import type { ResourceLimits } from 'node:worker_threads'
import type { Signal } from '../base/platform.ts'
import { startThread } from './thread.ts'

/** The call of a thread that performs tasks. */
export interface TaskCalls<Task, Result> {
  perform(task: Task): Result
}

/** What threads are to do. */
export interface Work<Task, Result> {
  /** What each thread runs: it serves `TaskCalls`. */
  readonly entry: URL
  readonly args?: readonly string[]
  readonly resourceLimits?: ResourceLimits
  readonly threads: number
  /** Ends the work early. */
  readonly signal?: Signal | undefined
  /** Gives the next task; null if none is left, or if the next one depends on a result that was not taken yet. */
  next(): Task | null
  /** Gets each result as it comes. Returning false ends the work there. */
  take(result: Result): boolean
}

/**
 * Gives each thread one task after the other. Resolves when no task is left, `take` returned false, or the signal was aborted; no
 * thread is left then.
 *
 * @throws what a task threw; CLOSED when a thread ended.
 */
export async function runOnThreads<Task, Result>(work: Work<Task, Result>): Promise<void> {
  const { entry, args = [], resourceLimits, signal } = work
  if (work.threads === 0 || signal?.aborted === true) return
  const options = { args, ...(resourceLimits === undefined ? {} : { resourceLimits }) }
  const threads = Array.from({ length: work.threads }, (_, i) =>
    startThread<TaskCalls<Task, Result>>(`thread ${i + 1} of ${work.threads}`, entry, options),
  )
  let end = (): void => {}
  try {
    await new Promise<void>((resolve, reject) => {
      let isOver = false
      let busy = 0
      let idle: typeof threads = []
      end = () => {
        isOver = true
        resolve()
      }
      signal?.addEventListener('abort', end)
      const give = (thread: (typeof threads)[number]): void => {
        const task = isOver ? null : work.next()
        if (task === null) {
          idle.push(thread)
          if (busy === 0) end()
          return
        }
        busy++
        thread
          .call('perform', task)
          .then((result) => {
            busy--
            if (isOver) return
            if (!work.take(result)) return end()
            const free = [thread, ...idle]
            idle = []
            for (const each of free) give(each)
          })
          .catch((error: unknown) => {
            isOver = true
            reject(error)
          })
      }
      for (const thread of threads) give(thread)
    })
  } finally {
    signal?.removeEventListener('abort', end)
    await Promise.all(threads.map((thread) => thread.endNow()))
  }
}
