/**
 * A step of `npm run build`: each folder of lib/lab/page that has an `index.html` becomes one HTML file without
 * anything beside it, `NAME.html` in the built lib/lab/page. It needs no network. `node build-pages.js NAME…` builds only these.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { viteSingleFile } from 'vite-plugin-singlefile'
import { noteModules } from './bundle-plugins.ts'
import { project } from './project.ts'

const sources = join(project, 'lib', 'lab', 'page')
/** Beside this very file's build, wherever that is. */
const built = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'lib', 'lab', 'page')

const wanted = process.argv.slice(2)
const pages = readdirSync(sources)
  .filter((name) => existsSync(join(sources, name, 'index.html')))
  .filter((name) => wanted.length === 0 || wanted.includes(name))

const modules = new Set<string>()
mkdirSync(built, { recursive: true })
for (const page of pages) {
  const outDir = mkdtempSync(join(built, `.${page}-`))
  await build({
    root: join(sources, page),
    configFile: false,
    envDir: false,
    logLevel: 'warn',
    publicDir: false,
    plugins: [viteSingleFile({ useRecommendedBuildConfig: true, removeViteModuleLoader: true }), noteModules(modules)],
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: { target: 'es2022', outDir, emptyOutDir: true, reportCompressedSize: false, modulePreload: false },
  })
  // A reader of the page while it is built anew sees the old one or the new one, whole.
  renameSync(join(outDir, 'index.html'), join(built, `${page}.html`))
  rmSync(outDir, { recursive: true })
}
// For the list of licences, which names the packages of all pages.
if (wanted.length === 0) writeFileSync(join(built, 'modules.json'), JSON.stringify([...modules]))
