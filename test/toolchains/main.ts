/**
 * `node main.js TARBALL [WORD…]`: tries the packed package under each toolchain of docs/toolchains.md, in fresh projects with tools
 * of pinned versions, which npm installs. Words choose the toolchains whose names have them. It needs the registry, so it is a step of `.ci/run` and
 * no test. The last lines say how each one went; exit 1 when one failed.
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { ToolProject } from './tool-project.ts'
import { toolchains } from './toolchains.ts'

const [tarball = '', ...wanted] = process.argv.slice(2)
const chosen = toolchains.filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)))
const root = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-tools-')))
const results: string[] = []
try {
  const projects = new Map<string, Promise<ToolProject>>()
  for (const { name, project: folder, check } of chosen) {
    let startedMs = performance.now()
    const seconds = (): string => `${((performance.now() - startedMs) / 1000).toFixed(1)} s`
    try {
      const installing = projects.get(folder) ?? install(folder)
      projects.set(folder, installing)
      const project = await installing
      startedMs = performance.now()
      await check(project)
      results.push(`works: ${name}, ${seconds()}`)
    } catch (error) {
      process.exitCode = 1
      results.push(`FAILS: ${name}`)
      console.log(`${name}:\n${error instanceof Error ? error.stack : String(error)}`)
    }
  }
  if (chosen.length === 0) throw new Error(`no toolchain has one of the words ${wanted.join()}`)
} finally {
  rmSync(root, { recursive: true, force: true })
}
console.log(results.join('\n'))

async function install(folder: string): Promise<ToolProject> {
  const startedMs = performance.now()
  const made = new ToolProject(root, folder)
  await made.install(resolve(tarball))
  console.log(`installed: ${folder}, ${((performance.now() - startedMs) / 1000).toFixed(1)} s`)
  return made
}
