import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a program did. */
export interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The least that must work of an installed package: a lock is taken, by a name that the main entry exports, and given back. */
const lock = `
  const node = await createNode({ join: 'memory', cluster: 'installed' })
  await node.withLock('invoice/42', (hold) => { console.log(hold.state) })
  await node.close()
`

/** That, and nothing else of the package. */
export const memoryProgram = `
  import { createNode } from 'holdfast'
  ${lock}
`

const body = `${lock}
  await memoryLocks().withLock('x', (hold) => hold.check())
  if (typeof testActor !== 'function') throw new Error('holdfast/sim is not there')
  if (typeof runExperiment !== 'function') throw new Error('holdfast/lab is not there')
`

const imports = `
  import { createNode } from 'holdfast'
  import { memoryLocks } from 'holdfast/memory'
  import { runExperiment } from 'holdfast/lab'
  import { testActor } from 'holdfast/sim'
`

/** Uses the package that is installed in a project from an ES module. */
export function useByImport(folder: string): Outcome {
  return run(folder, 'use.mjs', `${imports}${body}`)
}

/** The same from CommonJS. */
export function useByRequire(folder: string): Outcome {
  const requires = `
    const { createNode } = require('holdfast')
    const { memoryLocks } = require('holdfast/memory')
    const { runExperiment } = require('holdfast/lab')
    const { testActor } = require('holdfast/sim')
  `
  return run(folder, 'use.cjs', `${requires}async function main() {${body}}\nmain()\n`)
}

/** The files below the project's node_modules that a program loads, sorted, as paths below the last such folder. */
export function filesLoadedBy(folder: string, program: string): string[] {
  const coverage = mkdtempSync(join(folder, 'coverage-'))
  writeFileSync(join(folder, 'loads.mjs'), program)
  const { status, stderr } = spawnSync(process.execPath, ['loads.mjs'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NODE_V8_COVERAGE: coverage },
    timeout: 30_000,
  })
  if (status !== 0) throw new Error(stderr)
  // What V8 covers is every script that it has compiled.
  const urls = readdirSync(coverage).flatMap((name) => {
    const { result } = JSON.parse(readFileSync(join(coverage, name), 'utf8')) as { result: { url: string }[] }
    return result.map(({ url }) => url)
  })
  return [
    ...new Set(urls.filter((url) => url.includes('/node_modules/')).map((url) => url.replace(/^.*\/node_modules\//, ''))),
  ].sort()
}

function run(folder: string, name: string, program: string): Outcome {
  writeFileSync(join(folder, name), program)
  // Node 20 says that loading ES modules by `require` is new; newer ones do not.
  const args = ['--disable-warning=ExperimentalWarning', name]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', timeout: 30_000 })
  return { status, stdout, stderr }
}
