import { expect } from 'chai'
import { BadOptionError } from '../../lib/base/errors.ts'
import { join, TestMesh, text } from './peers.ts'

describe('mesh: the transport on real sockets', () => {
  const mesh = new TestMesh()
  afterEach(() => mesh.close())

  it('connects a pair, tells each who the other is, and carries frames both ways in order', async () => {
    const [a, b] = [await mesh.peer('a'), await mesh.peer('b')]
    await join(a, b)
    expect(a.infos.get('b')).to.include({ id: 'b', address: b.address, role: 'member' })
    expect(b.infos.get('a')).to.include({ id: 'a', address: a.address, role: 'member' })
    for (let i = 0; i < 500; i++) {
      expect(a.transport.send('b', text(`to b ${i}`), false)).to.equal(true)
      expect(b.transport.send('a', text(`to a ${i}`), false)).to.equal(true)
    }
    await Promise.all([a.until(() => a.frames.length === 500), b.until(() => b.frames.length === 500)])
    expect(b.frames.map(({ bytes }) => bytes.toString())).to.deep.equal(Array.from({ length: 500 }, (_, i) => `to b ${i}`))
    expect(a.frames.map(({ bytes }) => bytes.toString())).to.deep.equal(Array.from({ length: 500 }, (_, i) => `to a ${i}`))
    expect(a.frames.every(({ from }) => from === 'b')).to.equal(true)
  })

  it('carries frames sent in the very turn in which a side hears that it is connected', async () => {
    const [a, b] = [await mesh.peer('a'), await mesh.peer('b')]
    for (const [self, other] of [
      [a, b],
      [b, a],
    ] as const) {
      const plain = self.connected.bind(self)
      self.connected = (info) => {
        plain(info)
        for (let i = 0; i < 10; i++) self.transport.send(other.id, text(`${i}`), false)
      }
    }
    await join(a, b)
    await Promise.all([a, b].map((peer) => peer.until(() => peer.frames.length === 10)))
    expect(a.frames.map(({ bytes }) => bytes.toString()).join('')).to.equal('0123456789')
    expect(b.frames.map(({ bytes }) => bytes.toString()).join('')).to.equal('0123456789')
  })

  it('carries empty frames, and frames as large as the bound', async () => {
    const [a, b] = [await mesh.peer('a'), await mesh.peer('b')]
    await join(a, b)
    const large = Buffer.alloc(1_048_576, 7)
    a.transport.send('b', new Uint8Array(0), false)
    a.transport.send('b', large, false)
    b.transport.send('a', large, false)
    await Promise.all([a.until(() => a.frames.length === 1), b.until(() => b.frames.length === 2)])
    expect(b.frames.map(({ bytes }) => bytes.length)).to.deep.equal([0, large.length])
    expect(a.frames[0]?.bytes.equals(large)).to.equal(true)
  })

  it('leaves no timer behind when it closes while a websocket opens', async () => {
    const [a, b] = [await mesh.peer('a'), await mesh.peer('b')]
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    const before = timers()
    const dialling = a.transport as unknown as { greeted(...args: unknown[]): void }
    const { greeted } = dialling
    await new Promise<void>((resolve, reject) => {
      dialling.greeted = (...args) => {
        greeted.apply(dialling, args)
        a.transport.close().then(resolve, reject)
      }
      a.transport.dial(b.address)
    })
    expect(timers()).to.be.at.most(before)
  })

  it('cuts a peer that sends more than the bound', async () => {
    const [a, b] = [await mesh.peer('a'), await mesh.peer('b', { limits: { frameBytesMax: 1_000 } })]
    await join(a, b)
    a.transport.send('b', Buffer.alloc(100_000), false)
    await Promise.all([a, b].map((peer) => peer.until(() => peer.log.some((entry) => entry.startsWith('disconnected')))))
    expect(b.frames).to.have.length(0)
  })

  it('tells the other side of a disconnect, after what was sent before it', async () => {
    const [a, b] = [await mesh.peer('a'), await mesh.peer('b')]
    await join(a, b)
    a.transport.send('b', text('farewell'), false)
    a.transport.disconnect('b', 'no more to say')
    expect(a.transport.isConnected('b')).to.equal(false)
    expect(a.transport.send('b', text('too late'), false)).to.equal(false)
    await b.until(() => b.log.some((entry) => entry.startsWith('disconnected a')))
    await a.until(() => a.log.includes('disconnected b no more to say'))
    expect(b.frames.map(({ bytes }) => bytes.toString())).to.deep.equal(['farewell'])
  })

  it('connects again after a cut, again and again, from either side', async () => {
    const [a, b] = [await mesh.peer('a'), await mesh.peer('b')]
    for (let i = 0; i < 5; i++) {
      const [dialler, other] = i % 2 === 0 ? [a, b] : [b, a]
      await join(dialler, other)
      const [cutter, cut] = i % 3 === 0 ? [a, b] : [b, a]
      cutter.transport.disconnect(cut.id, 'cut')
      await cut.until(() => !cut.transport.isConnected(cutter.id))
    }
    for (const peer of [a, b]) {
      await peer.until(() => peer.log.filter((entry) => entry.startsWith('dis')).length === 5)
      expect(peer.log.filter((entry) => entry.startsWith('connected'))).to.have.length(5)
    }
  })

  it('does nothing about a dial to a connected peer', async () => {
    const [a, b] = [await mesh.peer('a'), await mesh.peer('b')]
    await join(a, b)
    a.transport.dial(b.address)
    a.transport.dial(b.address.replace('127.0.0.1', 'localhost'))
    b.transport.dial(a.address)
    const c = await mesh.peer('c')
    await join(a, c)
    await join(b, c)
    expect(a.log).to.deep.equal(['connected b', 'connected c'])
    expect(b.log).to.deep.equal(['connected a', 'connected c'])
  })

  it('reports that an address without a listener cannot be reached', async () => {
    const [a, b] = [await mesh.peer('a'), await mesh.peer('b')]
    const { address } = b
    await b.transport.close()
    a.transport.dial(address)
    a.transport.dial('no address')
    await a.until(() => a.failures.length === 2)
    expect(
      a.failures
        .map((failure) => failure.error.message)
        .sort()
        .join(),
    ).to.match(/is not an address.*cannot reach 127.0.0.1/s)
  })

  it('notices a peer that closes, and is heard of no more after closing itself', async () => {
    const [a, b] = [await mesh.peer('a'), await mesh.peer('b')]
    await join(a, b)
    await b.transport.close()
    await a.until(() => a.log.length === 2)
    expect(a.log[1]).to.match(/^disconnected b /)
    expect(b.log).to.deep.equal(['connected a'])
    await b.transport.close()
  })

  it('connects an observer, which does not listen', async () => {
    const [a, o] = [await mesh.peer('a'), await mesh.peer('o', {}, { role: 'observer' })]
    expect(o.address).to.equal('')
    await join(o, a)
    expect(a.infos.get('o')).to.include({ role: 'observer', address: '' })
  })

  it('drops volatile frames, and shows what waits, while the peer does not read', async () => {
    const [a, b] = [await mesh.peer('a'), await mesh.peer('b')]
    await join(a, b)
    const block = Buffer.alloc(500_000)
    for (let i = 0; i < 40; i++) a.transport.send('b', block, false)
    expect(a.transport.bufferedBytes('b')).to.be.greaterThan(5_000_000)
    expect(a.transport.send('b', text('gossip'), true)).to.equal(false)
    await b.until(() => b.frames.length === 40)
    // What b has received, a's kernel has taken; the write's own callback may still be to come.
    while (a.transport.bufferedBytes('b') > 0) await new Promise((resolve) => setImmediate(resolve))
    expect(a.transport.send('b', text('gossip'), true)).to.equal(true)
    await b.until(() => b.frames.length === 41)
  })

  it('says which address is in use', async () => {
    const a = await mesh.peer('a')
    const error = await mesh.peer('b', { listen: a.address }).then(
      () => null,
      (reason: unknown) => reason,
    )
    expect(error).to.be.instanceOf(BadOptionError).and.include({ option: 'listen' })
    expect((error as Error).message)
      .to.include(a.address)
      .and.include('in use')
    expect((error as Error).cause).to.include({ code: 'EADDRINUSE' })
  })

  for (const [listen, problem] of [
    ['192.0.2.1:0', 'not one of this machine'],
    ['nonsense', 'must be an address'],
    ['1.2.3.4:99999', 'must be an address'],
  ] as const) {
    it(`refuses to listen at ${listen}`, async () => {
      const error = await mesh.peer('a', { listen, insecure: true }).then(
        () => null,
        (reason: unknown) => reason,
      )
      expect(error).to.be.instanceOf(BadOptionError).and.include({ option: 'listen' })
      expect((error as Error).message).to.include(problem)
    })
  }

  it('listens beyond loopback only with a secret, or when told that it is meant', async () => {
    const error = await mesh.peer('a', { listen: '0.0.0.0:0' }).then(
      () => null,
      (reason: unknown) => reason,
    )
    expect(error).to.be.instanceOf(BadOptionError).and.include({ option: 'listen' })
    expect((error as Error).message).to.include('insecure: true')
    const guarded = await mesh.peer('b', { listen: '0.0.0.0:0', secret: 'a secret of the house' })
    const meant = await mesh.peer('c', { listen: '0.0.0.0:0', insecure: true, advertise: 'example.org:0' })
    expect(guarded.address).to.not.match(/^0\.0\.0\.0/)
    expect(meant.address).to.match(/^example\.org:[1-9]/)
  })

  it('speaks IPv6, with brackets in the address', async () => {
    const [a, b] = [await mesh.peer('a', { listen: '[::1]:0' }), await mesh.peer('b')]
    expect(a.address).to.match(/^\[::1\]:\d+$/)
    await join(b, a)
  })
})
