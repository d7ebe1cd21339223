import { expect } from 'chai'
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createObserver, type HoldfastError, type NodeOptions } from '../../lib/index.ts'
import { beaconPrefix } from '../../lib/mesh/beacon.ts'
import { project } from '../house/project.ts'
import { Crew, type Mate, together } from './crew.ts'
import { skipUnless } from './needs.ts'

/** The project stays where it is, though it lie in the temporary folder. */
const hideTmp = `mount --bind '${project}' /mnt && mount -t tmpfs -o mode=1777 private /tmp && mkdir -p '${project}' && mount --bind /mnt '${project}'`

/** A mount namespace with a temporary folder of its own, as systemd's PrivateTmp=yes makes one. */
const privateTmp = (...more: readonly string[]): readonly string[] => [
  'unshare',
  '--mount',
  ...more,
  'sh',
  '-c',
  `${hideTmp} && exec "$@"`,
  'sh',
]
/** A mount namespace in which everything is as outside. */
const ownMounts = ['unshare', '--mount', '--']

describe('processes of one user that see different folders at one path', function () {
  this.timeout(40_000)
  let crew: Crew
  let options: NodeOptions
  beforeEach(function () {
    const [command, ...args] = privateTmp()
    skipUnless(
      this,
      spawnSync(command as string, [...args, 'true']).status === 0,
      'no mount namespaces: unshare needs root on Linux',
    )
    crew = new Crew()
    // No directory is named: this is what default options do.
    options = { cluster: crew.cluster }
  })
  afterEach(async () => {
    await crew?.end()
    rmSync(`/tmp/holdfast-${process.getuid?.()}/${crew?.cluster}`, { recursive: true, force: true })
  })

  const outside = (): Mate => crew.process()
  const inside = (): Mate => crew.process(privateTmp())
  const outcome = (mate: Mate, with_: NodeOptions = options): Promise<Mate | HoldfastError> =>
    mate.create(with_).catch((error: unknown) => error as HoldfastError)

  for (const [what, start, startNext] of [
    ['in a mount namespace of its own, after one outside', outside, inside],
    ['outside, after one in a mount namespace of its own', inside, outside],
  ] as const) {
    it(`${what}: REFUSED, with the process, the cause and the cure, and it comes in when the other has left`, async () => {
      const first = await start().create(options)
      const held = await first.ask('acquire', 'door')
      const next = startNext()
      const failure = await next.failure('create', options)
      expect(failure).to.include({ code: 'REFUSED', reason: 'mount-namespace' })
      expect(failure.message)
        .to.include(`cluster '${crew.cluster}'`)
        .and.match(/process [0-9]+ of this user.*PrivateTmp=yes.*'directory'.*PrivateTmp=no/)
      expect(await first.ask('hold', held.hold)).to.include({ state: 'held', checked: 'fine' })
      const coming = outcome(startNext())
      await first.ask('close')
      const came = await coming
      expect(came, JSON.stringify(came)).to.have.property('id')
      const { fence } = await (came as Mate).ask('acquire', 'door')
      expect(fence > held.fence).to.equal(true)
    })
  }

  it('one that was killed is in no other’s way', async () => {
    const first = await inside().create(options)
    first.kill('SIGKILL')
    await first.ended
    await outside().create(options)
  })

  it('one that is stopped keeps its place', async () => {
    const first = await inside().create(options)
    first.kill('SIGSTOP')
    expect(await outside().failure('create', options)).to.include({ code: 'REFUSED', reason: 'mount-namespace' })
  })

  it('all at once: those of one folder come in together, and the others are refused', async () => {
    const mates = [outside, inside, outside, inside, outside].map((start) => start())
    await Promise.all(mates.map((mate) => mate.ask('handles')))
    const outcomes = await Promise.all(mates.map((mate) => outcome(mate)))
    const winners = mates.filter((_, index) => outcomes[index] === mates[index])
    for (const each of outcomes) if ('code' in each) expect(each).to.include({ code: 'REFUSED', reason: 'mount-namespace' })
    // Three share one folder, and two have one each.
    expect(winners.length).to.be.oneOf([1, 3])
    await together(winners)
  })

  it('a mount namespace in which the folder is the same is nothing to them', async () => {
    const mates = [outside(), crew.process(ownMounts), outside()]
    await Promise.all(mates.map((mate) => mate.create(options)))
    await together(mates)
  })

  it('a directory that both see, named by both, is the cure', async () => {
    const directory = mkdtempSync('/var/tmp/holdfast-crew-')
    try {
      const mates = [outside(), inside(), inside()]
      await Promise.all(mates.map((mate) => mate.create({ ...options, directory })))
      await together(mates)
    } finally {
      await crew.end()
      rmSync(directory, { recursive: true })
    }
  })

  it('a named directory that is not the same for both is found out too', async () => {
    const directory = '/tmp/holdfast-crew-named'
    const first = await inside().create({ ...options, directory })
    expect(await outside().failure('create', { ...options, directory })).to.include({ reason: 'mount-namespace' })
    await first.ask('close')
    rmSync(directory, { recursive: true, force: true })
  })

  it('an observer is told, instead of that there is no cluster', async () => {
    const first = await inside().create(options)
    const refused = await createObserver(options).then(
      () => null,
      (error: unknown) => error,
    )
    expect(refused).to.include({ code: 'REFUSED', reason: 'mount-namespace' })
    await first.ask('close')
    expect(await createObserver(options).catch((error: unknown) => error)).to.include({ code: 'NOT_RUNNING' })
  })

  for (const [what, flags] of [
    ['pid', ['--pid', '--fork', '--kill-child', '--mount-proc']],
    ['pid and network', ['--pid', '--net', '--fork', '--kill-child', '--mount-proc']],
  ] as const) {
    it(`a container, which has its own ${what} as well, is a host of its own, in either order`, async () => {
      const up = 'ip link set lo up 2>/dev/null; exec "$@"'
      const container = (): Mate => crew.process([...privateTmp(...flags), 'sh', '-c', up, 'sh'])
      for (const [start, startNext] of [
        [outside, container],
        [container, outside],
      ] as const) {
        const [first, next] = [await start().create(options), await startNext().create(options)]
        await Promise.all([first, next].map((mate) => mate.ask('acquire', 'door')))
        await Promise.all([first, next].map((mate) => mate.ask('close')))
      }
    })
  }

  describe('when a folder was deleted under a process that stands still', () => {
    const deleteFolderOf = (mate: Mate): void =>
      rmSync(`/proc/${mate.pid}/root/tmp/holdfast-${process.getuid?.()}`, { recursive: true })

    it('a process that founds in another folder waits as long as its session can last', async () => {
      const first = await inside().create(options)
      const held = await first.ask('acquire', 'door')
      first.kill('SIGSTOP')
      deleteFolderOf(first)
      const next = await outside().create(options)
      const { fence } = await next.ask('acquire', 'door')
      first.kill('SIGCONT')
      expect(await first.ask('hold', held.hold)).to.include({ checked: 'LOST' })
      expect(fence > held.fence).to.equal(true)
    })

    it('no process takes over in a folder whose nodes are long gone', async () => {
      await (await outside().create(options)).ask('close')
      const first = await inside().create(options)
      first.kill('SIGSTOP')
      deleteFolderOf(first)
      const failure = await outside().failure('create', options)
      expect(failure).to.include({ code: 'REFUSED', reason: 'directory' })
      expect(failure.message).to.match(/process [0-9]+ of this user.*deleted.*end it if it is stopped/)
      first.kill('SIGKILL')
      await outside().create(options)
    })
  })

  it('where none can be seen, since /proc is of another pid namespace, `explain` says so', () => {
    const index = new URL('../../lib/index.js', import.meta.url).href
    const code = `import { createNode } from '${index}'
      const node = await createNode({ cluster: '${crew.cluster}' })
      console.log(JSON.stringify((await node.explain('door')).advice))
      await node.close()`
    const [command, ...flags] = ['unshare', '--pid', '--fork', '--kill-child'] as const
    const blind = spawnSync(command, [...flags, process.execPath, '--input-type=module', '-e', code], { encoding: 'utf8' })
    expect(blind.stdout, blind.stderr).to.match(/one 'directory' that all of them see.*another pid namespace/)
    const seeing = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })
    expect(seeing.stdout, seeing.stderr)
      .to.match(/^\[".*"\]\n$/)
      .and.not.match(/one 'directory'/)
  })

  it('one that hides what it has open, as a service with capabilities does, is believed to be what it looks like', async function () {
    skipUnless(this, process.getuid?.() === 0, 'another user can only be had by root')
    const user = ['setpriv', '--reuid=12345', '--regid=12345', '--clear-groups']
    const capable = ['--inh-caps=+net_bind_service', '--ambient-caps=+net_bind_service']
    const first = await crew.process([...privateTmp(), ...user, ...capable]).create(options)
    try {
      const failure = await crew.process(user).failure('create', options)
      expect(failure).to.include({ code: 'REFUSED', reason: 'mount-namespace' })
      first.kill('SIGKILL')
      await first.ended
      await crew.process(user).create(options)
    } finally {
      await crew.end()
      rmSync(`/tmp/holdfast-12345/${crew.cluster}`, { recursive: true, force: true })
    }
  })

  it('another user cannot keep them out, with any names', async function () {
    skipUnless(this, process.getuid?.() === 0, 'another user can only be had by root')
    const prefix = beaconPrefix(crew.cluster, '/tmp/holdfast-0')
    // A process of this user in a mount namespace of its own, which a name may speak of.
    const bystander = spawn('unshare', ['--mount', 'sleep', '60'], { stdio: 'ignore' })
    const names = [process.pid, bystander.pid].map((pid) => `${prefix}1:1-${pid}-aa`)
    const code = `const net = require('node:net'); const names = ${JSON.stringify(names)}; names.push('${prefix}1:1-' + process.pid + '-bb')
      for (const name of names) net.createServer().listen('\\0' + name, () => console.log('up'))`
    const forge = ['--mount', 'setpriv', '--reuid=12345', '--regid=12345', '--clear-groups', process.execPath, '-e', code]
    const forger = spawn('unshare', forge, { cwd: '/', stdio: ['ignore', 'pipe', 'inherit'] })
    try {
      let lines = ''
      for await (const chunk of forger.stdout) if ((lines += String(chunk)).split('up').length === 4) break
      const mates = [outside(), outside()]
      await Promise.all(mates.map((mate) => mate.create(options)))
      await together(mates)
    } finally {
      forger.kill('SIGKILL')
      bystander.kill('SIGKILL')
    }
  })
})
