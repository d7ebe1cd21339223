/** This file reads epochs from the names of a chain's files. The view layer reads the contents. */
import type { DirectoryFiles } from './world.ts'

/** The file that decides the first view of all. */
export const foundingFile = 'after-0'

/** The epoch in the name of a place's file; null for any other file. */
export function epochOfFile(name: string): number | null {
  const match = /^after-([1-9]\d{0,15})$/.exec(name)
  return match === null ? null : Number(match[1])
}

/** The epoch with which a place begins; null if the name is not that of a place. */
export function firstEpochOf(place: string): number | null {
  const match = /^views-([1-9]\d{0,15})-[A-Za-z0-9._-]+$/.exec(place)
  return match === null ? null : Number(match[1])
}

/** An epoch that is at least the highest one decided in a chain that no process continues any more; 0 without one. */
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
