/**
 * This file finds the beacons on this host (`beacon.ts`), their owners, and the state of the folders that they name. A name alone
 * proves nothing, since every user can make any name: the process in the name must be this user's, and have that very socket
 * open.
 */
import { readlinkSync, statSync } from 'node:fs'
import { openLinks, userOf } from './open-files.ts'
import { isProcOurs, processFacts, readText } from './process-facts.ts'
import { readFileSync } from './spared-files.ts'

/** A beacon as the list of sockets shows it. */
export interface Sighting {
  readonly name: string
  /** As `folderId` gives it. */
  readonly folder: string
  readonly pid: number
  /** The number by which the system knows the socket. */
  readonly socket: string
}

/**
 * What is known of a sighted beacon. `forged`: no process of this user has it open. `former`: its folder was deleted, moved away
 * or covered, which its node notices at the next renewal. Else `standing`.
 */
export type BeaconState = 'forged' | 'former' | 'standing'

const listPath = '/proc/net/unix'
/** The kernel hands the list out in pieces of a page. Between two pieces a socket can slip by, when another is closed. */
const pieceLength = 4_000
const readingsOfLongList = 3

/** Which folder this is, by any path. */
export function folderId(path: string): string {
  const { dev, ino } = statSync(path, { bigint: true })
  return `${dev.toString(16)}:${ino.toString(16)}`
}

/** Why no beacon could be seen here, as the end of a sentence; null when they can be. */
export function noSight(): string | null {
  if (process.platform !== 'linux') return `${process.platform} has no list of abstract unix sockets`
  if (!isProcOurs()) return '/proc is not mounted, or is that of another pid namespace'
  return readText(listPath) === null ? `${listPath} cannot be read` : null
}

/** All beacons whose names begin so. */
export function sightBeacons(prefix: string): Sighting[] {
  const found = new Map<string, Sighting>()
  let readings = 1
  for (let reading = 0; reading < readings; reading++) {
    const list = readFileSync(listPath, 'latin1')
    if (list.length > pieceLength) readings = readingsOfLongList
    for (const line of list.split('\n')) {
      const sighting = parseLine(line, prefix)
      if (sighting !== null) found.set(sighting.socket, sighting)
    }
  }
  return [...found.values()]
}

/** Whose a beacon is, and whether its folder is still where others would find it. */
export function beaconStateOf({ pid, socket, folder }: Sighting): BeaconState {
  if (userOf(pid) !== process.getuid?.()) return 'forged'
  const links = openLinks(pid)
  // A process that hides what it has open may be a node only if it is a program like this one.
  if (links === null) return readText(`/proc/${pid}/comm`) === readText('/proc/self/comm') ? 'standing' : 'forged'
  if (![...links.values()].includes(`socket:[${socket}]`)) return 'forged'
  const target = targetOf(pid, links, folder)
  if (target?.endsWith(' (deleted)') === true) return 'former'
  // Where both see the same mounts, the folder would have been found at its path, were it still there.
  return seesWhatWeSee(pid) ? 'former' : 'standing'
}

/** `Num RefCount Protocol Flags Type St Inode Path`; an abstract name begins with @, and some are filled up with more of them. */
function parseLine(line: string, prefix: string): Sighting | null {
  const match = /^\S+ \S+ \S+ \S+ \S+ \S+ +([0-9]+) @(\S+?)@*$/.exec(line)
  const [, socket, name] = match ?? []
  if (socket === undefined || name === undefined || socket === '0' || !name.startsWith(prefix)) return null
  const rest = /^([0-9a-f]+:[0-9a-f]+)-([1-9][0-9]{0,9})-[0-9a-f]+$/.exec(name.slice(prefix.length))
  const [, folder, pid] = rest ?? []
  return folder === undefined || pid === undefined ? null : { name, folder, pid: Number(pid), socket }
}

/** What the process's descriptor of that folder is called; null when it has none. */
function targetOf(pid: number, links: ReadonlyMap<string, string>, folder: string): string | null {
  for (const [descriptor, link] of links) {
    // Only a folder of ours is looked at: a file of some network file system could keep this process waiting.
    if (!link.replace(/ \(deleted\)$/, '').endsWith(`/${processFacts().bootId}`)) continue
    try {
      if (folderId(`/proc/${pid}/fd/${descriptor}`) === folder) return link
    } catch {
      // Closed meanwhile.
    }
  }
  return null
}

function seesWhatWeSee(pid: number): boolean {
  return ['ns/mnt', 'root'].every((part) => {
    const own = linkOf(`/proc/self/${part}`)
    return own !== null && own === linkOf(`/proc/${pid}/${part}`)
  })
}

function linkOf(path: string): string | null {
  try {
    return readlinkSync(path)
  } catch {
    return null
  }
}
