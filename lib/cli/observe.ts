import type { ErrorCode, Observer } from '../index.ts'
import type { ClusterSettings } from './settings.ts'

/** What an onlooker can do about an error: it has no `wait` to make longer, and no lock of its own. */
export const onlookerAdvice: Readonly<Partial<Record<ErrorCode, string>>> = {
  TIMEOUT: 'See whether a node of that cluster runs there; --cluster, --join and --directory say where to look',
  NO_QUORUM: 'See whether a majority of the join list is up and reachable; `holdfast members` asks another node by --join',
}

/** Looks at a running cluster as an onlooker, which changes no view, and goes again. */
export async function observe<T>(settings: ClusterSettings, look: (observer: Observer) => Promise<T>): Promise<T> {
  const observer = await connect(settings)
  try {
    return await look(observer)
  } finally {
    await observer.close()
  }
}

/** An observer of that cluster, or what refused it. */
export async function connect(settings: ClusterSettings): Promise<Observer> {
  // Loaded only now: help and complaints about arguments need none of it.
  const { createObserver } = await import('../index.ts')
  const { cluster, join, directory, secret, tls } = settings
  return await createObserver({
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
