import type { Observer } from '../index.ts'
import type { Command } from './command.ts'
import { connect, jsonOf, onlookerAdvice } from './observe.ts'
import { printable } from './printable.ts'
import { type ClusterSettings, readSettings, settingsFlags, settingsHelp } from './settings.ts'
import { CommandFailure, exitCodes, parseFlags, UsageError } from './usage.ts'

const warning = `What may break: exclusion. The survivors found the cluster anew with the shorter list and wait out every session of
before, but nobody can wait for what is decided elsewhere. If the hosts left out are only cut off, and a majority of the
old list lives among them, both sides grant the same locks. Make sure that those hosts are switched off, and stay so,
before you force this. Fences go on rising above all that the survivors know; what only the others knew is lost.`

const help = `holdfast recover: goes on after a majority of the join list is gone for good

Usage: holdfast recover --force --join SURVIVORS [--cluster NAME] [--json]

SURVIVORS is the shorter join list: the addresses of the listed nodes that still run, each of which is told to found the
cluster anew with it. Afterwards change the list of all nodes to the shorter one, in its order, before any restarts.

${warning}

${settingsHelp}
  --force              the others are gone for good
  --json               { cluster, join, recovered: [address], epoch }

Exit: 0 the survivors are in a view of the shorter list, 1 one of them refused, 64 wrong usage, 69 no survivor answers
at one of the addresses (then nothing was changed).
`

/** How long the survivors may take to found a view. */
const foundingWaitMs = 60_000

/** `holdfast recover` */
export const recoverCommand: Command = {
  summary: 'goes on with a shorter join list after a majority is gone for good',
  help,
  advice: onlookerAdvice,
  async run(args, terminal) {
    const { values } = parseFlags(args, {
      ...settingsFlags,
      json: { type: 'boolean', default: false },
      force: { type: 'boolean', default: false },
    })
    const settings = readSettings(values, terminal.environment)
    const { join } = settings
    if (join === undefined || typeof join === 'string')
      throw new UsageError('--join must name the survivors: with the local directory processes recover by themselves')
    if (!values.force) throw new UsageError(`nothing was done, since --force was not given.\n${warning}`)
    terminal.err(`holdfast: telling ${printable(join.join(', '))} to found anew.\n${warning}\n`)
    const observers = await connectAll(settings, join)
    if (typeof observers === 'string') {
      terminal.err(`holdfast: ${printable(observers)}; nothing was changed\n`)
      return exitCodes.unavailable
    }
    try {
      for (const observer of observers) await observer.recover(join)
    } finally {
      await Promise.all(observers.map((observer) => observer.close()))
    }
    const epoch = await foundedEpoch(settings, join)
    const report = { cluster: settings.cluster ?? 'default', join, recovered: join, epoch }
    terminal.out(
      values.json
        ? `${jsonOf(report)}\n`
        : `view ${epoch} is founded by ${printable(join.join(', '))}: now give all nodes this join list, in this order\n`,
    )
    return exitCodes.clean
  },
}

/** An onlooker at each of them; or who is not there. */
async function connectAll(settings: ClusterSettings, join: readonly string[]): Promise<readonly Observer[] | string> {
  const attempts = await Promise.allSettled(join.map((address) => observerAt(settings, [address])))
  const observers = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []))
  const missing = attempts.findIndex((attempt) => attempt.status === 'rejected')
  if (missing === -1) return observers
  await Promise.all(observers.map((observer) => observer.close()))
  const { reason } = attempts[missing] as PromiseRejectedResult
  return `no survivor at ${join[missing]}: ${reason instanceof Error ? reason.message : String(reason)}`
}

function observerAt(settings: ClusterSettings, join: readonly string[]): Promise<Observer> {
  return connect({ ...settings, join })
}

/** Waits until a survivor is in a view. */
async function foundedEpoch(settings: ClusterSettings, join: readonly string[]): Promise<number> {
  const untilMs = performance.now() + foundingWaitMs
  while (performance.now() < untilMs) {
    await new Promise((resolve) => setTimeout(resolve, 500))
    try {
      const observer = await observerAt(settings, join)
      try {
        const { epoch } = await observer.members()
        if (epoch > 0) return epoch
      } finally {
        await observer.close()
      }
    } catch {
      // They are coming back at this moment.
    }
  }
  throw new CommandFailure(
    `the survivors took up the list, and founded no view within ${foundingWaitMs / 1000} s: see their logs`,
  )
}
