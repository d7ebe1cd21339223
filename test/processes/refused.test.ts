import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createNode, createObserver, type EventOf, type HoldfastError, type Node, type NodeOptions } from '../../lib/index.ts'
import { processFacts } from '../../lib/mesh/process-facts.ts'
import { Crew, freeAddresses, type Mate, together } from './crew.ts'

const secret = 'a secret of twenty-four'
const otherSecret = 'quite another secret text'

describe('nodes that a cluster will not have', function () {
  this.timeout(30_000)
  let crew: Crew
  beforeEach(() => {
    crew = new Crew()
  })
  afterEach(() => crew.end())

  const refusal = (options: NodeOptions): Promise<HoldfastError> =>
    createNode(options).then(
      async (node) => {
        await node.close()
        throw new Error('it was let in')
      },
      (error: unknown) => error as HoldfastError,
    )
  const toldOf = (node: Node): Promise<EventOf<'peerRefused'>> => new Promise((resolve) => node.on('peerRefused', resolve))

  for (const [what, theirs, ours, says] of [
    ['with another secret', secret, otherSecret, /another secret.*the same 'secret'/],
    ['without the secret', secret, undefined, /demands a secret.*'secret'/],
    ['with a secret where there is none', undefined, secret, /has no secret.*'secret'/],
  ] as const) {
    it(`${what}, at an address: REFUSED at once at the joiner, told at the listener`, async () => {
      const [address] = (await freeAddresses(1)) as [string]
      const options = { cluster: crew.cluster, join: [address] }
      await using first = await createNode({ ...options, listen: address, ...(theirs === undefined ? {} : { secret: theirs }) })
      const told = toldOf(first)
      const error = await refusal({ ...options, ...(ours === undefined ? {} : { secret: ours }) })
      expect(error).to.include({ code: 'REFUSED', reason: 'secret' })
      expect(error.message).to.match(says)
      expect(error.message).to.contain(address)
      expect((await told).message).to.match(/secret/)
      expect(first.members).to.have.length(1)
    })
  }

  it('with a secret of its own in a local directory: REFUSED, and it takes nothing over', async () => {
    await using first = await createNode(crew.local)
    const told = toldOf(first)
    expect(await refusal({ ...crew.local, secret })).to.include({ code: 'REFUSED', reason: 'secret' })
    expect((await told).code).to.equal('REFUSED')
    expect(first.state).to.equal('active')
    await (await first.acquire('door')).release()
  })

  it('with the secret of a directory that was replaced while a node ran: REFUSED, which names the directory, to observers too', async () => {
    await using first = await createNode(crew.local)
    const path = join(crew.directory, crew.cluster, processFacts().bootId)
    writeFileSync(join(path, 'secret'), 'a'.repeat(64))
    const told = await Promise.all([
      refusal(crew.local),
      createObserver(crew.local).then(
        () => null,
        (error: unknown) => error as HoldfastError,
      ),
    ])
    for (const error of told) {
      expect(error).to.include({ code: 'REFUSED', reason: 'secret' })
      expect(error?.message)
        .to.include(`the file 'secret' in ${path}`)
        .and.match(/replaced.*restart all nodes/)
    }
    expect(first.members).to.have.length(1)
  })

  it('the one of three with another secret is refused, and the other two are a majority', async () => {
    const join = await freeAddresses(3)
    const options = join.map((listen, index) => ({
      cluster: crew.cluster,
      join,
      listen,
      secret: index === 2 ? otherSecret : secret,
    }))
    const [a, b, third] = await Promise.allSettled(options.map((each) => createNode(each)))
    expect([a?.status, b?.status]).to.deep.equal(['fulfilled', 'fulfilled'])
    expect(third).to.have.nested.property('reason.reason', 'secret')
    for (const each of [a, b]) if (each?.status === 'fulfilled') await each.value.close()
  })

  it('of another cluster than the one at the address: REFUSED, with both told', async () => {
    const [address] = (await freeAddresses(1)) as [string]
    await using first = await createNode({ cluster: crew.cluster, join: [address], listen: address, secret })
    const told = toldOf(first)
    const error = await refusal({ cluster: 'another', join: [address], secret })
    expect(error).to.include({ code: 'REFUSED', reason: 'cluster' })
    expect(error.message).to.match(/'cluster'/)
    expect((await told).message).to.contain('another')
  })

  it('an observer with another secret is REFUSED at once', async () => {
    const [address] = (await freeAddresses(1)) as [string]
    await using _ = await createNode({ cluster: crew.cluster, join: [address], listen: address, secret })
    const error = await createObserver({ cluster: crew.cluster, join: [address], secret: otherSecret }).then(
      () => null,
      (reason: unknown) => reason,
    )
    expect(error).to.include({ code: 'REFUSED', reason: 'secret' })
  })

  const differences: readonly (readonly [option: string, NodeOptions])[] = [
    ['algorithm', { algorithm: 'ricart-agrawala' }],
    ['algorithms', { algorithms: { 'ring/*': 'token-ring' } }],
    ['permits', { permits: { pool: 2 } }],
    ['clock', { clock: 'lamport' }],
    ['profile', { profile: { session: 4321 } }],
  ]
  for (const [option, difference] of differences) {
    it(`with other ${option} in a local directory: CONFIG_MISMATCH, which names the option`, async () => {
      await using first = await createNode(crew.local)
      const error = await refusal({ ...crew.local, ...difference })
      expect(error).to.include({ code: 'CONFIG_MISMATCH', option })
      expect(error.message).to.contain(`'${option}'`)
      expect(first.members).to.have.length(1)
    })
  }

  it('with other options at an address: CONFIG_MISMATCH, which names the option', async () => {
    const [address] = (await freeAddresses(1)) as [string]
    const options = { cluster: crew.cluster, join: [address], secret }
    await using first = await createNode({ ...options, listen: address })
    for (const [option, difference] of differences) {
      expect(await refusal({ ...options, ...difference })).to.include({ code: 'CONFIG_MISMATCH', option })
    }
    expect(await refusal({ ...options, join: [address, '127.0.0.1:1'] })).to.include({ code: 'CONFIG_MISMATCH', option: 'join' })
    expect(first.members).to.have.length(1)
  })
})

describe('directories that cannot be trusted', function () {
  this.timeout(30_000)
  let crew: Crew
  beforeEach(() => {
    crew = new Crew()
  })
  afterEach(() => crew.end())

  const refusal = (directory: string) =>
    createNode({ cluster: crew.cluster, directory }).then(
      async (node) => {
        await node.close()
        throw new Error('it was used')
      },
      (error: unknown) => error as HoldfastError,
    )

  it('of another user: REFUSED, which says whose', async function () {
    if (process.getuid?.() !== 0) this.skip()
    const directory = join(crew.directory, 'theirs')
    mkdirSync(directory, { mode: 0o700 })
    chownSync(directory, 12_345, 12_345)
    const error = await refusal(directory)
    expect(error).to.include({ code: 'REFUSED', reason: 'directory' })
    expect(error.message).to.match(/belongs to user 12345.*'directory'/)
  })

  it('that others may write to: REFUSED, which says the mode and what to do', async () => {
    const directory = join(crew.directory, 'open')
    mkdirSync(directory)
    chmodSync(directory, 0o777)
    const error = await refusal(directory)
    expect(error).to.include({ code: 'REFUSED', reason: 'directory' })
    expect(error.message).to.match(/0777.*chmod 700/)
  })

  it('that is a link: REFUSED', async () => {
    mkdirSync(join(crew.directory, 'real'), { mode: 0o700 })
    symlinkSync(join(crew.directory, 'real'), join(crew.directory, 'link'))
    const error = await refusal(join(crew.directory, 'link'))
    expect(error).to.include({ code: 'REFUSED', reason: 'directory' })
    expect(error.message).to.match(/symbolic link/)
  })

  it('whose parent is not there: REFUSED', async () => {
    expect(await refusal(join(crew.directory, 'no', 'such'))).to.include({ code: 'REFUSED', reason: 'directory' })
  })

  for (const [what, wrapper] of [
    ['pid', ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc']],
    ['network', ['unshare', '--net', '--']],
  ] as const) {
    it(`shared with another ${what} namespace, as two containers would: REFUSED, which says so`, async function () {
      const [command, ...args] = wrapper
      if (spawnSync(command, [...args, 'true']).status !== 0) this.skip()
      await using first = await createNode(crew.local)
      const failure = await crew.process(wrapper).failure('create', crew.local)
      expect(failure).to.include({ code: 'REFUSED', reason: 'namespace' })
      expect(failure.message).to.match(/another container.*'directory'/)
      expect(first.members).to.have.length(1)
    })
  }

  for (const [what, take] of [
    ['removed', (directory: string) => rmSync(directory, { recursive: true })],
    [
      'replaced',
      (directory: string) => {
        const aside = `${directory}-aside`
        renameSync(directory, aside)
        mkdirSync(directory, { mode: 0o700 })
        rmSync(aside, { recursive: true })
      },
    ],
  ] as const) {
    it(`${what} while nodes run: sessions end loudly, holds are lost, and the pool comes back`, async () => {
      const mates = await crew.pool(2, { ...crew.local, profile: { session: 1000 } })
      const [a, b] = mates as [Mate, Mate]
      const before = [a.id, b.id]
      const held = await a.ask('acquire', 'door')
      for (const name of readdirSync(crew.directory)) take(join(crew.directory, name))
      for (const mate of [a, b])
        expect(await mate.until((news) => news.type === 'sessionEnded')).to.include({ reason: 'directory' })
      expect(await a.until((news) => news.type === 'aborted')).to.include({ hold: held.hold })
      await together([a, b])
      expect(before).to.not.include.members([a.id])
      const next = await b.ask('acquire', 'door')
      expect(next.fence > held.fence).to.equal(true)
      await Promise.all([a, b].map((mate) => mate.ask('close')))
    })
  }
})
