/**
 * This file handles Ctrl-C and other signals that end a command. The first signal asks the running command to end: to end its
 * processes, to leave the cluster, to restore the terminal. A second signal ends the process at once, and so does a command that
 * takes too long, or a signal that comes when the command has ended and the process has not.
 */
const numbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const
type Name = keyof typeof numbers
const names = Object.keys(numbers) as readonly Name[]

/** How long a command may take to end in good order. */
const orderlyMsMax = 10_000

export interface Interrupts {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal
  /** 128 plus the number of the first signal, as in a shell; null before the first. */
  readonly exitCode: number | null
  /** The command has ended: a signal from now on ends the process at once. */
  commandEnded(): void
}

/** Listens until the process ends. The listening does not keep it alive. */
export function listenForInterrupts(): Interrupts {
  const controller = new AbortController()
  let exitCode: number | null = null
  let isRunning = true
  const interrupted = (name: Name): void => {
    const code = 128 + numbers[name]
    if (exitCode !== null || !isRunning) process.exit(code)
    exitCode = code
    process.exitCode = code
    setTimeout(() => process.exit(code), orderlyMsMax).unref()
    controller.abort()
  }
  for (const name of names) process.on(name, interrupted)
  process.once('exit', () => {
    // No turn of the loop follows in which a listener could run, so the system ends the process at the signal.
    if (exitCode === null) for (const name of names) process.off(name, interrupted)
  })
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode
    },
    commandEnded() {
      isRunning = false
    },
  }
}

/**
 * Resolves when the listeners were called for each signal so far: a signal during synchronous work waits for the loop to poll,
 * which it does between these two turns.
 */
export async function untilSignalsAreHeard(): Promise<void> {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve))
}
