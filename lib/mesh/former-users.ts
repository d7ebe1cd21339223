/**
 * This file finds the processes that still have a deleted directory open. The members of a cluster notice at their next renewal
 * that their directory is gone. A process that comes before that finds nothing, and would found a second cluster beside the
 * first. Linux shows in /proc what each process has open, deleted or not. Where that cannot be seen the answer is yes, which
 * costs a founder the length of a session and nothing else (docs/decisions/0008).
 */
import { openLinks, userOf } from './open-files.ts'
import { isProcOurs } from './process-facts.ts'
import { readText } from './process-facts.ts'
import { readdirSync } from './spared-files.ts'

const deletedMark = ' (deleted)'

/**
 * Whether a process of this user may have the folder at this path, or a file in it, open that was deleted since.
 *
 * @param path The real path, with no link in it.
 * @param passed The beginning of the names of files that mean nothing.
 */
export function hasFormerUsers(path: string, passed: string): boolean {
  if (process.platform !== 'linux' || !isProcOurs()) return true
  const uid = process.getuid?.()
  const ownName = readText('/proc/self/comm')
  const isFormer = (target: string): boolean => {
    if (!target.startsWith(path) || !target.endsWith(deletedMark)) return false
    const rest = target.slice(path.length, -deletedMark.length)
    return rest === '' || (rest.startsWith('/') && !rest.startsWith(`/${passed}`))
  }
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .some((pid) => {
      if (userOf(pid) !== uid) return false
      const targets = openLinks(pid)
      // A process that hides its open files can be a node only if it has this process's program name.
      return targets === null ? readText(`/proc/${pid}/comm`) === ownName : [...targets.values()].some(isFormer)
    })
}
