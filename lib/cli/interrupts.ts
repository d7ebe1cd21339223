/**
 * Ctrl-C and its kin. The first signal asks the running command to end: to take its processes with it, to leave the cluster, to
 * give the terminal back. The second one, or a command that takes too long, ends the process where it stands.
 */
const numbers = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const
type Name = keyof typeof numbers
const names = Object.keys(numbers) as readonly Name[]

/** How long a command may take to end in good order. */
const orderlyMsMax = 10_000

export interface Interrupts {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal
  /** 128 and the number of the first signal, as a shell tells it; null as long as none has come. */
  readonly exitCode: number | null
  /** Back to what the system does. */
  stopListening(): void
}

/** Listens until `stopListening`. */
export function listenForInterrupts(): Interrupts {
  const controller = new AbortController()
  let exitCode: number | null = null
  const interrupted = (name: Name): void => {
    const code = 128 + numbers[name]
    if (exitCode !== null) process.exit(code)
    exitCode = code
    process.exitCode = code
    setTimeout(() => process.exit(code), orderlyMsMax).unref()
    controller.abort()
  }
  for (const name of names) process.on(name, interrupted)
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode
    },
    stopListening() {
      for (const name of names) process.off(name, interrupted)
    },
  }
}
