import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { expect } from 'chai'
import { type Answer, type Hello, headers, newNonce, parts, paths, proveUpgrade } from '../../../lib/mesh/handshake.ts'
import { protocolVersion } from '../../../lib/wire/messages.ts'
import { ask, greet, helloOf, knock, proven } from '../knocking.ts'
import { codeOf, join, TestMesh, type TestPeer } from '../peers.ts'

describe('mesh: which connections are accepted', () => {
  const mesh = new TestMesh()
  afterEach(() => mesh.close())

  /** The word with which a hello is refused; null when it is answered. */
  async function refusalOf(host: TestPeer, said: Hello): Promise<string | null> {
    const { answer, body } = await greet(host.address, said)
    return answer === null ? body : null
  }

  async function observer(id: string, host: TestPeer): Promise<TestPeer> {
    const peer = await mesh.peer(id, {}, { role: 'observer' })
    await join(peer, host)
    return peer
  }

  it('accepts an observer without an address: with one it could take the place of a node', async () => {
    const host = await mesh.peer('host')
    expect(await refusalOf(host, helloOf({ id: 'o', role: 'observer', address: '127.0.0.1:1' }))).to.equal('malformed')
    expect(await refusalOf(host, helloOf({ id: 'o', role: 'observer' }))).to.equal(null)
    expect(await refusalOf(host, helloOf({ id: 'm', role: 'member', address: '127.0.0.1:1' }))).to.equal(null)
    expect(codeOf(host.refusals)).to.equal('REFUSED malformed')
  })

  const malformed: readonly (readonly [what: string, said: Hello])[] = [
    ['no id', helloOf({ id: '' })],
    ['a nonce that is too short to be its own', helloOf({ id: 'm', nonce: newNonce().slice(1) })],
    ['no nonce', helloOf({ id: 'm', nonce: '' })],
  ]
  for (const [what, said] of malformed) {
    it(`refuses a node with ${what}`, async () => {
      expect(await refusalOf(await mesh.peer('host'), said)).to.equal('malformed')
    })
  }

  it('refuses a node with another protocol in the hello than in the header, or none in the header', async () => {
    const host = await mesh.peer('host')
    expect(await refusalOf(host, helloOf({ id: 'm', protocol: protocolVersion + 1 }))).to.equal('protocol')
    const hello = parts.hello.encode(helloOf({ id: 'm' }))
    expect((await ask(host.address, paths.hello, { [headers.hello]: hello })).body).to.equal('malformed')
    // The header is read first: what follows may be of a version that this one cannot read.
    const another = { [headers.protocol]: String(protocolVersion + 1), [headers.hello]: 'x' }
    expect((await ask(host.address, paths.hello, another)).body).to.equal('protocol')
  })

  it('refuses an observer under the id of a connected member, and under the id of the node that it dials', async () => {
    const [host, member] = [await mesh.peer('host'), await mesh.peer('m')]
    await join(member, host)
    expect(await refusalOf(host, helloOf({ id: 'm', role: 'observer' }))).to.equal('idTaken')
    expect(await refusalOf(host, helloOf({ id: 'host', role: 'observer' }))).to.equal('idTaken')
    expect(host.transport.isConnected('m')).to.equal(true)
  })

  it('accepts a member under the id of an observer, whose place it takes', async () => {
    const host = await mesh.peer('host')
    const watcher = await observer('m', host)
    const member = await mesh.peer('m')
    member.transport.dial(host.address)
    await Promise.all([member.untilConnected(host), watcher.until(() => watcher.log.length > 1)])
    await host.until(() => host.infos.get('m')?.role === 'member' && host.transport.isConnected('m'))
    expect(watcher.log.at(-1)).to.match(/^disconnected host/)
    expect(host.infos.get('m')?.address).to.equal(member.address)
  })

  it('accepts the same member again from the same address, but none with its id from another', async () => {
    const [host, member] = [await mesh.peer('host'), await mesh.peer('m')]
    await join(member, host)
    expect(await refusalOf(host, helloOf({ id: 'm', address: member.address }))).to.equal(null)
    expect(await refusalOf(host, helloOf({ id: 'm', address: '127.0.0.1:1' }))).to.equal('idTaken')
    expect(await refusalOf(host, helloOf({ id: 'm' }))).to.equal('idTaken')
  })

  it('judges a node once more at the upgrade, since another may have come with the id meanwhile', async () => {
    const [host, member] = [await mesh.peer('host'), await mesh.peer('m')]
    const late = [await proven(host.address, 'm', undefined, { role: 'observer' }), await proven(host.address, 'm')]
    await join(member, host)
    for (const upgrade of late) {
      const heard: string[] = []
      await knock(host.address, upgrade, (socket) => {
        socket.on('message', (data) => {
          heard.push(String(data))
          if (heard.length === 2) socket.close()
        })
        socket.send('40')
      })
      expect(heard[1]).to.equal('44duplicate')
      expect(host.log).to.deep.equal(['connected m'])
    }
    expect(member.log).to.deep.equal(['connected host'])
  })

  it('refuses a node whose hello was proven, as an overheard one is, and whose upgrade was not', async () => {
    const secret = 'the secret of this test'
    const host = await mesh.peer('host', { secret })
    const said = helloOf({ id: 'm' }, secret)
    const upgradeBy = async (by: string): Promise<Record<string, string>> => {
      const { answer } = await greet(host.address, { ...said })
      if (answer === null) throw new Error('no answer')
      const asked = { name: answer.nonce, offsetMs: 0, previous: '', proof: '' }
      return { [headers.upgrade]: parts.upgrade.encode({ ...asked, proof: proveUpgrade(by, said, answer, asked) }) }
    }
    expect(await knock(host.address, await upgradeBy('the secret of a guesser'))).to.equal('refused')
    expect(codeOf(host.refusals)).to.equal('REFUSED secret')
    expect(await knock(host.address, await upgradeBy(secret), (socket) => socket.close())).to.match(/^closed/)
  })

  it('accepts a node with the id of one that does not open the connection for which it was dialled', async () => {
    const [host, member] = [await mesh.peer('host'), await mesh.peer('m')]
    const dead = createServer((request, response) => {
      if (request.url !== paths.hello) return
      const answer: Answer = { id: 'm', address: '127.0.0.1:1', role: 'member', nonce: newNonce(), wallMs: 0, proof: '' }
      response.writeHead(200, { [headers.protocol]: String(protocolVersion) }).end(parts.answer.encode(answer))
    })
    const asked = new Promise<Duplex>((resolve) => dead.once('upgrade', (_, socket) => resolve(socket)))
    await new Promise<void>((resolve) => dead.listen(0, '127.0.0.1', resolve))
    try {
      host.transport.dial(`127.0.0.1:${(dead.address() as AddressInfo).port}`)
      const socket = await asked
      expect(await refusalOf(host, helloOf({ id: 'm', address: member.address }))).to.equal(null)
      socket.destroy()
    } finally {
      dead.closeAllConnections()
      dead.close()
    }
  })

  it('refuses all nodes once the listener is being closed', async () => {
    const host = await mesh.peer('host')
    const heard: string[] = []
    await knock(host.address, await proven(host.address, 'm'), (socket) => {
      socket.on('message', (data) => {
        heard.push(String(data))
        if (heard.length > 1) return socket.close()
        void host.transport.close()
        socket.send('40')
      })
    })
    expect(heard[1]).to.equal('44duplicate')
    await host.transport.close()
    expect(host.log).to.deep.equal([])
  })

  it('accepts as many observers as there is room for, and they take no place of a member', async () => {
    // An eighth of the connections is for observers.
    const host = await mesh.peer('host', { connectionsMax: 8 })
    await join(await mesh.peer('m0'), host)
    await observer('o1', host)
    expect(await refusalOf(host, helloOf({ id: 'o2', role: 'observer' }))).to.equal('busy')
    expect(await refusalOf(host, helloOf({ id: 'o1', role: 'observer' })), 'the same again').to.equal(null)
    expect(await refusalOf(host, helloOf({ id: 'm1' }))).to.equal(null)
  })

  it('refuses further nodes once all connections are taken, except nodes that are connected already', async () => {
    const host = await mesh.peer('host', { connectionsMax: 2 })
    const members = [await mesh.peer('m1'), await mesh.peer('m2')]
    for (const member of members) await join(member, host)
    expect(await refusalOf(host, helloOf({ id: 'm3' }))).to.equal('busy')
    expect(await refusalOf(host, helloOf({ id: 'm1', address: members[0]?.address ?? '' }))).to.equal(null)
  })
})
