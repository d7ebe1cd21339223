/**
 * This file lets calls wait by an `AbortSignal`, with one listener for each signal and any number of calls. With a listener for
 * each call, the end of a call would take time in proportion to their number, and Node warns of a leak at the eleventh.
 */

const watchers = new WeakMap<AbortSignal, Watch>()

interface Watch {
  readonly calls: Set<() => void>
  readonly fire: () => void
}

/** Calls `onAbort` once when the signal aborts, unless the watch was ended before. The signal must not be aborted yet. */
export function watchAbort(signal: AbortSignal, onAbort: () => void): void {
  const known = watchers.get(signal)
  if (known !== undefined) {
    known.calls.add(onAbort)
    return
  }
  const calls = new Set([onAbort])
  const fire = (): void => {
    watchers.delete(signal)
    for (const call of calls) call()
  }
  watchers.set(signal, { calls, fire })
  signal.addEventListener('abort', fire, { once: true })
}

/** Ends a watch. No effect if the call was made already. */
export function unwatchAbort(signal: AbortSignal, onAbort: () => void): void {
  const watch = watchers.get(signal)
  if (watch?.calls.delete(onAbort) !== true || watch.calls.size > 0) return
  watchers.delete(signal)
  signal.removeEventListener('abort', watch.fire)
}

/** The reason of an aborted signal. A signal is the user's object, so reading its reason may throw. */
export function reasonOf(signal: AbortSignal | undefined): unknown {
  try {
    return signal?.reason
  } catch (error) {
    return error
  }
}
