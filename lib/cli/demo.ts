import type { Command } from './command.ts'
import { runDemo } from './demo/run.ts'
import { drawnScreen, plainScreen, type Screen } from './demo/screen.ts'
import { verdictLines } from './demo/verdict.ts'
import { painter } from './paint.ts'
import type { Terminal } from './terminal.ts'
import { choiceFlag, exitCodes, integerFlag, parseFlags, secondsFlag } from './usage.ts'

const help = `holdfast demo: worker processes move money under a lock; one is killed on the way

Usage: holdfast demo [--unlocked] [--seconds N] [--workers N] [--accounts N] [--algorithm NAME] [--clock C] [--json]

The workers find each other, and move money between the accounts of one ordinary file that each reads, changes and
writes back. One of them is killed with the lock in its hand, and comes back as a new node. At the end the money is
counted.

  --unlocked         take no locks: see what they are for (exit 1)
  --seconds N        how long they work (default 16)
  --workers N        2 to 32 processes (default 5)
  --accounts N       2 to 1000 accounts (default 12)
  --algorithm NAME   carvalho-roucairol (default), ricart-agrawala or token-ring
  --clock C          hlc (default) or lamport: what stamps requests
  --json             one JSON document: { processes, algorithm, grants, violations, fenceRegressions, kills,
                     failoverMs, durationMs, … }

Exit: 0 clean, 1 not clean, 64 wrong usage.
`

const flags = {
  unlocked: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  seconds: { type: 'string' },
  workers: { type: 'string' },
  accounts: { type: 'string' },
  algorithm: { type: 'string' },
  clock: { type: 'string' },
} as const

/** `holdfast demo` */
export const demoCommand: Command = {
  summary: 'watch worker processes share a ledger, and one of them die',
  help,
  async run(args, terminal) {
    const { values } = parseFlags(args, flags)
    const options = {
      locked: !values.unlocked,
      seconds: secondsFlag(values.seconds, 'seconds', 16, 3600),
      workers: integerFlag(values.workers, 'workers', 5, 2, 32),
      accounts: integerFlag(values.accounts, 'accounts', 12, 2, 1000),
      algorithm: values.algorithm,
      clock: values.clock === undefined ? undefined : choiceFlag(values.clock, 'clock', ['hlc', 'lamport'], 'hlc'),
    }
    const screen = screenFor(values.json, terminal)
    const { signal, stopListening } = interrupts()
    try {
      const verdict = await runDemo(options, screen, signal)
      screen.close()
      if (values.json) terminal.out(`${JSON.stringify(verdict)}\n`)
      else terminal.out(`\n${verdictLines(verdict, painter(terminal.colors)).join('\n')}\n\n`)
      return verdict.clean ? exitCodes.clean : exitCodes.unclean
    } catch (error) {
      screen.close()
      throw error
    } finally {
      stopListening()
    }
  },
}

function screenFor(json: boolean, terminal: Terminal): Screen {
  if (json) return { show: () => {}, close: () => {} }
  return terminal.interactive ? drawnScreen(terminal) : plainScreen(terminal.out)
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** The first interrupt ends the run in good order; a second one is left to the system's way. */
function interrupts(): { signal: AbortSignal; stopListening: () => void } {
  const controller = new AbortController()
  const stop = (): void => controller.abort()
  for (const name of signals) process.once(name, stop)
  return {
    signal: controller.signal,
    stopListening: () => {
      for (const name of signals) process.off(name, stop)
    },
  }
}
