/**
 * This file wraps the calls of `node:fs` that need a descriptor, for the files on which a session or a vote depends. When no
 * descriptor is left, a call takes one from the reserve (`descriptors.ts`).
 */
import * as fs from 'node:fs'
import { refill, spare } from './descriptors.ts'

export const openSync: typeof fs.openSync = (...args) => spare(() => fs.openSync(...args))
export const writeFileSync: typeof fs.writeFileSync = (...args) => spare(() => fs.writeFileSync(...args))
export const readFileSync = ((...args: Parameters<typeof fs.readFileSync>) =>
  spare(() => fs.readFileSync(...args))) as typeof fs.readFileSync
/** The names in a folder. */
export const readdirSync = (path: string): string[] => spare(() => fs.readdirSync(path))

export function closeSync(descriptor: number): void {
  fs.closeSync(descriptor)
  refill()
}
