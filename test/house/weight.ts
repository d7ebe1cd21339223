/** What the package may weigh. */
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The packages that a user installs with ours; what these bring comes with them. */
export const dependencies: readonly string[] = ['hyperid', 'msgpackr', 'socket.io', 'socket.io-client']

/** Our own files, as npm counts them. */
export const unpackedBytesMax = 4_500_000

/** `node_modules` of a project that has nothing else, in blocks on the disk, as `du` counts them. */
const installedBytesMax = 17 * 2 ** 20
const packagesMax = 36

/** Throws when what npm installed into the empty project is more than this allows. */
export function checkWeight(folder: string): void {
  const lock = JSON.parse(readFileSync(join(folder, 'node_modules', '.package-lock.json'), 'utf8')) as {
    packages: Record<string, Brings>
  }
  const names = Object.keys(lock.packages).map((path) => path.split('node_modules/').at(-1) as string)
  const expected = new Set(['holdfast'])
  // A set is walked to its end, additions included.
  for (const name of expected) {
    const brings = lock.packages[`node_modules/${name}`]
    const direct = name === 'holdfast' ? dependencies : Object.keys({ ...brings?.dependencies, ...brings?.optionalDependencies })
    for (const each of direct) expected.add(each)
  }
  const strangers = names.filter((name) => !expected.has(name))
  if (strangers.length > 0) throw new Error(`installed, although none of the four packages brings it: ${strangers.join(', ')}`)
  const bytes = sizeOnDisk(join(folder, 'node_modules'))
  const own = sizeOnDisk(join(folder, 'node_modules', 'holdfast'))
  const said = `${names.length} packages of ${mib(bytes)} in all, ${mib(own)} of them ours`
  if (names.length > packagesMax || bytes > installedBytesMax) throw new Error(`too much is installed: ${said}`)
  console.log(`installed: ${said}`)
}

interface Brings {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

function sizeOnDisk(path: string): number {
  const status = lstatSync(path)
  const inside = status.isDirectory() ? readdirSync(path).map((name) => sizeOnDisk(join(path, name))) : []
  return inside.reduce((sum, bytes) => sum + bytes, status.blocks * 512)
}

function mib(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`
}
