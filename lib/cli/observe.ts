import type { Observer } from '../index.ts'
import type { ClusterSettings } from './settings.ts'

/** Looks at a running cluster as an onlooker, which changes no view, and goes again. */
export async function observe<T>(settings: ClusterSettings, look: (observer: Observer) => Promise<T>): Promise<T> {
  // Loaded only now: help and complaints about arguments need none of it.
  const { createObserver } = await import('../index.ts')
  const { cluster, join, directory, secret } = settings
  const observer = await createObserver({
    ...(cluster === undefined ? {} : { cluster }),
    ...(join === undefined ? {} : { join }),
    ...(directory === undefined ? {} : { directory }),
    ...(secret === undefined ? {} : { secret }),
  })
  try {
    return await look(observer)
  } finally {
    await observer.close()
  }
}

/** JSON of what the library answers: a fence is a decimal text, since a JSON number would lose its last digits. */
export function jsonOf(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) => (typeof each === 'bigint' ? each.toString() : each))
}
