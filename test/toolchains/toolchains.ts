/** What is tried under each toolchain. docs/toolchains.md says the same to users. */
import { match, strictEqual } from 'node:assert'
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { checkReload } from './pm2-reload.ts'
import { linesOf, type ToolProject } from './tool-project.ts'

/** One line of the result. */
export interface Toolchain {
  readonly name: string
  /** A folder below `projects`. */
  readonly project: string
  check(project: ToolProject): Promise<void>
}

export const toolchains: readonly Toolchain[] = [
  {
    name: 'CommonJS: require',
    project: 'plain',
    async check(project) {
      const printed = await project.run(process.execPath, ['--disable-warning=ExperimentalWarning', 'require.cjs'])
      strictEqual(printed, 'used\n')
    },
  },
  {
    name: 'node:test',
    project: 'plain',
    async check(project) {
      match(await project.run(process.execPath, ['--test', '--test-reporter=tap']), /^# pass 2\n# fail 0$/m)
    },
  },
  {
    name: 'Jest, CommonJS',
    project: 'jest',
    async check(project) {
      match(await project.tool('jest', ['--rootDir', 'common']), /Tests: +3 passed, 3 total/)
    },
  },
  {
    name: 'Jest, ES modules',
    project: 'jest',
    async check(project) {
      const args = ['--rootDir', 'esm', '--testMatch', '**/*.mjs']
      match(await project.tool('jest', args, { NODE_OPTIONS: '--experimental-vm-modules' }), /Tests: +2 passed, 2 total/)
    },
  },
  ...['forks', 'threads', 'vmForks', 'vmThreads'].map((pool) => ({
    name: `Vitest, pool ${pool}`,
    project: 'vitest',
    async check(project: ToolProject) {
      match(await project.tool('vitest', ['run', '--pool', pool]), /Tests +2 passed \(2\)/)
    },
  })),
  {
    name: 'esbuild, ES module',
    project: 'bundlers',
    check: (project) => esbuild(project, 'esm', 'mjs'),
  },
  {
    name: 'esbuild, CommonJS',
    project: 'bundlers',
    check: (project) => esbuild(project, 'cjs', 'cjs'),
  },
  {
    name: 'esbuild, package external',
    project: 'bundlers',
    async check(project) {
      const args = ['app.mjs', '--bundle', '--platform=node', '--format=esm', '--packages=external', '--outfile=external.mjs']
      await project.run(join(project.folder, 'node_modules', '.bin', 'esbuild'), [...args, '--log-level=warning'])
      strictEqual(await project.run(process.execPath, ['external.mjs']), 'used\n')
    },
  },
  {
    name: 'vite (rolldown), ES module',
    project: 'bundlers',
    check: (project) => vite(project, 'es', 'vite.mjs'),
  },
  {
    name: 'vite (rolldown), CommonJS',
    project: 'bundlers',
    check: (project) => vite(project, 'cjs', 'vite.cjs'),
  },
  {
    name: 'loaded several times',
    project: 'bundlers',
    async check(project) {
      const routes = ['route-a.mjs', 'route-b.mjs']
      for (const route of routes) await bundle(project, 'route.mjs', 'esm', join(project.folder, route))
      const paths = routes.map((route) => join(project.folder, route))
      strictEqual(await project.run(process.execPath, ['server.mjs', ...paths]), 'loaded\n')
    },
  },
  { name: 'pm2, cluster mode and reload', project: 'pm2', check: checkReload },
  { name: 'tsx watch', project: 'tsx', check: checkWatch },
]

/** The bundle is moved to where no package is installed, and runs there alone. */
async function runAlone(project: ToolProject, folder: string, file: string): Promise<void> {
  strictEqual(readdirSync(folder).join(), file, 'one file')
  strictEqual(await project.run(process.execPath, [join(folder, file)]), 'used\n')
}

function outside(project: ToolProject, name: string): string {
  const folder = join(`${project.folder}-alone`, name)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  return folder
}

async function esbuild(project: ToolProject, format: string, extension: string): Promise<void> {
  const folder = outside(project, `esbuild-${format}`)
  await bundle(project, 'app.mjs', format, join(folder, `app.${extension}`))
  await runAlone(project, folder, `app.${extension}`)
}

async function bundle(project: ToolProject, entry: string, format: string, outfile: string): Promise<void> {
  const args = [entry, '--bundle', '--platform=node', `--format=${format}`, `--outfile=${outfile}`, '--log-level=warning']
  strictEqual(await project.run(join(project.folder, 'node_modules', '.bin', 'esbuild'), args), '')
}

async function vite(project: ToolProject, format: string, file: string): Promise<void> {
  const folder = outside(project, `vite-${format}`)
  await project.tool('vite', ['build'], { OUT_DIR: folder, FORMAT: format })
  await runAlone(project, folder, file)
}

/** At each change the former process is ended, and its lock goes to the next one, with a higher fence. */
async function checkWatch(project: ToolProject): Promise<void> {
  const watch = project.start('tsx', ['watch', '--clear-screen=false', 'app.ts'])
  try {
    const lines = linesOf(watch)
    let former = 0n
    for (let change = 1; change <= 3; change++) {
      const fence = BigInt((await lines.next(/^held \d+$/)).slice(5))
      strictEqual(fence > former, true, `fence ${fence} after ${former}`)
      former = fence
      project.write('changing.ts', `export const change = ${change}\n`)
    }
  } finally {
    const ended = new Promise((resolve) => watch.once('exit', resolve))
    watch.kill('SIGINT')
    await ended
  }
}
