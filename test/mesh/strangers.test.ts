import { expect } from 'chai'
import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { connectionBounds } from '../../lib/mesh/settings.ts'
import { sourceOf, Strangers } from '../../lib/mesh/strangers.ts'
import { knock, proven } from './knocking.ts'
import { codeOf, join, TestMesh } from './peers.ts'

/** What `Strangers` uses of a socket. */
class FakeSocket extends EventEmitter {
  readonly remoteAddress: string
  isDestroyed = false

  constructor(remoteAddress: string) {
    super()
    this.remoteAddress = remoteAddress
  }

  destroy(): void {
    this.isDestroyed = true
    this.emit('close')
  }
}

describe('mesh: connections that have proven nothing', () => {
  const cuts: string[] = []
  const house = (max: number, patienceMs = 60_000): { strangers: Strangers; come(from: string): FakeSocket } => {
    cuts.length = 0
    const strangers = new Strangers(max, patienceMs, (socket, why) => void cuts.push(`${socket.remoteAddress ?? ''} ${why}`))
    return {
      strangers,
      come(from) {
        const socket = new FakeSocket(from)
        strangers.add(socket as unknown as Socket)
        return socket
      },
    }
  }

  it('are cut when they are too many: the oldest of the address that has most', () => {
    const { strangers, come } = house(3)
    const honest = come('10.0.0.9')
    const flood = Array.from({ length: 10 }, () => come('10.0.0.1'))
    expect(honest.isDestroyed).to.equal(false)
    expect(flood.map(({ isDestroyed }) => isDestroyed)).to.deep.equal([...Array.from({ length: 8 }, () => true), false, false])
    expect(cuts).to.deep.equal(Array.from({ length: 8 }, () => '10.0.0.1 crowded'))
    strangers.clear()
  })

  it('leave a newcomer of the same address the time that the others take to crowd it out', () => {
    const { strangers, come } = house(3)
    for (let i = 0; i < 10; i++) come('127.0.0.1')
    const honest = come('127.0.0.1')
    for (let i = 0; i < 2; i++) come('127.0.0.1')
    expect(honest.isDestroyed).to.equal(false)
    come('127.0.0.1')
    expect(honest.isDestroyed).to.equal(true)
    strangers.clear()
  })

  it('from an address at which a node has proven itself weigh less, and do not crowd out newcomers either', () => {
    const { strangers, come } = house(4)
    strangers.proven(come('10.0.0.1') as unknown as Socket)
    const fromFriend = [come('10.0.0.1'), come('10.0.0.1')]
    const many = Array.from({ length: 20 }, (_, i) => come(`10.0.1.${i}`))
    expect(fromFriend.some(({ isDestroyed }) => isDestroyed)).to.equal(false)
    expect(many.filter(({ isDestroyed }) => !isDestroyed)).to.have.length(2)
    strangers.clear()
    const other = house(16)
    other.strangers.proven(other.come('10.0.0.1') as unknown as Socket)
    const newcomer = other.come('10.0.0.2')
    for (let i = 0; i < 40; i++) other.come('10.0.0.1')
    expect(newcomer.isDestroyed).to.equal(false)
    other.strangers.clear()
  })

  it('do not count once they have ended or proven themselves', () => {
    const { strangers, come } = house(2)
    const first = come('10.0.0.1')
    const member = come('10.0.0.1')
    strangers.proven(member as unknown as Socket)
    come('10.0.0.1').destroy()
    come('10.0.0.1')
    expect([first.isDestroyed, member.isDestroyed]).to.deep.equal([false, false])
    expect(cuts).to.deep.equal([])
    strangers.clear()
    expect([first.isDestroyed, member.isDestroyed, cuts.length]).to.deep.equal([true, false, 0])
  })

  it('have little time, and are told of once', async () => {
    const { strangers, come } = house(2, 10)
    const socket = come('10.0.0.1')
    await new Promise((resolve) => socket.on('close', resolve))
    expect(cuts).to.deep.equal(['10.0.0.1 silent'])
    expect(strangers.takeNote(socket as unknown as Socket)).to.equal(false)
    const other = new FakeSocket('10.0.0.1') as unknown as Socket
    expect([strangers.takeNote(other), strangers.takeNote(other)]).to.deep.equal([true, false])
  })

  it('come from one address when one owner has it: this machine, an IPv4 address, a network of IPv6', () => {
    for (const own of ['127.0.0.1', '127.9.8.7', '::1', '::ffff:127.0.0.1']) expect(sourceOf(own)).to.equal('loopback')
    expect(sourceOf('::ffff:10.0.0.1')).to.equal(sourceOf('10.0.0.1'))
    expect(sourceOf('10.0.0.1')).to.not.equal(sourceOf('10.0.0.2'))
    expect(sourceOf('2001:db8:1:2::1')).to.equal(sourceOf('2001:db8:1:2:a:b:c:d'))
    expect(sourceOf('2001:db8::1')).to.equal(sourceOf('2001:db8:0:0:9::'))
    expect(sourceOf('2001:db8:1:2::1')).to.not.equal(sourceOf('2001:db8:1:3::1'))
    expect(sourceOf('fe80::1%eth0')).to.equal(sourceOf('fe80::2'))
    expect(sourceOf(undefined)).to.equal('')
  })

  it('are few beside the descriptors of the process, and so are those to nodes', () => {
    expect(connectionBounds(256)).to.deep.equal({ connectionsMax: 192, strangersMax: 16 })
    expect(connectionBounds(1_024)).to.deep.equal({ connectionsMax: 768, strangersMax: 64 })
    expect(connectionBounds(1_000_000)).to.deep.equal({ connectionsMax: 4_096, strangersMax: 128 })
    expect(connectionBounds(10)).to.deep.equal({ connectionsMax: 8, strangersMax: 8 })
  })
})

describe('mesh: connections of those who have proven themselves', () => {
  const mesh = new TestMesh()
  afterEach(() => mesh.close())

  it('are bounded even when their nodes open them and then say nothing', async () => {
    const a = await mesh.peer('a', { connectionsMax: 1 })
    const sockets: WebSocket[] = []
    const ends: Promise<string>[] = []
    // One, and the few that may be there while one takes another's place.
    for (let i = 0; i < 9; i++) {
      const upgrade = await proven(a.address, `s${i}`)
      await new Promise<void>((resolve) => {
        ends.push(
          knock(a.address, upgrade, (socket) => {
            sockets.push(socket)
            resolve()
          }),
        )
      })
    }
    expect(await knock(a.address, await proven(a.address, 'late'))).to.equal('refused')
    expect(codeOf(a.refusals)).to.equal('OVERLOADED busy')
    for (const socket of sockets) socket.close()
    await Promise.all(ends)
  })

  it("are kept for members: observers have an eighth of them, and a node's own next connection is always taken", async () => {
    const a = await mesh.peer('a', { connectionsMax: 8 })
    const b = await mesh.peer('b')
    const [o, p] = [await mesh.peer('o', {}, { role: 'observer' }), await mesh.peer('p', {}, { role: 'observer' })]
    await join(o, a)
    p.transport.dial(a.address)
    await p.until(() => p.failures.length === 1)
    expect(codeOf(p.failures)).to.match(/^OVERLOADED/)
    await join(b, a)
    // It comes again before this side has heard that it went.
    const again = knock(a.address, await proven(a.address, 'o', undefined, { role: 'observer' }), (socket) => socket.send('40'))
    await o.until(() => !o.transport.isConnected('a'))
    a.transport.disconnect('o', 'seen enough')
    expect(await again).to.match(/^closed/)
  })
})
