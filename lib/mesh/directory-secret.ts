/**
 * This file keeps the secret that the nodes of a directory share (file `secret`). The first node makes it. When the file alone
 * was deleted, the members restore it, and a newcomer waits for that: a secret of its own would shut it out, and every later
 * process too.
 */
import { randomBytes } from 'node:crypto'
import type { Patience } from '../world/world.ts'
import { RefusedError } from '../base/errors.ts'
import { checkSecretStats, refusedFolder } from './directory-checks.ts'
import type { FoundEntry } from './directory-entries.ts'
import { NotPlainError, type PlainFile, readPlainFile } from './plain-file.ts'
import { waitPatiently } from './patience.ts'
import { monotonicNowMs } from './real-time.ts'

/** Members look for the file every second. */
const restoredWithinMs = 5_000
const lookIntervalMs = 50
const lengthMax = 64

const cure = 'remove its folder while no node runs'

/** The secret that the file holds; null when there is no such file. @throws REFUSED, reason `directory`: it cannot be trusted */
function readSecret(path: string): string | null {
  let file: PlainFile
  try {
    file = readPlainFile(path, lengthMax)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    if (error instanceof NotPlainError && error.code === 'TOO_LONG') throw refusedFolder(path, 'holds no secret of ours', cure)
    if (error instanceof NotPlainError) throw refusedFolder(path, 'is not an ordinary file', cure)
    throw error
  }
  checkSecretStats(path, file.stats, cure)
  const secret = file.content.toString('latin1')
  if (!/^[0-9a-f]{64}$/.test(secret)) throw refusedFolder(path, 'holds no secret of ours', cure)
  return secret
}

/**
 * The secret of a directory: read, or made where no node lives.
 *
 * @param path The file's.
 * @param living The entries of the nodes that may live.
 * @param create Creates the file with this content, unless it is there.
 * @throws REFUSED, reason `directory`: the file cannot be trusted, or it is missing and the nodes that use the directory do not restore it.
 */
export async function obtainSecret(
  path: string,
  living: () => readonly FoundEntry[],
  create: (secret: string) => void,
  patience?: Patience,
): Promise<string> {
  for (;;) {
    const secret = await findSecret(path, living, patience)
    if (secret !== null) return secret
    create(randomBytes(32).toString('hex'))
  }
}

/** The same, and null if no node lives. */
export async function findSecret(path: string, living: () => readonly FoundEntry[], patience?: Patience): Promise<string | null> {
  const touched = new Map<string, number>()
  const untilMs = monotonicNowMs() + restoredWithinMs
  for (;;) {
    const secret = readSecret(path)
    if (secret !== null) return secret
    const others = living()
    if (others.length === 0) return null
    // An entry that is not touched is of a node that does not run, or whose thread has ended.
    const witness = others.find(({ id, touchedMs }) => touched.has(id) && touched.get(id) !== touchedMs)
    if (monotonicNowMs() >= untilMs) {
      if (witness === undefined) return null
      throw notRestored(path, witness)
    }
    for (const { id, touchedMs } of others) if (!touched.has(id)) touched.set(id, touchedMs)
    await waitPatiently(lookIntervalMs, `process ${(witness ?? others[0])?.pid} to restore the file ${path}`, patience)
  }
}

function notRestored(path: string, { pid }: FoundEntry): RefusedError {
  return new RefusedError(
    `the file ${path} is missing: it holds the secret by which the nodes of this directory know each other, and process ${pid}, which has it, ` +
      `does not restore it; restart the nodes that use this directory, all at once`,
    { reason: 'directory' },
  )
}
