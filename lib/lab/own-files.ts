/** This file loads algorithms from users' files, so that experiments may name them. */
import { register } from 'node:module'
import { extname, resolve } from 'node:path'
import { BadOptionError } from '../base/errors.ts'
import { isKnown, knowAlgorithm } from './algorithms.ts'
import { LoadProblem, loadAlgorithm } from './own/load.ts'

/** Names that are files: `./my-mutex.ts`, `my-mutex.mjs`. */
export function isFile(name: string): boolean {
  return /[\\/]|\.[cm]?[jt]sx?$/.test(name)
}

/**
 * Loads those of the algorithms that are files, so that experiments may name them.
 *
 * @throws BAD_OPTION that says which file, where and why not.
 */
export async function loadFiles(algorithms: readonly string[]): Promise<void> {
  for (const name of algorithms) {
    if (!isFile(name) || isKnown(name)) continue
    hookOnce()
    try {
      knowAlgorithm(name, (await loadAlgorithm(resolve(name))).kind)
    } catch (error) {
      if (!(error instanceof LoadProblem)) throw error
      throw new BadOptionError(error.message, { option: 'algorithms', cause: error })
    }
  }
}

let isHooked = false

/** Own files import `holdfast/lab`, wherever they lie. */
function hookOnce(): void {
  if (isHooked) return
  isHooked = true
  register(new URL(`./own/resolve-entry${extname(import.meta.url)}`, import.meta.url))
}
