/** This file connects a command to a running cluster as an observer, and closes the observer afterwards. */
import type { Observer } from '../index.ts'
import type { ClusterSettings } from './settings.ts'

/** Looks at a running cluster as an observer, which changes no view, and goes again. */
export async function observe<T>(
  settings: ClusterSettings,
  interrupted: AbortSignal,
  look: (observer: Observer) => Promise<T>,
): Promise<T> {
  const observer = await connect(settings, interrupted)
  // What is asked is then rejected at once, and the observer is gone.
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

/** An observer of that cluster, or what refused it. */
export async function connect(settings: ClusterSettings, interrupted: AbortSignal): Promise<Observer> {
  // Loaded only now: help and complaints about arguments need none of it.
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

/** JSON of what the library answers: a fence is a decimal text, since a JSON number would lose its last digits. */
export function jsonOf(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) => (typeof each === 'bigint' ? each.toString() : each))
}
