import { expect } from 'chai'
import { join, TestMesh, type TestPeer, text } from '../peers.ts'

/** Both ends carry a frame of the other's: they agree on one connection. */
async function exchange(a: TestPeer, b: TestPeer, word: string): Promise<void> {
  await Promise.all([a.untilConnected(b), b.untilConnected(a)])
  // A connection may still be replaced by the one that stands: what was sent on it is lost, and Links would repeat it.
  const send =
    (from: TestPeer, to: TestPeer): (() => void) =>
    () =>
      void from.transport.send(to.id, text(word), false)
  const heard = (by: TestPeer): boolean => by.frames.some(({ bytes }) => bytes.toString() === word)
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    send(from, to)()
    const plain = from.connected.bind(from)
    from.connected = (info) => {
      plain(info)
      send(from, to)()
    }
  }
  await Promise.all([a.until(() => heard(a)), b.until(() => heard(b))])
}

/** A peer's log reads connected, disconnected, connected, … of each other peer. */
function alternates(peer: TestPeer, other: TestPeer): boolean {
  const entries = peer.log.filter((entry) => entry.split(' ')[1] === other.id).map((entry) => entry.split(' ')[0])
  return entries.every((entry, index) => entry === (index % 2 === 0 ? 'connected' : 'disconnected'))
}

describe('mesh: one connection for a pair', () => {
  const mesh = new TestMesh()
  afterEach(() => mesh.close())

  it('settles simultaneous dials on one connection, 100 times', async function () {
    this.timeout(30_000)
    const outcomes = new Set<string>()
    for (let round = 0; round < 100; round++) {
      const [a, b] = [await mesh.peer(`a${round}`), await mesh.peer(`b${round}`)]
      const [first, second] = round % 2 === 0 ? [a, b] : [b, a]
      first.transport.dial(second.address)
      // Rounds differ in how far the first dial is when the second begins.
      for (let turn = 0; turn < round % 25; turn++) await new Promise((resolve) => setImmediate(resolve))
      second.transport.dial(first.address)
      await exchange(a, b, `round ${round}`)
      for (const [peer, other] of [
        [a, b],
        [b, a],
      ] as const) {
        expect(
          peer.failures.map(({ error }) => error.message),
          `round ${round}`,
        ).to.deep.equal([])
        expect(peer.refusals).to.deep.equal([])
        expect(alternates(peer, other), peer.log.join()).to.equal(true)
        expect(peer.transport.isConnected(other.id)).to.equal(true)
        outcomes.add(peer.log.map((entry) => entry.split(' ')[0]).join())
      }
      await mesh.close()
    }
    expect([...outcomes]).to.deep.equal(['connected'])
  })

  it('makes one mesh of many that dial each other all at once', async function () {
    this.timeout(20_000)
    for (let round = 0; round < 5; round++) {
      const peers = await Promise.all(Array.from({ length: 8 }, (_, i) => mesh.peer(`${round}-${i}`)))
      for (const peer of peers) for (const other of peers) if (other !== peer) peer.transport.dial(other.address)
      for (const peer of peers) for (const other of peers) if (other !== peer) await peer.untilConnected(other)
      for (const peer of peers) {
        for (const other of peers) if (other !== peer) peer.transport.send(other.id, text(peer.id), false)
      }
      for (const peer of peers) await peer.until(() => peer.frames.length >= peers.length - 1)
      for (const peer of peers) {
        expect(new Set(peer.frames.map(({ from }) => from)).size).to.equal(peers.length - 1)
        expect(peer.frames.every(({ from, bytes }) => bytes.toString() === from)).to.equal(true)
        expect(
          peer.log.every((entry) => entry.startsWith('connected')),
          peer.log.join(),
        ).to.equal(true)
        expect(peer.failures.map(({ error }) => error.message)).to.deep.equal([])
      }
      await mesh.close()
    }
  })

  it('settles again and again while both cut and both dial', async function () {
    this.timeout(30_000)
    const [a, b] = [await mesh.peer('a'), await mesh.peer('b')]
    for (let round = 0; round < 50; round++) {
      a.transport.dial(b.address)
      b.transport.dial(a.address)
      await exchange(a, b, `round ${round}`)
      const [cutter, cut] = round % 2 === 0 ? [a, b] : [b, a]
      cutter.transport.disconnect(cut.id, 'cut')
      // In some rounds the one who was cut has not heard of it when the other dials anew.
      if (round % 3 !== 0) await cut.until(() => !cut.transport.isConnected(cutter.id))
    }
    expect(alternates(a, b)).to.equal(true)
    expect(alternates(b, a)).to.equal(true)
  })

  for (const [dialler, listener] of [
    ['a', 'b'],
    ['b', 'a'],
  ] as const) {
    it(`lets ${dialler} replace a connection that only ${listener} still believes in, from either side`, async () => {
      for (const maker of ['dialler', 'listener']) {
        const [d, l] = [await mesh.peer(dialler), await mesh.peer(listener)]
        if (maker === 'dialler') await join(d, l)
        else await join(l, d)
        // The listener does not read what comes, so that it cannot notice the end: as with a cable that was cut.
        d.transport.disconnect(l.id, 'cut')
        d.transport.dial(l.address)
        await d.untilConnected(l)
        await exchange(d, l, 'anew')
        expect(d.failures).to.deep.equal([])
        expect(alternates(l, d)).to.equal(true)
        await mesh.close()
      }
    })
  }
})
