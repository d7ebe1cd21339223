/**
 * This file keeps the files of a local directory in memory: what `Directory` promises of files and places, written once for the
 * simulation, for `join: 'memory'` and for tests. Its entries, notes and secret are not here.
 */
import { RefusedError } from '../base/errors.ts'
import type { DirectoryFiles } from './world.ts'

export class MemoryFiles implements DirectoryFiles {
  /** By their names; a file in a place is at `PLACE/NAME`. */
  readonly files = new Map<string, Uint8Array>()
  private readonly places = new Set<string>()

  createOnce(name: string, content: Uint8Array): boolean {
    this.checkPlace(name)
    if (this.files.has(name)) return false
    this.files.set(name, content.slice())
    return true
  }

  read(name: string): Uint8Array | null {
    this.checkPlace(name)
    return this.files.get(name)?.slice() ?? null
  }

  list(place?: string): readonly string[] {
    if (place === undefined) return [...[...this.files.keys()].filter((name) => !name.includes('/')), ...this.places]
    this.checkPlace(`${place}/`)
    return [...this.files.keys()].filter((name) => name.startsWith(`${place}/`)).map((name) => name.slice(place.length + 1))
  }

  makePlace(place: string): void {
    if (this.places.has(place)) throw placeTaken(place)
    this.places.add(place)
  }

  clearPlace(place: string): void {
    if (!this.places.delete(place)) return
    for (const name of this.files.keys()) if (name.startsWith(`${place}/`)) this.files.delete(name)
  }

  /** Throws if the file's place is gone, as each operation on a file does. */
  checkPlace(name: string): void {
    const [place, file] = name.split('/')
    if (file !== undefined && !this.places.has(place as string)) throw placeGone(place as string, 'memory')
  }
}

/** The error of an operation in a place that is gone. */
export function placeGone(place: string, directory: string, cause?: unknown): Error {
  return new RefusedError(
    `the folder ${place} in ${directory} is gone: it was deleted, or this node missed more views than are kept`,
    { reason: 'directory', cause },
  )
}

/** The error of making a place whose name was used before. */
export function placeTaken(place: string): Error {
  return new Error(`the folder ${place} exists already: names of places are used once`)
}
