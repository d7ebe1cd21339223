/**
 * This file watches the file descriptors of this process: how many it may have, how many it keeps in reserve, and what it reports
 * when none is left. A session is renewed by opening files, so a process that has no descriptor left would lose its holds.
 * Instead it gives up one descriptor of its reserve for the moment of the operation.
 */
import { closeSync as close, openSync as open, readFileSync as read } from 'node:fs'
import { devNull } from 'node:os'
import { codeOf, isError } from '../base/foreign.ts'

/** Assumed if the system gives no number: the smallest default limit in use. */
const assumedLimit = 256
/** The most that one operation on the local directory or a vault has open at a time, beside what it keeps open. */
const reserveSize = 2

/** Read once: when there is no descriptor left, the file that tells cannot be opened. */
let known: number | undefined

/** How many descriptors this process may have open at a time. */
export function descriptorLimit(): number {
  try {
    known ??= parseLimit(read('/proc/self/limits', 'latin1'))
  } catch {
    // No such file here, or no descriptor to read it by.
  }
  return known ?? assumedLimit
}

/** The soft limit in the text of /proc/self/limits. */
export function parseLimit(text: string): number {
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(text)?.[1]
  if (soft === undefined) return assumedLimit
  return soft === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(soft)
}

/** Whether an operation failed because the process, or the whole system, has no descriptor left. */
export function isShortage(error: unknown): boolean {
  const code = codeOf(error)
  return code === 'EMFILE' || code === 'ENFILE'
}

/** What happened and what to do, for an error that `isShortage` accepts. */
export function describeShortage(error: unknown): string {
  return (error as { readonly code?: unknown }).code === 'ENFILE'
    ? 'ENFILE: the system has no file descriptor left; close files and sockets, or raise fs.file-max'
    : `EMFILE: this process has no file descriptor left${known === undefined ? '' : ` (its limit is ${known})`}; ` +
        'close files and sockets that it leaks, or raise the limit (ulimit -n, LimitNOFILE)'
}

const held: number[] = []
let users = 0
const shortageListeners = new Set<(message: string) => void>()

/** Keeps descriptors in reserve until as many `releaseReserve` have been called. No effect when no descriptor is free. */
export function keepReserve(): void {
  users++
  descriptorLimit()
  refill()
}

export function releaseReserve(): void {
  users--
  if (users === 0) while (held.length > 0) close(held.pop() as number)
}

/** Calls the listener whenever an operation of `spare` found no descriptor, until the returned function is called. */
export function onShortage(listener: (message: string) => void): () => void {
  shortageListeners.add(listener)
  return () => void shortageListeners.delete(listener)
}

/**
 * Does work that opens files. When there is no descriptor for it, the reserve is given up, the work is done once more
 * from its beginning, and the reserve is taken back.
 *
 * @throws what the work throws; of a shortage that the reserve does not help, the message tells cause and cure.
 */
export function spare<T>(work: () => T): T {
  if (held.length < reserveSize) refill()
  try {
    return work()
  } catch (error) {
    if (!isShortage(error)) throw error
    if (held.length === 0) throw explained(error)
  }
  while (held.length > 0) close(held.pop() as number)
  try {
    return work()
  } catch (error) {
    throw isShortage(error) ? explained(error) : error
  } finally {
    refill()
    if (shortageListeners.size > 0) tellShortage()
  }
}

/** Takes back what a descriptor that was just closed leaves free, before anything else takes it. */
export function refill(): void {
  if (users === 0) return
  try {
    while (held.length < reserveSize) held.push(open(devNull, 'r'))
  } catch {
    // No descriptor is free at present: the next operation tries again first.
  }
}

function tellShortage(): void {
  const message = describeShortage({ code: 'EMFILE' })
  for (const listener of [...shortageListeners]) listener(message)
}

/** The same error, by whose code callers tell what it is; its message says what to do. */
function explained(error: unknown): unknown {
  if (isError(error) && !error.message.includes('no file descriptor left')) {
    const { message } = error
    error.message = `${describeShortage(error)} (${message})`
  }
  return error
}
