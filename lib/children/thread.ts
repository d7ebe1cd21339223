/** This file starts threads of our own. */
import { type ResourceLimits, Worker } from 'node:worker_threads'
import type { CallTable, ChildFrame } from './calls.ts'
import { Child, type ChildBody } from './child.ts'

/** How a thread is started. */
export interface ThreadOptions<News> {
  /** What it finds in `process.argv` after its file. */
  readonly args?: readonly string[]
  readonly resourceLimits?: ResourceLimits
  /** Gets the thread's output, which otherwise goes to the output of this process. */
  print?(text: string): void
  /** Gets its news. */
  hear?(news: News): void
}

/**
 * Starts a thread that runs `entry`, which calls `serveParent`.
 *
 * @param title how errors name it
 */
export function startThread<Calls extends CallTable<Calls>, News = never>(
  title: string,
  entry: URL,
  options: ThreadOptions<News> = {},
): Child<Calls, News> {
  const { args = [], resourceLimits, print } = options
  const isKept = print !== undefined
  const limits = resourceLimits === undefined ? {} : { resourceLimits }
  const worker = new Worker(entry, { argv: [...args], stdout: isKept, stderr: isKept, ...limits })
  if (isKept) {
    for (const stream of [worker.stdout, worker.stderr]) stream.on('data', (chunk: Buffer) => print(chunk.toString()))
  }
  const body: ChildBody = {
    pid: undefined,
    send: (frame) => worker.postMessage(frame),
    kill(signal) {
      if (signal === 'SIGKILL') void worker.terminate()
    },
    letGo: () => worker.unref(),
    listen(heard, ended) {
      let thrown: Error | null = null
      worker.on('message', (frame: ChildFrame) => heard(frame))
      worker.once('error', (error: Error) => {
        thrown = error
      })
      worker.once('exit', (code) => ended({ code, signal: null, error: thrown }))
    },
  }
  return new Child(title, body, options.hear)
}
