/**
 * `node node-versions.js [VERSION…]`: runs the locks' specs under each version of Node in projects/nodes/package.json, which npm installs (Linux on
 * x64). It needs the registry, so it is a step of `.ci/run` and no test. The last lines say how each version went; exit 1 when one failed, or printed a
 * warning about a call of ours.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { project, readProject } from '../house/project.ts'

const nodes = join('test', 'toolchains', 'projects', 'nodes')
/** What a version may break: the algorithms and locks in memory, and real processes, sockets, files, loaders and `node:sqlite`. */
const specs = [
  'lock/claim-budget',
  'lock/doubts',
  'lock/fence',
  'lock/stories/home-queue',
  'lock/locks',
  'lock/stories/views',
  'lock/waiting',
  'mutex/stories/asked-token',
  'mutex/home-queue',
  'mutex/naimi-trehel',
  'mutex/quorums',
  'mutex/raymond',
  'node/stories/locking',
  'node/stories/trying',
  'mesh/transport',
  'processes/contention',
  'processes/two-copies',
  'recipes/sql-fences',
  'house/realm',
].map((name) => join('dist', 'test', `${name}.test.js`))
// Mocha goes on without a file that is not there.
for (const spec of specs) if (!existsSync(join(project, spec))) throw new Error(`there is no ${spec}`)

const mocha = join('node_modules', 'mocha', 'bin', 'mocha.js')
const options = ['--no-config', '--forbid-pending', '--reporter=dot', '--timeout=20000', '--require=./dist/test/every-file.js']

const { optionalDependencies } = JSON.parse(readProject(join(nodes, 'package.json'))) as {
  optionalDependencies: Readonly<Record<string, string>>
}
const wanted = process.argv.slice(2)
const chosen = Object.keys(optionalDependencies).filter(
  (name) => wanted.length === 0 || wanted.some((each) => name.includes(each)),
)
if (chosen.length === 0) throw new Error(`no version has one of the words ${wanted.join()}`)

const folder = mkdtempSync(join(tmpdir(), 'holdfast-nodes-'))
const results: string[] = []
try {
  cpSync(join(project, nodes), folder, { recursive: true })
  const quietly = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
  if (!run('npm', ['ci', ...quietly], folder)) throw new Error('the versions of Node could not be installed')
  for (const name of chosen) {
    const startedMs = performance.now()
    const node = join(folder, 'node_modules', name, 'bin', 'node')
    const didPass = run(node, ['--enable-source-maps', mocha, ...options, ...specs], project)
    if (!didPass) process.exitCode = 1
    results.push(`${didPass ? 'works' : 'FAILS'}: ${name}, ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
console.log(results.join('\n'))

function run(program: string, args: readonly string[], cwd: string): boolean {
  const { status, stderr } = spawnSync(program, args, {
    cwd,
    stdio: ['inherit', 'inherit', 'pipe'],
    encoding: 'utf8',
    timeout: 600_000,
    maxBuffer: 1e8,
  })
  process.stderr.write(stderr)
  // Each version warns of other things: users would see it.
  return status === 0 && !/^\(node:\d+\) (?!ExperimentalWarning|DeprecationWarning)\w*Warning/m.test(stderr)
}
