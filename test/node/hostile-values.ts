/** Values that a user may hand in and that cannot be read or shown, and what a call throws. */

/** What a call throws, or its promise rejects with. */
export async function thrown(attempt: () => unknown): Promise<unknown> {
  try {
    await attempt()
  } catch (error) {
    return error
  }
  throw new Error('expected an error')
}

/** A proxy whose every trap throws. */
export function hostileProxy(target: object): object {
  const trap = (): never => {
    throw new Error('trapped')
  }
  return new Proxy(target, { get: trap, ownKeys: trap, getPrototypeOf: trap, getOwnPropertyDescriptor: trap, has: trap })
}

/** A value that cannot be shown as text. */
export const unprintable = Object.create(null) as object
