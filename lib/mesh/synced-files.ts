/** This file writes files and folders that outlive a loss of power: what is written is synced before a process relies on it. */
import { fsyncSync, mkdirSync, unlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import { createOwnFile } from './plain-file.ts'
import { closeSync, openSync, writeFileSync } from './spared-files.ts'

/** Makes the folder and those above it. Node's own `recursive` tries for ever where folders cannot be, as under /proc. */
export function ensureFolders(path: string, mode = 0o700): void {
  try {
    mkdirSync(path, { mode })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || dirname(path) === path) throw error
    ensureFolders(dirname(path), mode)
    try {
      mkdirSync(path, { mode })
    } catch (again) {
      // Another process makes them at this moment.
      if ((again as NodeJS.ErrnoException).code !== 'EEXIST') throw again
    }
  }
}

/** As `writeOwnFile`, and returns once the content is on the disk. */
export function writeSynced(file: string, bytes: Uint8Array): void {
  const descriptor = createOwnFile(file)
  try {
    writeFileSync(descriptor, bytes)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Returns once the names in a folder are on the disk: a rename that is not synced survives no loss of power. */
export function syncFolder(path: string): void {
  // Windows opens no folder as a file, and writes renames through by itself.
  if (process.platform === 'win32') return
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Removes a file if it is there and may be removed. */
export function removeQuietly(file: string): void {
  try {
    unlinkSync(file)
  } catch {
    // Not there, or not ours to remove: the code that needs the name says so.
  }
}
