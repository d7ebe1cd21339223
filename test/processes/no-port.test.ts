import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { createObserver } from '../../lib/index.ts'
import { processFacts } from '../../lib/mesh/process-facts.ts'
import { Crew, type Mate, together } from './crew.ts'
import { skipUnless } from './needs.ts'

/** How many sockets of TCP or UDP a process has open, listening or connected. */
function ports(pid: number): number {
  const own = new Set<string>()
  for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
    try {
      const socket = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${descriptor}`))?.[1]
      if (socket !== undefined) own.add(socket)
    } catch {
      // It was closed since it was listed.
    }
  }
  const table = ['tcp', 'tcp6', 'udp', 'udp6']
    .map((name) => `/proc/${pid}/net/${name}`)
    .flatMap((path) => (existsSync(path) ? readFileSync(path, 'latin1').split('\n').slice(1) : []))
  return table.filter((line) => own.has(line.trim().split(/\s+/)[9] ?? '')).length
}

describe('a cluster of one host with no options', function () {
  this.timeout(40_000)
  let crew: Crew
  beforeEach(() => {
    crew = new Crew()
  })
  afterEach(() => crew.end())

  const entries = (): string => join(crew.directory, crew.cluster, processFacts().bootId, 'entries')
  const sockets = (): string[] => readdirSync(entries()).filter((name) => name.endsWith('.sock'))

  it('opens no port: processes, threads and workers of node:cluster meet by unix sockets, and an observer too', async function () {
    skipUnless(this, process.platform === 'linux', 'only Linux tells of the sockets of a process')
    const before = ports(process.pid)
    const mates = [crew.process(), crew.process(), crew.clusterWorker(), crew.thread()]
    await Promise.all(mates.map((mate) => mate.create(crew.local)))
    await together(mates)
    for (const mate of mates) expect(mate.address).to.equal(`unix:${mate.id}`)
    const { hold } = await (mates[0] as Mate).ask('acquire', 'door')
    await using observer = await createObserver(crew.local)
    expect((await observer.members()).members).to.have.length(4)
    expect((await observer.locks('door')).held).to.have.length(1)
    await (mates[0] as Mate).ask('release', hold)
    for (const { pid } of mates.slice(0, 3)) expect(ports(pid)).to.equal(0)
    expect(ports(process.pid)).to.equal(before)
  })

  it('cannot be connected to by another user', async function () {
    skipUnless(this, process.getuid?.() === 0, 'only root can start a process of another user')
    const mate = await crew.process().create(crew.local)
    const program = `require('net').connect(process.argv[1]).on('connect', () => process.exit(0)).on('error', ({ code }) => { console.log(code); process.exit(1) })`
    const [name] = sockets() as [string]
    const { stdout } = spawnSync(process.execPath, ['-e', program, join(entries(), name)], {
      uid: 65_534,
      encoding: 'utf8',
      cwd: '/',
    })
    expect(stdout.trim()).to.equal('EACCES')
    expect(await mate.ask('refusals')).to.deep.equal({})
  })

  it('leaves no socket behind: that of a killed process is removed by the others, and never one of a process that stands still', async () => {
    const [first, killed, stopped] = (await crew.pool(3, { ...crew.local, profile: { session: 1_000 } })) as [Mate, Mate, Mate]
    const kept = [first.id, stopped.id].map((id) => `${id}.sock`)
    stopped.kill('SIGSTOP')
    killed.kill('SIGKILL')
    await killed.ended
    const untilMs = performance.now() + 30_000
    while (sockets().length > 2 && performance.now() < untilMs) await first.ask('renewed', 500)
    expect(sockets().sort()).to.deep.equal(kept.sort())
    stopped.kill('SIGCONT')
  })

  it('meets at ports where the processes ask for them, beside those that do not', async () => {
    const mates = [crew.process(), crew.process(), crew.process()]
    const port = { ...crew.local, listen: '127.0.0.1:0' }
    await Promise.all(mates.map((mate, index) => mate.create(index === 0 ? crew.local : port)))
    await together(mates)
    expect(mates.map(({ address }) => address.split(':')[0])).to.deep.equal(['unix', '127.0.0.1', '127.0.0.1'])
  })
})
