/**
 * The steps of `npm run build` after the compiler: the pages of the lab, then the bundles that the package publishes. A step is left out while nothing
 * that it reads is newer than what it wrote, so that `npm test` after `npm ci` builds nothing again.
 */
import { readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { project } from './project.ts'

/** This file's own build stands in `test/house` below it. */
const dist = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** What both steps read besides the sources: their own code, and the packages that go into a bundle. */
const common = [join(dist, 'test', 'house'), join(project, 'package.json'), join(project, 'node_modules', '.package-lock.json')]

/** Each with the file that it writes last. */
const steps = [
  {
    reads: [join(project, 'lib')],
    writesLast: join(dist, 'lib', 'lab', 'page', 'modules.json'),
    run: () => import('./build-pages.ts'),
  },
  {
    reads: [join(dist, 'lib')],
    writesLast: join(dist, 'bundled', 'types', 'index.d.ts'),
    run: () => import('./build-bundles.ts'),
  },
]

for (const { reads, writesLast, run } of steps) if (newest([...reads, ...common]) > changedAt(writesLast)) await run()

/** When any of these files changed last, or any file below one of these folders. */
function newest(paths: readonly string[]): number {
  const files = paths.flatMap((path) =>
    isFolder(path) ? readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => join(path, name)) : [path],
  )
  return Math.max(...files.filter((file) => !isFolder(file)).map(changedAt))
}

/** In milliseconds; 0 for a file that is not there. */
function changedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
