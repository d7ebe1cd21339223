/**
 * `node install-check.js TARBALL`: installs the packed package into an empty project as a user does, by npm, and uses it
 * from an ES module, from CommonJS, from TypeScript, and by its commands; holds what it weighs. Installs it globally as well, under a prefix of its
 * own, with its command and its man page. Needs the registry, so it is a step of `.ci/run`
 * and no test. Exit 1 when a part does not work.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { runInstalledCommands } from './installed-commands.ts'
import { manPagePath } from './man-page.ts'
import { project, readManifest, readProject } from './project.ts'
import { type Outcome, useByImport, useByRequire } from './uses.ts'
import { checkWeight } from './weight.ts'

const typed = `import { createNode, type Hold, type Node } from 'holdfast'
import { testActor } from 'holdfast/sim'

export const use = async (): Promise<bigint> => {
  const node: Node = await createNode({ join: 'memory', profile: 'local' })
  const hold: Hold | null = await node.tryAcquire('invoice/42', { mode: 'shared' })
  // @ts-expect-error: a misspelt option is seen by the compiler
  await node.acquire('invoice/42', { waitt: '1s' })
  testActor({ init: () => 0, receive: (state) => state + 1 })
  return hold?.fence ?? 0n
}
`

function main(tarball: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-install-'))
  try {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'user', version: '1.0.0', private: true }))
    install(folder, tarball)
    checkWeight(folder)
    expectHeld('import', useByImport(folder))
    expectHeld('require', useByRequire(folder))
    compile(folder)
    runInstalledCommands(folder)
    install(folder, tarball, '--global', '--prefix', join(folder, 'global'))
    execFileSync(join(folder, 'global', 'bin', 'holdfast'), ['--version'], { stdio: 'inherit' })
    // npm links it only if `man` in package.json is a list: it leaves out a string of a package that comes from a file.
    const page = readFileSync(join(folder, 'global', 'share', 'man', 'man1', 'holdfast.1'), 'utf8')
    if (page !== readProject(manPagePath)) throw new Error('another man page was installed')
    console.log(`installed and used: ${readManifest().name} ${readManifest().version}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function install(folder: string, tarball: string, ...more: readonly string[]): void {
  const options = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', ...more]
  execFileSync('npm', ['install', ...options, resolve(tarball)], { cwd: folder, stdio: 'inherit' })
}

function expectHeld(how: string, outcome: Outcome): void {
  if (outcome.status !== 0 || outcome.stdout !== 'held\n' || outcome.stderr !== '')
    throw new Error(`${how}: ${JSON.stringify(outcome)}`)
  console.log(`used by ${how}`)
}

/** As strict as a user may be, the declarations of the package included, and with nothing but the language's own library. */
function compile(folder: string): void {
  writeFileSync(join(folder, 'use.mts'), typed)
  const compilerOptions = {
    target: 'es2022',
    module: 'nodenext',
    lib: ['es2022'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: false,
    types: [],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.mts'] }))
  execFileSync(process.execPath, [join(project, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', folder], { stdio: 'inherit' })
  console.log('compiled')
}

main(process.argv[2] ?? '')
