/**
 * A step of `npm run build`: writes `bundled` in the built lib, for those who cannot take the package file by file.
 * - `third-party.js`: what lib/mesh/third-party.ts exports, as one ES module without `require`, for bundlers.
 * - `index.cjs`, `sim.cjs`: the entries as CommonJS, for test runners that load modules themselves and know no
 *   `require` of ES modules (Jest). The packages that they depend on stay outside. Node itself never loads these two.
 * - `third-party-licenses.txt`: the licences of the packages in the first.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, esmExternalRequirePlugin, type Plugin } from 'vite'
import { project, readManifest } from './project.ts'

/** Beside this very file's build, wherever that is. */
const lib = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'lib')
const target = join(lib, 'bundled')
const licensesFile = 'third-party-licenses.txt'
/** Every module of `third-party.js`. */
const modules = new Set<string>()

mkdirSync(target, { recursive: true })
const stale = new Set(readdirSync(target))
await bundle('es', { 'third-party': join(lib, 'mesh', 'third-party.js') }, [
  absent(['bufferutil', 'utf-8-validate', 'supports-color', 'buffer/']),
  oneCopyOf('ws'),
  esmExternalRequirePlugin({ external: [...builtinModules], skipDuplicateCheck: true }),
  { name: 'note-modules', moduleParsed: ({ id }) => void modules.add(id) },
])
await bundle('cjs', { index: join(lib, 'index.js'), sim: join(lib, 'sim', 'index.js') }, [])
writeFileSync(join(target, licensesFile), licenses())
stale.delete(licensesFile)
for (const name of stale) rmSync(join(target, name))

async function bundle(format: 'es' | 'cjs', input: Record<string, string>, plugins: readonly Plugin[]): Promise<void> {
  const outDir = mkdtempSync(join(lib, '.bundled-'))
  const isSelfContained = format === 'es'
  await build({
    root: project,
    configFile: false,
    envDir: false,
    logLevel: 'warn',
    publicDir: false,
    plugins: [...plugins],
    ssr: { noExternal: isSelfContained ? true : ['#third-party'], resolve: { conditions: ['node'] } },
    build: {
      ssr: true,
      target: 'node20',
      minify: false,
      outDir,
      emptyOutDir: true,
      reportCompressedSize: false,
      rolldownOptions: {
        input,
        external: isSelfContained ? [] : Object.keys(readManifest().dependencies),
        output: { format, entryFileNames: `[name].${format === 'es' ? 'js' : 'cjs'}`, chunkFileNames: 'shared-[name].cjs' },
      },
    },
  })
  // A process that reads a file while it is built anew sees the old one or the new one, whole.
  for (const name of readdirSync(outDir)) {
    renameSync(join(outDir, name), join(target, name))
    stale.delete(name)
  }
  rmSync(outDir, { recursive: true })
}

/** What the packages load if it is there, and do without when the load throws. A bundle has none of it. */
function absent(names: readonly string[]): Plugin {
  return {
    name: 'absent',
    enforce: 'pre',
    resolveId: (id) => (names.includes(id) ? `\0absent:${id}` : null),
    load: (id) => (id.startsWith('\0absent:') ? `throw new Error('not in this bundle: ${id.slice(8)}')` : null),
  }
}

/** Several packages may have a copy of their own in node_modules. The first one stands for all; they must be of one version. */
function oneCopyOf(name: string): Plugin {
  let first: string | null = null
  const version = (file: string): unknown => JSON.parse(readFileSync(join(dirname(file), 'package.json'), 'utf8')).version
  return {
    name: 'one-copy',
    enforce: 'pre',
    async resolveId(id, importer, options) {
      if (id !== name) return null
      const found = await this.resolve(id, importer, { ...options, skipSelf: true })
      if (found === null) return null
      first ??= found.id
      if (version(first) !== version(found.id)) throw new Error(`two versions of ${name}: ${first} and ${found.id}`)
      return join(dirname(first), 'index.js')
    },
  }
}

/** The licence of each package that has a module in the bundle. */
function licenses(): string {
  const folders = new Set<string>()
  for (const id of modules) {
    const [folder] = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id) ?? []
    if (folder !== undefined) folders.add(folder)
  }
  const texts = new Set<string>()
  for (const folder of [...folders].sort()) {
    const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, string>
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each))
    if (file === undefined) throw new Error(`${folder} has no file with its licence`)
    texts.add(`${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`)
  }
  return [...texts].join(`\n${'-'.repeat(80)}\n\n`)
}
