import { expect } from 'chai'
import { newNonce, type Hello } from '../../lib/mesh/handshake.ts'
import { protocolVersion } from '../../lib/wire/messages.ts'
import { ask, greet, helloOf, knock, proven } from './knocking.ts'
import { codeOf, join, TestMesh, type TestPeer } from './peers.ts'

describe('mesh: who is let in at the door', () => {
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

  it('is an observer that gives no address: with one it could stand where a node is looked for', async () => {
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
    it(`is nobody with ${what}`, async () => {
      expect(await refusalOf(await mesh.peer('host'), said)).to.equal('malformed')
    })
  }

  it('is nobody who speaks another protocol in the hello than in the header, or none in the header', async () => {
    const host = await mesh.peer('host')
    expect(await refusalOf(host, helloOf({ id: 'm', protocol: protocolVersion + 1 }))).to.equal('protocol')
    const { body } = await ask(host.address, '/holdfast/hello', { 'holdfast-hello': 'x' })
    expect(body).to.equal('malformed')
  })

  it('is no observer under the id of a member that is connected, nor under the one of whom it dials', async () => {
    const [host, member] = [await mesh.peer('host'), await mesh.peer('m')]
    await join(member, host)
    expect(await refusalOf(host, helloOf({ id: 'm', role: 'observer' }))).to.equal('idTaken')
    expect(await refusalOf(host, helloOf({ id: 'host', role: 'observer' }))).to.equal('idTaken')
    expect(host.transport.isConnected('m')).to.equal(true)
  })

  it('is a member under the id of an observer, whose place it takes', async () => {
    const host = await mesh.peer('host')
    const watcher = await observer('m', host)
    const member = await mesh.peer('m')
    member.transport.dial(host.address)
    await Promise.all([member.untilConnected(host), watcher.until(() => watcher.log.length > 1)])
    await host.until(() => host.infos.get('m')?.role === 'member' && host.transport.isConnected('m'))
    expect(watcher.log.at(-1)).to.match(/^disconnected host/)
    expect(host.infos.get('m')?.address).to.equal(member.address)
  })

  it('is the same member again from the same address, but none of its id from another', async () => {
    const [host, member] = [await mesh.peer('host'), await mesh.peer('m')]
    await join(member, host)
    expect(await refusalOf(host, helloOf({ id: 'm', address: member.address }))).to.equal(null)
    expect(await refusalOf(host, helloOf({ id: 'm', address: '127.0.0.1:1' }))).to.equal('idTaken')
    expect(await refusalOf(host, helloOf({ id: 'm' }))).to.equal('idTaken')
  })

  it('is judged once more at the upgrade, since somebody else may have come with the id meanwhile', async () => {
    const [host, member] = [await mesh.peer('host'), await mesh.peer('m')]
    const late = [await proven(host.address, 'm', undefined, { role: 'observer' }), await proven(host.address, 'm')]
    await join(member, host)
    for (const headers of late) {
      const heard: string[] = []
      await knock(host.address, headers, (socket) => {
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

  it('is as many observers as there is room for, and they take no place of a member', async () => {
    // An eighth of the connections is for observers.
    const host = await mesh.peer('host', { connectionsMax: 8 })
    await observer('o1', host)
    expect(await refusalOf(host, helloOf({ id: 'o2', role: 'observer' }))).to.equal('busy')
    expect(await refusalOf(host, helloOf({ id: 'o1', role: 'observer' })), 'the same again').to.equal(null)
    expect(await refusalOf(host, helloOf({ id: 'm1' }))).to.equal(null)
  })

  it('is nobody more once all connections are taken, but whoever is connected already', async () => {
    const host = await mesh.peer('host', { connectionsMax: 2 })
    const members = [await mesh.peer('m1'), await mesh.peer('m2')]
    for (const member of members) await join(member, host)
    expect(await refusalOf(host, helloOf({ id: 'm3' }))).to.equal('busy')
    expect(await refusalOf(host, helloOf({ id: 'm1', address: members[0]?.address ?? '' }))).to.equal(null)
  })
})
