/** This file starts processes of our own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { CallTable, ChildFrame } from './calls.ts'
import { Child, type ChildBody } from './child.ts'

/** How a process is started. */
export interface ProcessOptions<News> {
  /** What it finds in `process.argv` after its file. */
  readonly args?: readonly string[]
  /** Flags of Node. Default: those of this process. */
  readonly flags?: readonly string[]
  /** Environment variables that are added to those of this process, or replace them. */
  readonly variables?: NodeJS.ProcessEnv
  /** A command that starts it in another environment, such as a namespace. */
  readonly wrapper?: readonly string[]
  /** What becomes of its standard output. Default: `ignore`. Its errors are always shown. */
  readonly stdout?: 'ignore' | 'inherit'
  /** Whether the errors that its handlers throw begin with its title. Default: false. */
  readonly namesItself?: boolean
  /** Gets its news. */
  hear?(news: News): void
}

/**
 * Starts a process that runs `entry`, which calls `serveParent`. The process does not outlive this one.
 *
 * @param title how errors name it
 */
export function startProcess<Calls extends CallTable<Calls>, News = never>(
  title: string,
  entry: URL,
  options: ProcessOptions<News> = {},
): Child<Calls, News> {
  const { wrapper = [], flags = process.execArgv, args = [], stdout = 'ignore' } = options
  const [command, ...rest] = [...wrapper, process.execPath, ...flags, fileURLToPath(entry), ...args]
  const child = spawn(command as string, rest, {
    stdio: ['ignore', stdout, 'inherit', 'ipc'],
    env: { ...process.env, ...options.variables },
    // As JSON, the typed arrays of a measurement would take longer than the measurement.
    serialization: 'advanced',
  })
  return childOf(title, child, options.hear, options.namesItself)
}

/** The child of a process that was started with a channel of the serialization `advanced`. */
export function childOf<Calls extends CallTable<Calls>, News = never>(
  title: string,
  child: ChildProcess,
  hear?: (news: News) => void,
  namesItself?: boolean,
): Child<Calls, News> {
  const body: ChildBody = {
    pid: child.pid,
    // If a frame cannot be sent, the process has ended, and its end is reported separately.
    send: (frame) => void child.send(frame, () => {}),
    kill: (signal) => void child.kill(signal),
    letGo() {
      if (child.connected) child.disconnect()
    },
    listen(heard, ended) {
      child.on('message', (frame) => heard(frame as ChildFrame))
      child.once('exit', (code, signal) => ended({ code, signal, error: null }))
      child.on('error', (error) => {
        // Another error, for example of a signal that could not be sent, does not end it.
        if (child.pid === undefined) ended({ code: null, signal: null, error })
      })
    },
  }
  return new Child(title, body, hear, namesItself)
}
