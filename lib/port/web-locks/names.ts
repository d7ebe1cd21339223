/**
 * This file maps the names of the Web Locks API, which are any strings of UTF-16 units, to names of locks. Almost all names stay as they are. The others
 * (empty, or with unpaired surrogates) begin with `-`, as no name of the Web Locks API may, so that no two names share a lock.
 */
import { nameBytesMax, utf8Length } from '../../base/names.ts'

const unpaired = /\p{Surrogate}/gu
const escaped = /\\(\\|u[0-9a-f]{4})/g

/** The name of the lock for a name of the API, which must not begin with `-`. */
export function lockNameOf(name: string): string {
  if (name !== '' && name.search(unpaired) === -1) return name
  const safe = name.replaceAll('\\', '\\\\').replace(unpaired, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`)
  return `-${safe}`
}

/** The name of the API for the name of a lock. A name that `lockNameOf` does not give, such as `-x`, stays as it is. */
export function apiNameOf(lockName: string): string {
  if (!lockName.startsWith('-')) return lockName
  const name = lockName
    .slice(1)
    .replace(escaped, (_, what: string) => (what === '\\' ? what : String.fromCharCode(Number.parseInt(what.slice(1), 16))))
  return !name.startsWith('-') && lockNameOf(name) === lockName ? name : lockName
}

/** Whether a lock can have this name. */
export function fitsLockName(lockName: string): boolean {
  return lockName.length <= nameBytesMax / 3 || utf8Length(lockName) <= nameBytesMax
}
