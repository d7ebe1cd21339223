/** This file finds the files that children run. */
import { extname } from 'node:path'

/** The file of this name beside the module with this `import.meta.url`: a source file as long as sources run, else a built one. */
export function entryBeside(moduleUrl: string, name: string): URL {
  return new URL(`./${name}${extname(moduleUrl)}`, moduleUrl)
}
