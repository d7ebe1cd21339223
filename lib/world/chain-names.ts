/** This file reads what the names of a chain's files say of its epochs. The view layer reads the contents. */
import type { DirectoryFiles } from './world.ts'

/** The file that decides the first view of all. */
export const foundingFile = 'after-0'

/** The epoch that a file of a place names; null for any other file. */
export function epochOfFile(name: string): number | null {
  const match = /^after-([1-9]\d{0,15})$/.exec(name)
  return match === null ? null : Number(match[1])
}

/** The epoch with which a place begins; null when that is no place. */
export function firstEpochOf(place: string): number | null {
  const match = /^views-([1-9]\d{0,15})-[A-Za-z0-9._-]+$/.exec(place)
  return match === null ? null : Number(match[1])
}

/** At least the highest epoch that was decided in a chain which no process continues any more; 0 when there is none. */
export function highestEpochIn(files: Pick<DirectoryFiles, 'list'>): number {
  let highest = 0
  for (const place of files.list()) {
    const first = firstEpochOf(place)
    if (first === null) continue
    highest = Math.max(highest, first)
    for (const name of files.list(place)) highest = Math.max(highest, (epochOfFile(name) ?? 0) + 1)
  }
  return highest
}
