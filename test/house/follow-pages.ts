/**
 * `node follow-pages.js TARBALL`: does what the pages quick-start, several-hosts and shutdown say, as they print it, with the packed package, where nothing
 * else runs: a container of namespaces for one host, three networks for three hosts. It needs root, the registry and iproute2, so it
 * is a step of `.ci/run` and no test. Exit 1 at the first difference.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Namespaces } from '../nemesis/namespaces.ts'
import { codeBlocks } from './markdown.ts'
import { readProject } from './project.ts'

const secret = 'a secret of the three hosts'
const command = join('node_modules', '.bin', 'holdfast')

async function main(tarball: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-follow-'))
  const networks = new Namespaces(3)
  try {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'user', version: '1.0.0', private: true, type: 'module' }))
    const options = ['--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts']
    execFileSync('npm', ['install', ...options, resolve(tarball)], { cwd: folder, stdio: 'inherit' })
    followQuickStart(folder)
    await followSeveralHosts(folder, networks)
  } finally {
    networks.remove()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** One host: its own processes, network and temporary folder, and a home with nothing in it. */
function inContainer(folder: string, script: string): string {
  const inside = `mount --bind '${folder}' /mnt && mount -t tmpfs fresh /tmp && ip link set lo up && mkdir /tmp/home && cd /mnt && exec sh -c "$1"`
  const args = ['--mount', '--net', '--pid', '--ipc', '--uts', '--fork', '--mount-proc', 'sh', '-c', inside, 'sh', script]
  const env = { PATH: process.env['PATH'], HOME: '/tmp/home' }
  return execFileSync('unshare', args, { env, encoding: 'utf8', timeout: 60_000, stdio: ['ignore', 'pipe', 'inherit'] })
}

function followQuickStart(folder: string): void {
  const page = readProject('docs/quick-start.md')
  const [worker = ''] = codeBlocks(page, 'js')
  const [, race = '', look = ''] = codeBlocks(page, 'sh')
  writeFileSync(join(folder, 'worker.mjs'), worker)
  same('four workers count', inContainer(folder, race), /^400\s*$/)
  writeFileSync(
    join(folder, 'holder.mjs'),
    `import { createNode } from 'holdfast'\nconst node = await createNode()\nawait node.acquire('invoice/42')\nconsole.log('ready')\n`,
  )
  const seen = inContainer(folder, `mkfifo /tmp/said; node holder.mjs >/tmp/said & read line </tmp/said; ${look} kill $!`)
  same('members and locks are shown', seen, /1 member[\s\S]*invoice\/42/)
}

/** Three hosts by the program of the page, stopped by the handler of the page on shutdown. */
async function followSeveralHosts(folder: string, networks: Namespaces): Promise<void> {
  const [program = ''] = codeBlocks(readProject('docs/several-hosts.md'), 'ts')
  const [handler = ''] = codeBlocks(readProject('docs/shutdown.md'), 'ts')
  const stop = handler.slice(handler.indexOf('let signals'))
  const hosts: ChildProcess[] = []
  try {
    for (const index of [0, 1, 2]) {
      const home = join(folder, `home-${index}`)
      mkdirSync(home)
      const source = `${program.replace('await node.close()\n', '').replace(' as string', '')}\n${stop}\nconsole.log('started')\n`
        .replaceAll(/'10\.0\.0\.(\d):7000'/g, (_, host) => `'${networks.address(Number(host) - 1)}'`)
        .replace(/listen: '[^']*'/, `listen: '${networks.address(index)}'`)
      writeFileSync(join(folder, `host-${index}.mjs`), source)
      const [first = '', ...rest] = [...networks.wrapper(index), process.execPath, `host-${index}.mjs`]
      const env = { PATH: process.env['PATH'], HOME: home, HOLDFAST_SECRET: secret }
      hosts.push(spawn(first, rest, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] }))
    }
    await Promise.all(hosts.map((host) => said(host, 'started')))
    const list = [0, 1, 2].map((index) => networks.address(index)).join(',')
    const members = (): string => {
      const [first = '', ...rest] = [
        ...networks.wrapper(0),
        command,
        'members',
        '--join',
        list,
        '--cluster',
        'warehouse',
        '--json',
      ]
      const env = { ...process.env, HOLDFAST_SECRET: secret }
      return execFileSync(first, rest, { cwd: folder, env, encoding: 'utf8', timeout: 30_000 })
    }
    same('three hosts are members', String(addressesIn(members()).length), /^3$/)
    const [third] = hosts.slice(2) as [ChildProcess]
    third.kill('SIGTERM')
    const [code] = (await once(third, 'exit')) as [number | null]
    same('a host that is told to stop ends with 0', String(code), /^0$/)
    same('the others go on', addressesIn(members()).join(), new RegExp(`^${networks.address(0)},${networks.address(1)}$`))
  } finally {
    for (const host of hosts) host.kill('SIGKILL')
  }
}

function addressesIn(json: string): string[] {
  return (JSON.parse(json) as { members: { address: string }[] }).members.map(({ address }) => address).sort()
}

async function said(child: ChildProcess, word: string): Promise<void> {
  let text = ''
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk)
    if (text.includes(word)) return
  }
  throw new Error(`a program of the page ended without '${word}':\n${text}`)
}

function same(what: string, seen: string, expected: RegExp): void {
  if (!expected.test(seen)) throw new Error(`${what}: expected ${expected}, saw:\n${seen}`)
  console.log(`as the page says: ${what}`)
}

await main(process.argv[2] ?? '')
