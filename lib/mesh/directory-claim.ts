/**
 * This file takes a node's place in a directory. One user's nodes of one cluster must not use two folders at once, even if they
 * see different folders at the path. A node raises its beacon first and looks for others afterwards: of two that start at once at
 * least one sees the other. It goes in only when it sees no beacon of another folder, and its beacon stands for as long as it is
 * in.
 *
 * If nodes start at once in different folders, the nodes with the lower folder id keep their beacons and wait. The others lower
 * their beacons and look again before they try again. So one folder wins, unless a node is inside another already.
 */
import type { Patience } from '../world/world.ts'
import { RefusedError } from '../base/errors.ts'
import { Beacon } from './beacon.ts'
import { folderId, noSight, type Sighting, sightBeacons, type BeaconState, beaconStateOf } from './beacon-sightings.ts'
import type { DirectoryPlaces } from './directory-path.ts'
import { waitPatiently } from './patience.ts'
import { monotonicNowMs } from './real-time.ts'

/**
 * How long a node waits for the end of another folder's beacon. The node of that beacon may be about to close, or to notice that
 * its folder is gone.
 */
export const rivalPatienceMs = 3_000
const lookIntervalMs = 25

/** A folder that a node asks to use. */
export interface ClaimedFolder {
  readonly path: string
  /** Whether views were decided in it, of which no node lives any more. */
  isDeserted(): boolean
}

/** The system calls of a claim; a test passes its own. */
export interface Lookout {
  /** The beacons of this cluster that are to be seen. */
  look(): readonly Sighting[]
  stateOf(sighting: Sighting): BeaconState
  /** As `Beacon.raise`. */
  raise(folder: string): Promise<Pick<Beacon, 'name' | 'lower'> | string>
  /** Whether this process finds that folder at one of its places, and can go there. */
  reaches(sighting: Sighting): boolean
  /** The time that `untilMs` is of. */
  nowMs(): number
  /** Lets some time pass before the next look. */
  pause(rival: Rival): Promise<void>
}

/** A place that was taken. */
export interface DirectoryClaim {
  /** A sentence for people about the processes that this one cannot see; null if it sees all. */
  readonly blindSpot: string | null
  /** Whether a node of this cluster may still live by a folder that is no longer at its path. */
  hasFormerUsers(): boolean
  /** Lowers the beacon. */
  end(): void
}

/** Why a place cannot be taken: a beacon of another folder stands. */
export interface Rival {
  readonly sighting: Sighting
  /** This process finds the other folder at one of the places, and can go there instead. */
  readonly isReachable: boolean
  readonly isFormer: boolean
}

/** The beacons of this cluster that are to be seen; none where none can be. */
export function sightingsOf(places: DirectoryPlaces): Sighting[] {
  return noSight() === null ? sightBeacons(places.prefix) : []
}

/**
 * Takes a folder for a node of this process, or reports which process prevents that. Waits until `untilMs` (of the monotonic
 * clock) where waiting may help.
 *
 * @throws The system's error when this process is short of descriptors or memory; ABORTED when the opening is given up.
 */
export async function claimFolder(
  places: DirectoryPlaces,
  folder: ClaimedFolder,
  untilMs: number,
  patience?: Patience,
): Promise<DirectoryClaim | Rival> {
  const hidden = noSight()
  if (hidden !== null) return blindClaim(hidden)
  return await claimWith(systemLookout(places, patience), folder, folderId(folder.path), untilMs)
}

/** The same where beacons can be seen. `own`: the folder's id. */
export async function claimWith(
  lookout: Lookout,
  folder: ClaimedFolder,
  own: string,
  untilMs: number,
): Promise<DirectoryClaim | Rival> {
  const inTheWay = findRival(lookout, folder, own, lookout.look())
  if (inTheWay !== null) return inTheWay
  const beacon = await lookout.raise(own)
  if (typeof beacon === 'string') return blindClaim(`the system refuses abstract unix sockets (${beacon})`)
  try {
    for (;;) {
      const sightings = lookout.look()
      if (!sightings.some(({ name }) => name === beacon.name)) {
        beacon.lower()
        return blindClaim('the list of abstract unix sockets does not show those of this process')
      }
      const rival = findRival(lookout, folder, own, sightings)
      if (rival === null) return claimOf(lookout, own, beacon)
      if (rival.isReachable || rival.sighting.folder < own || lookout.nowMs() >= untilMs) {
        beacon.lower()
        return rival
      }
      await lookout.pause(rival)
    }
  } catch (error) {
    beacon.lower()
    throw error
  }
}

function systemLookout(places: DirectoryPlaces, patience: Patience | undefined): Lookout {
  return {
    look: () => sightBeacons(places.prefix),
    stateOf: beaconStateOf,
    raise: (folder) => Beacon.raise(places.prefix, folder),
    reaches: (sighting) => places.reaches(sighting),
    nowMs: () => monotonicNowMs(),
    pause: (rival) => waitPatiently(lookIntervalMs, rivalToGo(rival), patience),
  }
}

/** For a process that only looks: a node of the cluster that lives by a folder which this process does not find. */
export function rivalOf(places: DirectoryPlaces, path: string | null): Rival | null {
  const own = path === null ? '' : folderId(path)
  for (const sighting of sightingsOf(places)) {
    if (sighting.folder !== own && !places.reaches(sighting) && beaconStateOf(sighting) === 'standing')
      return { sighting, isReachable: false, isFormer: false }
  }
  return null
}

/** What a node with a rival waits for. */
export function rivalToGo({ sighting: { pid } }: Rival): string {
  return `process ${pid} of this user to leave the cluster, which it is in by another folder`
}

/** The error of a node that cannot have its place. */
export function refusalFor({ sighting: { pid }, isFormer }: Rival, places: DirectoryPlaces): RefusedError {
  const { root, cluster } = places
  if (isFormer) {
    return new RefusedError(
      `process ${pid} of this user still is in cluster '${cluster}' by a directory at ${root} that was deleted, moved or mounted over: ` +
        `wait until it notices, or end it if it is stopped`,
      { reason: 'directory' },
    )
  }
  return new RefusedError(
    `process ${pid} of this user is in cluster '${cluster}' by another folder at ${root}: it is in another mount namespace ` +
      `(systemd's PrivateTmp=yes, a sandbox), and the two would grant one lock twice; name one folder that both see by 'directory' in every ` +
      `process of the cluster (${sharedExample()}), or let both see one ${root} (PrivateTmp=no)`,
    { reason: 'mount-namespace' },
  )
}

function sharedExample(): string {
  const uid = process.getuid?.() ?? 0
  return uid === 0 ? '/run/holdfast, say' : `/run/user/${uid}/holdfast, say`
}

/** The first beacon that forbids this folder. Those of the folder itself forbid nothing. */
function findRival(lookout: Lookout, folder: ClaimedFolder, own: string, sightings: readonly Sighting[]): Rival | null {
  for (const sighting of sightings) {
    if (sighting.folder === own) continue
    const standing = lookout.stateOf(sighting)
    if (standing === 'forged') continue
    const isReachable = lookout.reaches(sighting)
    if (isReachable || standing === 'standing') return { sighting, isReachable, isFormer: false }
    // A founder waits for every unknown process, and a process that joins living ones waits as they do. A process that takes over
    // from dead nodes does not wait.
    if (folder.isDeserted()) return { sighting, isReachable: false, isFormer: true }
  }
  return null
}

function claimOf(lookout: Lookout, own: string, beacon: Pick<Beacon, 'lower'>): DirectoryClaim {
  return {
    blindSpot: null,
    hasFormerUsers: () => lookout.look().some((sighting) => sighting.folder !== own && lookout.stateOf(sighting) !== 'forged'),
    end: () => beacon.lower(),
  }
}

/** Two nodes in two folders are not seen here, so that they are two clusters; the path alone tells who meets. */
function blindClaim(why: string): DirectoryClaim {
  return {
    blindSpot:
      `processes of this user that see another folder at the directory's path (another mount namespace, a sandbox) form a cluster of  ` +
      `their own, and nothing shows them here: ${why}`,
    hasFormerUsers: () => false,
    end: () => {},
  }
}
