import { expect } from 'chai'
import { MemoryHub, memoryWorld } from '../../lib/mesh/memory-world.ts'
import { codeOf, join, TestMesh, text } from './peers.ts'

describe('mesh: the world in memory', () => {
  const mesh = new TestMesh()
  afterEach(() => mesh.close())

  it('carries frames both ways, in order and in a later turn, as copies', async () => {
    const hub = new MemoryHub()
    const [a, b] = [await mesh.memoryPeer('a', hub), await mesh.memoryPeer('b', hub)]
    await join(a, b)
    const bytes = Uint8Array.of(1)
    a.transport.send('b', bytes, false)
    bytes[0] = 2
    a.transport.send('b', bytes, false)
    b.transport.send('a', text('back'), false)
    expect([a.frames.length, b.frames.length, a.transport.bufferedBytes('b')]).to.deep.equal([0, 0, 2])
    await Promise.all([a.until(() => a.frames.length === 1), b.until(() => b.frames.length === 2)])
    expect(b.frames.map((frame) => frame.bytes[0])).to.deep.equal([1, 2])
    expect(a.transport.bufferedBytes('b')).to.equal(0)
  })

  it('connects a pair once, also when both dial, and tells of the end after what was sent', async () => {
    const hub = new MemoryHub()
    const [a, b] = [await mesh.memoryPeer('a', hub), await mesh.memoryPeer('b', hub)]
    a.transport.dial(b.address)
    b.transport.dial(a.address)
    await Promise.all([a.untilConnected(b), b.untilConnected(a)])
    a.transport.send('b', text('farewell'), false)
    a.transport.disconnect('b', 'enough')
    await b.until(() => b.log.length === 2)
    expect(b.frames).to.have.length(1)
    expect(a.log).to.deep.equal(['connected b', 'disconnected b enough'])
    expect(b.log).to.deep.equal(['connected a', 'disconnected a closed by the peer'])
    await join(b, a)
  })

  it('refuses other clusters, other secrets and itself, and finds no node in another hub', async () => {
    const hub = new MemoryHub()
    const a = await mesh.memoryPeer('a', hub)
    const b = await mesh.memoryPeer('b', hub, { cluster: 'other' })
    const c = await mesh.memoryPeer('c', hub, { secret: 'secret' })
    const d = await mesh.memoryPeer('d', new MemoryHub())
    for (const peer of [a, b, c, d]) peer.transport.dial(a.address)
    d.transport.dial('memory:99')
    for (const peer of [a, b, c]) await peer.until(() => peer.failures.length === 1)
    await d.until(() => d.failures.length === 2)
    expect([a, b, c, d].map((peer) => codeOf(peer.failures))).to.deep.equal([
      'REFUSED self',
      'REFUSED cluster',
      'REFUSED secret',
      'REFUSED self, Error',
    ])
    expect(codeOf(a.refusals)).to.equal('REFUSED cluster, REFUSED secret')
  })

  it('goes on delivering after a handler threw', async () => {
    const hub = new MemoryHub()
    const order: number[] = []
    const thrown = new Promise((resolve) => {
      const listeners = process.rawListeners('uncaughtException') as ((error: Error) => void)[]
      process.removeAllListeners('uncaughtException')
      process.once('uncaughtException', (error) => {
        for (const listener of listeners) process.on('uncaughtException', listener)
        resolve(error)
      })
    })
    hub.later(() => {
      throw new Error('a bug')
    })
    await Promise.all([
      thrown,
      new Promise<void>((resolve) =>
        hub.later(() => {
          order.push(1)
          resolve()
        }),
      ),
    ])
    expect(order).to.deep.equal([1])
  })

  it('has a directory for each cluster, which decides once', async () => {
    const world = memoryWorld(new MemoryHub())
    const [a, b, other] = [await world.openDirectory('c'), await world.openDirectory('c'), await world.openDirectory('d')]
    expect([
      a.createOnce('after-1', text('a')),
      b.createOnce('after-1', text('b')),
      other.createOnce('after-1', text('d')),
    ]).to.deep.equal([true, false, true])
    expect(Buffer.from(b.read('after-1') as Uint8Array).toString()).to.equal('a')
    a.publish('n', 'memory:1')
    expect(b.entries()).to.deep.equal([{ id: 'n', address: 'memory:1', pid: process.pid }])
    a.close()
    expect(b.entries()).to.deep.equal([])
  })
})
