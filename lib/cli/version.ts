/** This file reads the version of the package from its package.json. */
import { readFileSync } from 'node:fs'

/** The package's own version: its package.json lies above `lib` as well as above `dist/lib`. */
export function version(): string {
  for (const up of ['../../package.json', '../../../package.json', '../../../../package.json']) {
    try {
      const found = JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as { name?: string; version?: string }
      if (found.name === 'holdfast' && found.version !== undefined) return found.version
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }
  return 'unknown'
}
