import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The project's folder, wherever the compiled test lies below it. */
export const project = findProject()

function findProject(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder)
  return folder
}

/** A text file of the project. */
export function readProject(path: string): string {
  return readFileSync(join(project, path), 'utf8')
}

/** The parts of package.json that tests look at. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly homepage: string
  readonly repository: { readonly type: string; readonly url: string }
  readonly bugs: { readonly url: string }
  readonly publishConfig: Readonly<Record<string, unknown>>
  readonly scripts: Readonly<Record<string, string>>
  readonly bin: Readonly<Record<string, string>>
  readonly man: readonly string[]
  readonly dependencies: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  readonly imports: Readonly<Record<string, Readonly<Record<string, string>>>>
}

export function readManifest(): Manifest {
  return JSON.parse(readProject('package.json')) as Manifest
}
