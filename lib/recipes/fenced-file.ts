/**
 * This file has the guard `fencedFile`: a document on a local disk whose writers are fenced. No system call replaces a file on condition, so the document
 * is a folder, in which each holder has files of its own, named by its fence, and those of the highest fence count.
 */
import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { BadOptionError } from '../base/errors.ts'
import { codeOf } from '../base/foreign.ts'
import { shownShortly } from '../base/message-of.ts'
import { checkPath } from '../base/option-checks.ts'
import { checkFence, staleError } from './stale.ts'

/** A document on a local disk, for holders of exclusive locks. */
export interface FencedFile {
  /**
   * The content that the latest holder left, for the holder of this fence; null if there is none. From now on earlier holders cannot change what this holder
   * and later ones read.
   *
   * @throws STALE if a higher fence was admitted; BAD_OPTION (`fence`); the error of the file system.
   */
  read(fence: bigint): Promise<Uint8Array | null>
  /**
   * Replaces the content: all of it or nothing, also if the process or the machine dies meanwhile.
   *
   * @throws STALE if a higher fence was admitted. If that happened during the write, `definite` is false: the later holder may have found this content.
   * BAD_OPTION that names the argument; the error of the file system.
   */
  write(fence: bigint, content: string | Uint8Array): Promise<void>
  /** The content now, for a reader without a lock. It may be about to be replaced. */
  peek(): Promise<Uint8Array | null>
}

/** What the folder has: the fences that were admitted, and those whose holders have content, or have found that there is none. */
interface Found {
  readonly names: readonly string[]
  readonly highest: bigint
  readonly latest: string | null
}

const digits = 19
/** `mark`: a fence was admitted. `data`: its content. `void`: its holder found no content. `tmp`: a file that is being written. */
const namePattern = /^(\d{19})(?:-[0-9a-f]+)?\.(mark|data|void|tmp)$/

/**
 * Guards a document in a folder of a local file system, which is created if it is absent. Any number of processes of one host may use it.
 *
 * A fence is admitted by a file named by it, *before* the folder is looked through for higher ones; so of two holders at once the later one is seen. A holder's
 * content is a file of its own: a stale holder that goes on after a pause writes to a file that no one reads any more. A process that is killed leaves no lock
 * behind. Not for network file systems, whose listings may be old.
 *
 * @throws BAD_OPTION (`path`).
 * @example
 * const settings = fencedFile('/var/lib/shop/settings')
 * const text = String(await settings.read(hold.fence) ?? '{}')
 * await settings.write(hold.fence, JSON.stringify({ ...JSON.parse(text), open: true }))
 */
export function fencedFile(path: string): FencedFile {
  return new FileGuard(resolve(checkPath(path, 'path')))
}

class FileGuard implements FencedFile {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  async read(fence: bigint): Promise<Uint8Array | null> {
    checkFence(fence)
    try {
      return await this.#take(fence)
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error
      // The file was removed by a later holder, or by a write of this one, which made a newer file.
      return await this.#take(fence)
    }
  }

  async write(fence: bigint, content: string | Uint8Array): Promise<void> {
    const name = nameOf(checkFence(fence))
    if (typeof content !== 'string' && !(content instanceof Uint8Array))
      throw new BadOptionError(`content must be a string or a Uint8Array, got ${shownShortly(content)}`, { option: 'content' })
    const copied = typeof content === 'string' ? content : Uint8Array.from(content)
    await this.#admit(fence)
    await this.#put(name, copied, 'data', rename).catch(async (error: unknown) => {
      // A later holder has removed the file that was being written.
      if (codeOf(error) === 'ENOENT') await this.#admit(fence)
      throw error
    })
    // A later holder that was admitted before this moment may have read before the content was there.
    const { names, highest } = await this.#look()
    if (highest > fence) throw staleError(this.#folder, fence, highest, false)
    for (const each of names) if (each.slice(0, digits) < name) await rm(join(this.#folder, each), { force: true })
  }

  async peek(): Promise<Uint8Array | null> {
    for (;;) {
      const { latest } = await this.#look()
      if (latest === null || latest.endsWith('void')) return null
      // A file that is gone was replaced by that of a later holder.
      const content = await readFile(join(this.#folder, latest)).catch(nullIfAbsent)
      if (content !== null) return content
    }
  }

  async #take(fence: bigint): Promise<Uint8Array | null> {
    const name = nameOf(fence)
    const { latest } = await this.#admit(fence)
    const content = latest === null || latest.endsWith('void') ? null : await readFile(join(this.#folder, latest))
    if (latest?.startsWith(name) === true) return content
    // The holder takes over what it read: what an earlier one writes from now on is not read any more. A write of its own that came meanwhile counts more.
    await this.#put(name, content ?? '', content === null ? 'void' : 'data', link).catch(passIfExists)
    const { names } = await this.#look()
    return names.includes(`${name}.data`) ? await readFile(join(this.#folder, `${name}.data`)) : null
  }

  async #admit(fence: bigint): Promise<Found> {
    await mkdir(this.#folder, { recursive: true })
    const before = await this.#look()
    if (before.highest > fence) throw staleError(this.#folder, fence, before.highest)
    if (before.highest < fence) {
      await (await open(join(this.#folder, `${nameOf(fence)}.mark`), 'a')).close()
      await this.#sync()
    }
    const found = await this.#look()
    if (found.highest > fence) throw staleError(this.#folder, fence, found.highest)
    return found
  }

  async #put(name: string, content: string | Uint8Array, kind: string, place: typeof rename): Promise<void> {
    const written = join(this.#folder, `${name}-${randomBytes(6).toString('hex')}.tmp`)
    try {
      const file = await open(written, 'wx')
      try {
        await file.writeFile(content)
        await file.sync()
      } finally {
        await file.close()
      }
      await place(written, join(this.#folder, `${name}.${kind}`))
      await this.#sync()
    } finally {
      await rm(written, { force: true })
    }
  }

  async #look(): Promise<Found> {
    const names = ((await readdir(this.#folder).catch(nullIfAbsent)) ?? []).filter((each) => namePattern.test(each)).sort()
    const marks = names.filter((each) => each.endsWith('mark'))
    const contents = names.filter((each) => each.endsWith('data') || each.endsWith('void'))
    const last = contents.at(-1)?.slice(0, digits)
    const latest = contents.find((each) => each.startsWith(last ?? '-')) ?? null
    return { names, highest: BigInt(marks.at(-1)?.slice(0, digits) ?? 0), latest }
  }

  /** The names in the folder, too, must outlast a failure of power. */
  async #sync(): Promise<void> {
    const folder = await open(this.#folder, 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  }
}

/** Of a fixed width, so that names sort as fences do. */
function nameOf(fence: bigint): string {
  return String(fence).padStart(digits, '0')
}

function nullIfAbsent(error: unknown): null {
  if (codeOf(error) === 'ENOENT') return null
  throw error
}

function passIfExists(error: unknown): void {
  if (codeOf(error) !== 'EEXIST') throw error
}
