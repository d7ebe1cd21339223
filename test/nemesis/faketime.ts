/**
 * Clocks that lie to one process (libfaketime): a wall clock that is set while it runs, or all clocks at another rate. The
 * offsets stand in a file that the library reads again every second.
 */
import { existsSync, writeFileSync } from 'node:fs'

const libraries = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib/faketime'].map((folder) =>
  folder.endsWith('faketime') ? `${folder}/libfaketimeMT.so.1` : `${folder}/faketime/libfaketimeMT.so.1`,
)

/** Where libfaketime is, or null. */
export function faketimeLibrary(): string | null {
  return libraries.find((path) => existsSync(path)) ?? null
}

/** Why clocks cannot be faked here, or null. */
export function noFaketime(): string | null {
  return faketimeLibrary() === null ? 'libfaketime is not installed (the package faketime)' : null
}

/** The environment of a process whose wall clock, and no other, `setWall` moves later by the same file. */
export function movableWall(file: string): NodeJS.ProcessEnv {
  setWall(file, 0)
  return {
    LD_PRELOAD: faketimeLibrary() ?? '',
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_CACHE_DURATION: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  }
}

/** Sets the wall clock off by so much from now on, within a second. */
export function setWall(file: string, offsetSeconds: number): void {
  writeFileSync(file, `${offsetSeconds < 0 ? '-' : '+'}${Math.abs(offsetSeconds)}\n`)
}

/** The environment of a process all of whose clocks, timers included, run at another rate. */
export function otherRate(rate: number): NodeJS.ProcessEnv {
  return { LD_PRELOAD: faketimeLibrary() ?? '', FAKETIME: `+0 x${rate}` }
}
