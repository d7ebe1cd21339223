/**
 * This file opens the local directory of a cluster for a node or an observer: it finds the place, checks whether this process
 * may use it, and reports why not.
 */
import type { Directory, Patience } from '../world/world.ts'
import { AbortedError, OverloadedError, RefusedError } from '../base/errors.ts'
import { checkName } from '../base/names.ts'
import { describeShortage, isShortage } from './descriptors.ts'
import { refusedFolder } from './directory-checks.ts'
import { refusalFor, rivalOf, rivalPatienceMs, rivalToGo, sightingsOf } from './directory-claim.ts'
import { DirectoryPlaces } from './directory-path.ts'
import { LocalDirectory } from './local-directory.ts'
import { waitPatiently } from './patience.ts'
import { monotonicNowMs } from './real-time.ts'

/** Between two attempts to take a place, on average. */
const retryMs = 50

/**
 * Opens the directory of a cluster, creating it if need be. It waits only to find out one of three facts: whether a node in
 * another folder goes away (3 s), whether the node of an entry of another namespace lives (10 s), or whether a deleted secret is
 * restored (5 s).
 *
 * @param root The folder of all clusters' directories, if not the system's fixed one.
 * @param patience By which the opening can be given up; without it, it waits as long as it takes.
 * @throws REFUSED with a reason. `directory`: a part of the path is not ours alone. `network-filesystem`. `namespace`: live nodes
 * of another container use it. `mount-namespace`: a live node of this user uses another folder, which this process does not see.
 * OVERLOADED when this process has no file descriptor left, ABORTED when it was given up. Nothing is left open then.
 */
export async function openLocalDirectory(cluster: string, root?: string, patience?: Patience): Promise<Directory> {
  return await openDirectoryIn(placesOf(cluster, root), patience)
}

/** The same where the places are known. */
export async function openDirectoryIn(places: DirectoryPlaces, patience?: Patience): Promise<Directory> {
  const untilMs = monotonicNowMs() + rivalPatienceMs
  for (;;) {
    // Where the cluster lives may be another place by now.
    const directory = explained(places.root, () => new LocalDirectory(places.locate(sightingsOf(places))))
    const rival = await settled(directory, () => directory.enter(places, untilMs, patience))
    if (rival === null) return directory
    directory.close()
    if (monotonicNowMs() >= untilMs) throw refusalFor(rival, places)
    await waitPatiently(retryMs * (0.5 + Math.random()), rivalToGo(rival), patience)
  }
}

/**
 * The same for an observer: null when there is no such directory, and none is created then.
 *
 * @throws REFUSED as `openLocalDirectory`.
 */
export async function findLocalDirectory(cluster: string, root?: string, patience?: Patience): Promise<Directory | null> {
  return await findDirectoryIn(placesOf(cluster, root), patience)
}

/** The same where the places are known. */
export async function findDirectoryIn(places: DirectoryPlaces, patience?: Patience): Promise<Directory | null> {
  const path = explained(places.root, () => places.find(sightingsOf(places)))
  const rival = rivalOf(places, path)
  if (rival !== null) throw refusalFor(rival, places)
  if (path === null) return null
  const directory = explained(path, () => new LocalDirectory(path))
  if (await settled(directory, () => directory.look(patience))) return directory
  directory.close()
  return null
}

function placesOf(cluster: string, root: string | undefined): DirectoryPlaces {
  const name = checkName(cluster, 'cluster')
  return explained(root ?? `of cluster '${name}'`, () => new DirectoryPlaces(name, root))
}

/** The result of work in a directory, which is closed if the work fails. */
async function settled<T>(directory: LocalDirectory, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    directory.close()
    throw explanationOf(directory.path, error)
  }
}

function explained<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw explanationOf(path, error)
  }
}

function explanationOf(path: string, error: unknown): unknown {
  if (error instanceof RefusedError || error instanceof AbortedError) return error
  if (isShortage(error))
    return new OverloadedError(`the directory ${path} cannot be used: ${describeShortage(error)}`, { cause: error })
  const code = (error as NodeJS.ErrnoException).code ?? String(error)
  return refusedFolder(path, `cannot be used (${code})`, 'check its permissions, and the space on its disk', error)
}
