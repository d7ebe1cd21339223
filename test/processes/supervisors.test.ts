/**
 * What the page on shutdown says to systemd, Kubernetes and Docker, as far as it can be tried without them: by the programs that read
 * such files, and by processes that are process 1 of a namespace, as in a container.
 */
import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { parse } from 'yaml'
import { codeBlocks } from '../house/markdown.ts'
import { project, readProject } from '../house/project.ts'
import { skipUnless } from './needs.ts'

const page = readProject('docs/shutdown.md')
const block = (language: string): string => codeBlocks(page, language)[0] as string
const has = (...command: readonly [string, ...string[]]): boolean => spawnSync(command[0], command.slice(1)).status === 0

describe('the supervisors of the page on shutdown', function () {
  this.timeout(40_000)
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('systemd knows each line of the unit, and no other', function () {
    skipUnless(this, has('systemd-analyze', '--version'), 'needs systemd-analyze')
    const complaints = (unit: string): string => {
      const path = join(folder, 'billing.service')
      // The program of the page is not installed here; everything else is as printed.
      writeFileSync(path, unit.replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`))
      const { stdout, stderr } = spawnSync('systemd-analyze', ['verify', path], { encoding: 'utf8' })
      return (stdout + stderr)
        .split('\n')
        .filter((line) => line.includes('billing.service'))
        .join('\n')
    }
    expect(complaints(block('ini'))).to.equal('')
    expect(complaints(block('ini').replace('TimeoutStopSec', 'TimeoutStop'))).to.include('TimeoutStop')
  })

  it('the block for Kubernetes is YAML, and its periods are numbers of seconds', () => {
    const { spec } = parse(block('yaml')) as { spec: { terminationGracePeriodSeconds: unknown; containers: readonly object[] } }
    expect(spec.terminationGracePeriodSeconds).to.be.a('number')
    expect(spec.containers).to.have.length(1)
  })

  // Two clients that a machine for tests need not have.
  if (has('kubectl', 'version', '--client'))
    it('Kubernetes knows each field of the pod, and no other', () => {
      const { spec } = parse(block('yaml')) as { spec: { containers: [{ lifecycle: object }] } }
      // Through the types of Kubernetes, which drop what they do not know.
      const known = (given: object): object => {
        const path = join(folder, 'pod.json')
        writeFileSync(path, JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'billing' }, spec: given }))
        const args = ['set', 'env', '--local', '-f', path, '-o', 'json', 'TRIED=yes']
        return (JSON.parse(spawnSync('kubectl', args, { encoding: 'utf8' }).stdout) as { spec: object }).spec
      }
      const asGiven = (given: typeof spec): object => {
        const [container] = given.containers
        return { ...given, containers: [{ ...container, env: [{ name: 'TRIED', value: 'yes' }], resources: {} }] }
      }
      expect(known(spec)).to.deep.equal(asGiven(spec))
      const [container] = spec.containers
      const wrong = { ...spec, containers: [{ ...container, lifecycle: { beforeStop: {} } }] }
      expect(known(wrong)).not.to.deep.equal(asGiven(wrong as typeof spec))
    })

  if (has('docker', '--version'))
    it('Docker knows each flag of its command', () => {
      const [line = ''] = codeBlocks(page, 'sh')
      const complaint = (command: string): string => {
        const [program = '', ...args] = command.trim().split(' ')
        // Flags are read before the daemon is asked, and there is none at this address.
        return spawnSync(program, ['--host', `unix://${join(folder, 'none')}`, ...args], { encoding: 'utf8' }).stderr
      }
      expect(complaint(line)).not.to.match(/unknown|usage/i)
      expect(complaint(line.replace('--stop-timeout', '--stop-time'))).to.match(/unknown flag: --stop-time/)
    })

  it('the Dockerfile starts a program that is in it, by a list and no shell', () => {
    const lines = block('dockerfile').trim().split('\n')
    expect(lines.map((line) => line.split(' ')[0])).to.deep.equal(['FROM', 'WORKDIR', 'COPY', 'CMD'])
    expect(JSON.parse((lines.at(-1) as string).slice('CMD '.length))).to.deep.equal(['node', 'service.mjs'])
  })

  /** Starts a program that says 'ready', as process 1 of a namespace or as its child, and resolves when it has. */
  async function inContainer(code: string, ...around: readonly string[]): Promise<{ child: ChildProcess; first: number }> {
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(project, join(folder, 'node_modules', 'holdfast'))
    const file = join(folder, 'service.mjs')
    writeFileSync(file, code)
    const execArgv = ['--pid', '--fork', '--mount-proc', '--kill-child', ...around]
    const child = fork(file, { execPath: 'unshare', execArgv, stdio: ['ignore', 'inherit', 'ignore', 'ipc'] })
    const said = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as readonly unknown[]
    expect(said[0]).to.equal('ready')
    const first = Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'latin1').trim().split(' ')[0])
    return { child, first }
  }

  const hasNamespaces = (): boolean => process.getuid?.() === 0 && has('unshare', '--pid', '--fork', '--mount-proc', 'true')

  it('the program of the page ends with 0 as process 1 of a container that is told to stop', async function () {
    skipUnless(this, hasNamespaces(), 'needs root and unshare')
    const [handler = ''] = codeBlocks(page, 'ts')
    const code = handler.replace(
      "{ cluster: 'billing' }",
      JSON.stringify({ cluster: 'billing', directory: join(folder, 'nodes') }),
    )
    const { child, first } = await inContainer(code, process.execPath)
    process.kill(first, 'SIGTERM')
    expect(await once(child, 'exit')).to.deep.equal([0, null])
  })

  const idle = `process.on('message', () => process.send('still here')); process.send('ready')`
  const handles = `process.on('SIGTERM', () => process.exit(0)); ${idle}`
  for (const [what, code, around] of [
    ['a program without a handler', idle, [process.execPath]],
    ['a shell, whose program has a handler', handles, ['sh', '-c', `'${process.execPath}' "$0"; exit $?`]],
  ] as const) {
    it(`as process 1, ${what} goes on after SIGTERM`, async function () {
      skipUnless(this, hasNamespaces(), 'needs root and unshare')
      const { child, first } = await inContainer(code, ...around)
      process.kill(first, 'SIGTERM')
      const answer = once(child, 'message')
      child.send('are you there?')
      expect(await answer).to.include('still here')
      process.kill(first, 'SIGKILL')
      await once(child, 'exit')
    })
  }
})
