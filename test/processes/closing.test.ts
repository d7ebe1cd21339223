import { type AddressInfo, createServer } from 'node:net'
import { expect } from 'chai'
import { getEventListeners } from 'node:events'
import { readdirSync, rmSync } from 'node:fs'
import { createNode, createObserver, HoldfastError, type Node, type NodeOptions } from '../../lib/index.ts'
import { Proxy } from '../mesh/proxy.ts'
import { Crew, freeAddresses, type Mate, sees, together } from './crew.ts'

/** Some turns of the event loop: the handle of a closed listener goes with the next one. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

describe('coming and going', function () {
  this.timeout(30_000)
  let crew: Crew
  beforeEach(() => {
    crew = new Crew()
  })
  afterEach(() => crew.end())

  const failure = async (attempt: Promise<unknown>): Promise<HoldfastError> => {
    const outcome = await attempt.then(
      () => 'went well',
      (error: unknown) => error,
    )
    expect(outcome).to.be.instanceOf(HoldfastError)
    return outcome as HoldfastError
  }

  it('a process ends by itself once its node is closed', async () => {
    const mates = await crew.pool(2)
    const [a] = mates as [Mate, Mate]
    await a.ask('acquire', 'door')
    for (const mate of mates) {
      await mate.ask('close')
      await mate.letGo()
      expect(await mate.ended).to.include({ code: 0, signal: null })
    }
  })

  it('a process that closes its node and ends has left, and is not down, for each of the others', async () => {
    const mates = await crew.pool(4)
    for (let stays = 3; stays > 0; stays--) {
      const leaver = mates.pop() as Mate
      await leaver.ask('close')
      await leaver.letGo()
      await leaver.ended
      const ends = await Promise.all(
        mates.map((mate) => mate.until(({ type, peer }) => peer === leaver.id && (type === 'peerLeft' || type === 'peerDown'))),
      )
      expect(ends.map(({ type }) => type)).to.deep.equal(mates.map(() => 'peerLeft'))
    }
  })

  it('an open node keeps its process alive, and one with `unref` does not', async () => {
    const kept = await crew.process().create(crew.local)
    const unref = await crew.process().create({ ...crew.local, unref: true })
    await together([kept, unref])
    for (const mate of [kept, unref]) await mate.letGo()
    expect(await unref.ended).to.include({ code: 0, signal: null })
    const witness = await crew.process().create(crew.local)
    await sees(witness, kept)
    expect(kept.child.end).to.equal(null)
  })

  it('a process that ends without closing is found dead, and its lock moves on', async () => {
    const [a, b, c] = (await crew.pool(3, { ...crew.local, profile: { session: 1000 } })) as [Mate, Mate, Mate]
    const held = await a.ask('acquire', 'door')
    const waiting = b.ask('acquire', 'door')
    await a.ask('exit').catch(() => undefined)
    expect((await a.ended).code).to.equal(0)
    expect((await waiting).fence > held.fence).to.equal(true)
    await together([b, c])
  })

  it('many nodes made and closed in one process leave no handle, no listener and no file behind', async () => {
    const handles = (): string => process.getActiveResourcesInfo().sort().join()
    const listeners = (): string =>
      process
        .eventNames()
        .map((name) => `${String(name)} ${process.listenerCount(name)}`)
        .sort()
        .join()
    const cycle = async (): Promise<void> => {
      const controller = new AbortController()
      const [a, b] = await Promise.all([createNode({ ...crew.local, signal: controller.signal }), createNode(crew.local)])
      await a.withLock('door', () => b.acquire('door', { wait: 1, signal: controller.signal }).catch(() => undefined))
      await Promise.all([a.close(), b.close()])
      expect(getEventListeners(controller.signal, 'abort')).to.deep.equal([])
    }
    await cycle()
    const before = [handles(), listeners()]
    for (let round = 0; round < 15; round++) await cycle()
    expect([handles(), listeners()]).to.deep.equal(before)
    const [folder] = readdirSync(crew.directory, { recursive: true })
      .map(String)
      .filter((name) => name.endsWith('entries'))
    expect(readdirSync(`${crew.directory}/${folder}`)).to.deep.equal([])
  })

  it('a node that is closed while it comes back leaves nothing behind either', async () => {
    await turns()
    const before = process.getActiveResourcesInfo().sort()
    // Closed at once, and at several moments of its coming back.
    for (const waited of [0, 1, 3, 10]) {
      const node = await createNode({ ...crew.local, profile: { session: 500 } })
      const ended = new Promise((resolve) => node.on('sessionEnded', resolve))
      for (const name of readdirSync(crew.directory)) rmSync(`${crew.directory}/${name}`, { recursive: true })
      await ended
      const back = new Promise((resolve) => node.on('viewDecided', resolve))
      if (waited > 0) await back
      for (let turn = 1; turn < waited; turn++) await new Promise((resolve) => setImmediate(resolve))
      await node.close()
      await turns()
      expect(process.getActiveResourcesInfo().sort()).to.deep.equal(before)
    }
  })

  it('closing without a drain releases the holds, tells the waiters, and may be called twice', async () => {
    const a = await createNode(crew.local)
    const b = await createNode(crew.local)
    const hold = await a.acquire('door')
    const other = await b.acquire('window')
    const stranded = failure(a.acquire('window'))
    const next = b.acquire('door')
    await Promise.all([a.close({ drain: 0 }), a.close()])
    expect(hold.state).to.equal('lost')
    expect(hold.signal.reason).to.include({ code: 'LOST', reason: 'closed' })
    expect((await stranded).code).to.equal('CLOSED')
    expect((await next).fence > hold.fence).to.equal(true)
    expect(other.state).to.equal('held')
    expect((await failure(a.acquire('door'))).code).to.equal('CLOSED')
    expect((await failure(a.query())).code).to.equal('CLOSED')
    await b.close({ drain: 0 })
  })

  it('`await using` closes the node and releases the hold', async () => {
    let outer: Node
    {
      await using node = await createNode(crew.local)
      outer = node
      {
        await using _ = await node.acquire('door')
        expect(await node.tryAcquire('door')).to.equal(null)
      }
      const again = await node.tryAcquire('door')
      expect(again).to.not.equal(null)
      await again?.release()
    }
    expect(outer.state).to.equal('closed')
  })

  it('a signal that is aborted already, or while joining, is ABORTED with its reason, and nothing is left', async () => {
    await turns()
    const before = process.getActiveResourcesInfo().sort()
    const [address] = (await freeAddresses(1)) as [string]
    const lonely: NodeOptions = { cluster: crew.cluster, join: [address] }
    const error = await failure(createNode({ ...lonely, signal: AbortSignal.abort('enough') }))
    expect(error).to.include({ code: 'ABORTED', cause: 'enough' })
    const controller = new AbortController()
    const joining = failure(createNode({ ...lonely, signal: controller.signal }))
    // Some turns of the loop later it listens and dials.
    await turns()
    controller.abort('changed my mind')
    expect(await joining).to.include({ code: 'ABORTED', cause: 'changed my mind' })
    expect(getEventListeners(controller.signal, 'abort')).to.deep.equal([])
    await turns()
    expect(process.getActiveResourcesInfo().sort()).to.deep.equal(before)
  })

  it('a signal that is aborted later has no effect on the node', async () => {
    const controller = new AbortController()
    await using node = await createNode({ ...crew.local, signal: controller.signal })
    controller.abort()
    await (await node.acquire('door')).release()
  })

  it('waiting too long for a lock is TIMEOUT, and giving up is ABORTED; neither leaves a trace', async () => {
    await using a = await createNode(crew.local)
    await using b = await createNode(crew.local)
    await using _ = await a.acquire('door')
    expect((await failure(b.acquire('door', { wait: 20 }))).code).to.equal('TIMEOUT')
    expect((await failure(b.acquire('door', { wait: 1 }))).code).to.equal('TIMEOUT')
    const controller = new AbortController()
    const waiting = failure(b.acquire('door', { signal: controller.signal }))
    controller.abort(new Error('no more'))
    for (const error of [await waiting, await failure(b.acquire('door', { signal: controller.signal }))]) {
      expect(error.code).to.equal('ABORTED')
    }
    expect((await a.query()).pending).to.deep.equal([])
  })

  it('an observer sees members and holders, and changes no view', async () => {
    await using a = await createNode(crew.local)
    await using b = await createNode(crew.local)
    await using hold = await b.acquire('door', { meta: { job: 7 } })
    const waiting = a.acquire('door')
    const epochs: number[] = []
    for (const node of [a, b]) node.on('viewDecided', ({ epoch }) => epochs.push(epoch))
    const epoch = a.view?.epoch
    for (let round = 0; round < 3; round++) {
      await using observer = await createObserver(crew.local)
      const report = await observer.members()
      expect(report).to.deep.include({ cluster: crew.cluster, epoch })
      expect(report.members.map(({ id }) => id)).to.deep.equal([a.id, b.id])
      const { held, pending, unanswered } = await observer.locks()
      expect(held).to.have.length(1)
      expect(held[0]).to.deep.include({ name: 'door', holder: b.id, fence: hold.fence, mode: 'exclusive', meta: { job: 7 } })
      expect(pending.map(({ name, node }) => [name, node])).to.deep.equal([['door', a.id]])
      expect(unanswered).to.deep.equal([])
      expect((await observer.locks('window*')).held).to.deep.equal([])
    }
    expect(epochs).to.deep.equal([])
    expect(a.members).to.have.length(2)
    await hold.release()
    await (await waiting).release()
  })

  it('an observer is told at once that no node runs, NOT_RUNNING, unless it said how long to wait for one', async () => {
    expect((await failure(createObserver(crew.local))).code).to.equal('NOT_RUNNING')
    const [address, other] = (await freeAddresses(2)) as [string, string]
    const { cluster } = crew
    const startedMs = performance.now()
    const { code, message } = await failure(createObserver({ cluster, join: [address, other] }))
    expect(code).to.equal('NOT_RUNNING')
    expect(message).to.equal(
      `no node of cluster '${cluster}' runs at ${address} (connection refused), ${other} (connection refused)`,
    )
    expect(performance.now() - startedMs).to.be.below(4000)
    expect((await failure(createObserver({ cluster, join: [address], wait: 100 }))).code).to.equal('NOT_RUNNING')
    const starting = createObserver({ cluster, join: [address], wait: '15s' })
    await using _node = await createNode({ cluster, join: [address], listen: address })
    await using observer = await starting
    expect((await observer.members()).members).to.have.length(1)
  })

  it('an observer that meets silence says TIMEOUT, and one that is aborted ABORTED', async () => {
    const silent = createServer((socket) => socket.on('error', () => undefined).resume())
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const join = [`127.0.0.1:${(silent.address() as AddressInfo).port}`]
    const { cluster } = crew
    expect((await failure(createObserver({ cluster, join, wait: 100 }))).code).to.equal('TIMEOUT')
    const controller = new AbortController()
    const looking = createObserver({ cluster, join, signal: controller.signal })
    silent.once('connection', () => controller.abort())
    expect((await failure(looking)).code).to.equal('ABORTED')
    expect((await failure(createObserver({ cluster, join, signal: controller.signal }))).code).to.equal('ABORTED')
    silent.close()
  })

  it('connections that are cut are made again, and nothing is lost meanwhile', async () => {
    const [first, second] = (await freeAddresses(2)) as [string, string]
    // Both are known by addresses of proxies, so each dial goes through one.
    const proxies = await Promise.all([first, second].map((address) => Proxy.to(address)))
    const [ofFirst, ofSecond] = proxies as [Proxy, Proxy]
    const options: NodeOptions = {
      cluster: crew.cluster,
      join: [ofFirst.address],
      secret: 'a secret of twenty-four',
      profile: { session: 1000 },
    }
    await using a = await createNode({ ...options, listen: first, advertise: ofFirst.address })
    await using b = await createNode({ ...options, listen: second, advertise: ofSecond.address })
    const ended: string[] = []
    for (const node of [a, b]) node.on('sessionEnded', ({ reason }) => ended.push(reason))
    const ids = [a.id, b.id]
    const hold = await a.acquire('held all along')
    for (let round = 0; round < 5; round++) {
      const closed = new Promise((resolve) => b.on('linkClosed', resolve))
      const opened = new Promise((resolve) => b.on('linkOpened', resolve))
      const grants = [a, b].map((node) => node.withLock('door', () => undefined))
      for (const proxy of proxies) proxy.reset()
      await Promise.all([...grants, closed, opened])
    }
    hold.check()
    expect(hold.state).to.equal('held')
    expect(ended).to.deep.equal([])
    expect(a.members.map(({ id }) => id)).to.deep.equal(ids)
    await hold.release()
    for (const proxy of proxies) proxy.close()
  })

  it('whom a list does not lead to is found by `discovery`, which is told when it is no longer needed', async () => {
    const [listen] = (await freeAddresses(1)) as [string]
    // The listed name leads nowhere from the second node's place.
    const options: NodeOptions = { cluster: crew.cluster, join: ['first.invalid:7000'], profile: { session: 1000 } }
    await using a = await createNode({ ...options, listen, advertise: 'first.invalid:7000' })
    let told = false
    const discovery = async function* (signal: AbortSignal) {
      signal.addEventListener('abort', () => {
        told = true
      })
      yield ['not an address']
      yield [listen]
    }
    const b = await createNode({ ...options, discovery })
    expect(b.members.map(({ id }) => id)).to.deep.equal([a.id, b.id])
    expect(told).to.equal(false)
    await b.close()
    expect(told).to.equal(true)
  })

  it('a discovery that throws is told to the logger, and the node lives', async () => {
    const errors: string[] = []
    const quiet = {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: (text: string) => errors.push(text),
    }
    const discovery = (): AsyncIterable<readonly string[]> => {
      throw new Error('no such zone')
    }
    await using node = await createNode({ ...crew.local, discovery, logger: quiet })
    expect(node.state).to.equal('active')
    expect(errors).to.deep.equal(['discovery failed: no such zone'])
  })
})
