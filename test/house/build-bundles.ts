/**
 * A step of `npm run build`: writes `dist/bundled`, what the package publishes (docs/decisions/0040).
 * - `index.js`, `engines/NAME/index.js`, `recipes/index.js`, `sim/index.js`, `lab/index.js`, `cli/main.js` and the programs of processes and threads, each where it is in `lib`;
 *   what they share is in `shared`. The packages that only the command line and the lab need are inside.
 * - `cjs`: the entries as CommonJS, for test runners that load modules themselves and cannot `require` an ES module (Jest). Node never loads them.
 * - `third-party.js`: the export of lib/mesh/third-party.cts as one ES module without `require`, for bundlers.
 * - `types`: the declarations of the entries. `lab/page`: the pages of the lab. `licenses.txt`: the licences of the packages inside.
 */
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { builtinModules } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, esmExternalRequirePlugin, type Rolldown, type UserConfig } from 'vite'
import { absentPackages, noteModules, oneCopyOf, ownAddresses } from './bundle-plugins.ts'
import { writeDeclarations, sourceMapReference } from './declarations.ts'
import { licensesOf } from './licenses.ts'
import { project, readManifest } from './project.ts'
import { sharedFile } from './shared-files.ts'

/** Beside this very file's build, wherever that is. */
const dist = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const lib = join(dist, 'lib')
const entries = [
  'index',
  'engines/memory/index',
  'recipes/index',
  'sim/index',
  'engines/postgres/index',
  'engines/redis/index',
  'lab/index',
]
const programs = readdirSync(lib, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('-entry.js'))
  .map((file) => file.slice(0, -'.js'.length))
const dependencies = Object.keys(readManifest().dependencies)
/** Names stay, so that a user's stack trace has them. */
const minify = { mangle: false, compress: true, codegen: true }
const made = mkdtempSync(join(dist, '.bundled-'))
const modules = new Set<string>()

await bundle({ noExternal: true }, [...entries, 'cli/main', ...programs], [ownAddresses(lib), noteModules(modules)], {
  format: 'es',
  entryFileNames: '[name].js',
  chunkFileNames: 'shared/[name].js',
  codeSplitting: {
    // A file takes along what its modules import, unless a file of a higher priority has it.
    groups: ['base', 'port', 'engines-common', null].map((only, index) => ({
      debugName: only ?? 'shared',
      priority: 3 - index,
      name: (id, graph) => {
        const file = sharedFile(lib, id, graph)
        return only === null || file === only ? file : null
      },
    })),
  },
})
await bundle({ noExternal: true }, entries.slice(0, -1), [], {
  format: 'cjs',
  entryFileNames: ({ name }) => `cjs/${basename(name.replace('/index', ''))}.cjs`,
  chunkFileNames: 'cjs/[name].cjs',
  // What is there twice should be small.
  minify,
  codeSplitting: {
    groups: [
      { name: 'shared', test: (id) => id !== join(lib, 'index.js') && !/^(?:sim|engines|recipes)\b/.test(relative(lib, id)) },
    ],
  },
})
await bundleThirdParty()
mkdirSync(join(made, 'lab', 'page'), { recursive: true })
for (const page of readdirSync(join(lib, 'lab', 'page')).filter((file) => file.endsWith('.html')))
  copyFileSync(join(lib, 'lab', 'page', page), join(made, 'lab', 'page', page))
for (const id of JSON.parse(readFileSync(join(lib, 'lab', 'page', 'modules.json'), 'utf8')) as string[]) modules.add(id)
writeFileSync(join(made, 'licenses.txt'), licensesOf(modules))
// The one file of lib that is published as it is; the map of its source is not.
const thirdParty = join(lib, 'mesh', 'third-party.cjs')
writeFileSync(thirdParty, readFileSync(thirdParty, 'utf8').replace(sourceMapReference, '\n'))
writeDeclarations(
  lib,
  entries.map((entry) => `${entry}.d.ts`),
  join(made, 'types'),
)
chmodSync(made, 0o755)
chmodSync(join(made, 'cli', 'main.js'), 0o755)
replaceFolder(join(dist, 'bundled'), made)

/** The dependencies that users install stay outside. */
function bundle(
  ssr: UserConfig['ssr'],
  names: readonly string[],
  plugins: readonly Rolldown.Plugin[],
  output: Rolldown.OutputOptions,
): Promise<unknown> {
  const input = Object.fromEntries(names.map((name) => [name, join(lib, `${name}.js`)]))
  const external = [...dependencies, ...(output.format === 'es' ? ['#third-party', /^tsx(\/|$)/] : [])]
  return buildWith(ssr, plugins, { input, external, output })
}

function bundleThirdParty(): Promise<unknown> {
  const plugins = [
    absentPackages(['bufferutil', 'utf-8-validate', 'supports-color', 'buffer/']),
    oneCopyOf('ws'),
    esmExternalRequirePlugin({ external: [...builtinModules], skipDuplicateCheck: true }),
    noteModules(modules),
  ]
  const input = { 'third-party': join(lib, 'mesh', 'third-party.cjs') }
  return buildWith({ noExternal: true }, plugins, {
    input,
    external: [],
    output: { format: 'es', entryFileNames: '[name].js', minify },
  })
}

function buildWith(
  ssr: UserConfig['ssr'],
  plugins: readonly Rolldown.Plugin[],
  { output, ...options }: { input: Record<string, string>; external: (string | RegExp)[]; output: Rolldown.OutputOptions },
): Promise<unknown> {
  return build({
    root: project,
    configFile: false,
    envDir: false,
    logLevel: 'warn',
    publicDir: false,
    plugins: [...plugins],
    ssr: { ...ssr, resolve: { conditions: ['node'] } },
    build: {
      ssr: true,
      target: 'node20',
      outDir: made,
      emptyOutDir: false,
      reportCompressedSize: false,
      // Comments stay that tell a bundler which calls it may leave out.
      rolldownOptions: { ...options, output: { ...output, comments: { legal: true, annotation: true, jsdoc: false } } },
    },
  })
}

/** A process that starts meanwhile has the old files or the new ones, not some of each. */
function replaceFolder(folder: string, successor: string): void {
  const former = join(dist, `.former-${relative(dist, successor)}`)
  try {
    renameSync(folder, former)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  renameSync(successor, folder)
  rmSync(former, { recursive: true, force: true })
}
