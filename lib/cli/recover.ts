/** This file runs `holdfast recover`, which lets the survivors found a view with a shorter join list. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Observer } from '../index.ts'
import { connect, jsonOf, observe } from './observe.ts'
import { printable } from './printable.ts'
import { type ClusterSettings, readSettings } from './settings.ts'
import type { CommandAction } from './spec.ts'
import { recoverWarning, type recoverSpec } from './table/cluster.ts'
import { CommandFailure, exitCodes, UsageError } from './usage.ts'
import { wrap } from './wrap.ts'

/** How long the survivors may take to found a view. */
const foundingWaitMs = 60_000

/** `holdfast recover` */
export const runRecover: CommandAction<typeof recoverSpec.options> = async ({ values, json }, terminal, interrupted) => {
  const settings = readSettings(values, terminal.environment)
  const { join } = settings
  if (join === undefined || typeof join === 'string')
    throw new UsageError('--join must name the survivors: with the local directory processes recover by themselves')
  const warning = wrap(recoverWarning, 100).join('\n')
  if (!values.force) throw new UsageError(`nothing was done, since --force was not given. ${recoverWarning}`)
  if (!json) terminal.err(`holdfast: telling ${printable(join.join(', '))} to found anew.\n${warning}\n`)
  const observers = await connectAll(settings, join, interrupted)
  const told = await tellAll(observers, join, interrupted)
  if (told < join.length) {
    terminal.err(`holdfast: interrupted; ${told} of ${join.length} survivors have accepted the shorter list\n`)
    return exitCodes.unclean
  }
  const epoch = await foundedEpoch(settings, join, interrupted)
  const report = { cluster: settings.cluster ?? 'default', join, recovered: join, epoch }
  terminal.out(
    json
      ? `${jsonOf(report)}\n`
      : `view ${epoch} is founded by ${printable(join.join(', '))}: now give all nodes this join list, in this order\n`,
  )
  return exitCodes.clean
}

/**
 * Connects an observer to each of them.
 *
 * @throws CommandFailure that names one that does not answer.
 */
async function connectAll(
  settings: ClusterSettings,
  join: readonly string[],
  interrupted: AbortSignal,
): Promise<readonly Observer[]> {
  const attempts = await Promise.allSettled(join.map((address) => connect({ ...settings, join: [address] }, interrupted)))
  const observers = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []))
  const missing = attempts.findIndex((attempt) => attempt.status === 'rejected')
  if (missing === -1) return observers
  await Promise.all(observers.map((observer) => observer.close()))
  const { reason } = attempts[missing] as PromiseRejectedResult
  const why = reason instanceof Error ? reason.message : String(reason)
  throw new CommandFailure(`no survivor at ${join[missing]}: ${why}; nothing was changed`, exitCodes.unavailable)
}

/** Orders one after another, closes all, and returns how many have accepted the list: fewer than all after an interrupt. */
async function tellAll(observers: readonly Observer[], join: readonly string[], interrupted: AbortSignal): Promise<number> {
  let told = 0
  const leave = (): void => void Promise.all(observers.map((observer) => observer.close()))
  interrupted.addEventListener('abort', leave, { once: true })
  try {
    for (const observer of observers) {
      if (interrupted.aborted) break
      await observer.recover(join)
      told++
    }
  } catch (error) {
    if (!interrupted.aborted) throw error
  } finally {
    interrupted.removeEventListener('abort', leave)
    await Promise.all(observers.map((observer) => observer.close()))
  }
  return told
}

/** Waits until a survivor is in a view. */
async function foundedEpoch(settings: ClusterSettings, join: readonly string[], interrupted: AbortSignal): Promise<number> {
  const untilMs = performance.now() + foundingWaitMs
  while (performance.now() < untilMs) {
    await sleep(500, undefined, { signal: interrupted })
    try {
      const { epoch } = await observe({ ...settings, join }, interrupted, (observer) => observer.members())
      if (epoch > 0) return epoch
    } catch {
      // The survivors are coming back at this moment.
    }
  }
  throw new CommandFailure(
    `the survivors accepted the list, but founded no view within ${foundingWaitMs / 1000} s: see their logs`,
  )
}
