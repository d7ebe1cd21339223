/** This file connects a command to a running cluster as an observer, and closes the observer afterwards. */
import type { Observer } from '../index.ts'
import type { ClusterSettings } from './settings.ts'

/** Connects to a running cluster as an observer, which changes no view, and disconnects at the end. */
export async function observe<T>(
  settings: ClusterSettings,
  interrupted: AbortSignal,
  look: (observer: Observer) => Promise<T>,
): Promise<T> {
  const observer = await connect(settings, interrupted)
  // Open questions are then rejected at once, and the observer is closed.
  const leave = (): void => void observer.close()
  interrupted.addEventListener('abort', leave, { once: true })
  try {
    interrupted.throwIfAborted()
    return await look(observer)
  } finally {
    interrupted.removeEventListener('abort', leave)
    await observer.close()
  }
}

/** An observer of that cluster, or the error that refused it. */
export async function connect(settings: ClusterSettings, interrupted: AbortSignal): Promise<Observer> {
  // Loaded only now: help and errors about arguments do not need it.
  const { createObserver } = await import('../index.ts')
  const { cluster, join, directory, secret, tls } = settings
  return await createObserver({
    signal: interrupted,
    ...(cluster === undefined ? {} : { cluster }),
    ...(join === undefined ? {} : { join }),
    ...(directory === undefined ? {} : { directory }),
    ...(secret === undefined ? {} : { secret }),
    ...(tls === undefined ? {} : { tls }),
  })
}

/** The library's answer as JSON: a fence is a decimal string, since a JSON number would lose its last digits. */
export function jsonOf(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) => (typeof each === 'bigint' ? each.toString() : each))
}
