/** This file reads from Linux's /proc what another process has open, and which user it runs as. */
import { readlinkSync, statSync } from 'node:fs'
import { isShortage } from './descriptors.ts'
import { readText } from './process-facts.ts'
import { readdirSync } from './spared-files.ts'

/** Where the descriptors of a process lead, by their numbers; empty when it has ended, null when that may not be seen. */
export function openLinks(pid: number | string): ReadonlyMap<string, string> | null {
  const path = `/proc/${pid}/fd`
  const links = new Map<string, string>()
  try {
    for (const descriptor of readdirSync(path)) {
      const link = linkOf(`${path}/${descriptor}`)
      if (link !== null) links.set(descriptor, link)
    }
    return links
  } catch (error) {
    return isOver(error) ? links : null
  }
}

/**
 * Null when it was closed meanwhile. Of a process with more capabilities than this one the list of descriptors can be read,
 * and none of the links.
 */
function linkOf(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch (error) {
    if (isOver(error)) return null
    throw error
  }
}

function isOver(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOENT' || code === 'ESRCH' || code === 'EBADF'
}

/** The user that a process runs as; null when it has ended. The owner of its folder may be root, when it hides things. */
export function userOf(pid: number | string): number | null {
  try {
    const { uid } = statSync(`/proc/${pid}`)
    if (uid !== 0) return uid
    const real = /^Uid:\s+([0-9]+)/m.exec(readText(`/proc/${pid}/status`) ?? '')?.[1]
    return real === undefined ? null : Number(real)
  } catch (error) {
    // A process that cannot be looked at for the moment has not ended.
    if (isShortage(error)) throw error
    return null
  }
}
