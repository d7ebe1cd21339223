import { expect } from 'chai'
import { once } from 'node:events'
import { connect } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { headers, parts, proveUpgrade } from '../../../lib/mesh/handshake.ts'
import { authority, elsewhere, expired, node, stranger } from '../certificates.ts'
import { greet, helloOf, knock } from '../knocking.ts'
import { codeOf, join, TestMesh, type TestPeer, text } from '../peers.ts'

describe('mesh: mutual TLS', () => {
  const mesh = new TestMesh()
  afterEach(() => mesh.close())

  it('carries frames between those whom one authority has signed, with no other secret', async () => {
    const [a, b] = [await mesh.peer('a', { tls: node }), await mesh.peer('b', { tls: node })]
    await join(a, b)
    a.transport.send('b', text('there'), false)
    await b.until(() => b.frames.length === 1)
    b.transport.send('a', text('back'), false)
    await a.until(() => a.frames.length === 1)
  })

  it('allows to listen beyond loopback', async () => {
    expect((await mesh.peer('a', { tls: node, listen: '0.0.0.0:0' })).address).to.match(/:\d+$/)
  })

  it('says that what it was given is no key', async () => {
    const error = await mesh.peer('a', { tls: { ...node, key: 'no key' } }).then(
      () => null,
      (reason: unknown) => reason,
    )
    expect(error).to.include({ code: 'BAD_OPTION', option: 'tls' })
  })

  for (const [name, tls, says] of [
    ['whom another authority has signed', stranger, /broke off the TLS handshake/],
    ['who trusts the authority and is not trusted by it', { ...stranger, ca: authority }, /another authority/],
    ['who does not speak TLS', undefined, /does not speak TLS/],
  ] as const) {
    it(`refuses a peer ${name}, and says why`, async () => {
      const [a, b] = [await mesh.peer('a', tls === undefined ? {} : { tls }), await mesh.peer('b', { tls: node })]
      a.transport.dial(b.address)
      await Promise.all([a.until(() => a.failures.length === 1), b.until(() => b.refusals.length === 1)])
      b.transport.dial(a.address)
      await Promise.all([b.until(() => b.failures.length === 1), a.until(() => a.refusals.length === 1)])
      expect([...a.log, ...b.log].filter((entry) => entry.startsWith('connected'))).to.deep.equal([])
      expect(codeOf(b.refusals)).to.equal('REFUSED tls')
      expect(b.refusals[0]?.error.message).to.match(says)
      expect(b.refusals[0]?.from).to.match(/^127\.0\.0\.1:\d+$/)
    })
  }

  /** A TLS client of a test's own, which says nothing after the handshake. */
  const shake = (address: string, options: ConnectionOptions): Promise<void> =>
    new Promise((resolve) => {
      const socket = connectTls({ host: '127.0.0.1', port: Number(address.split(':')[1]), ca: authority, ...options })
      socket.on('error', () => undefined)
      socket.on('close', () => resolve())
      socket.resume()
    })

  for (const [name, options, says] of [
    ['shows no certificate', {}, /shows no certificate/],
    ['shows one that has expired', expired, /has expired/],
    ['speaks an older TLS', { ...node, maxVersion: 'TLSv1.2' }, /no TLS 1.3/],
  ] as const) {
    it(`says of a dialler that it ${name}`, async () => {
      const a = await mesh.peer('a', { tls: node })
      await shake(a.address, options)
      await a.until(() => a.refusals.length === 1)
      expect(codeOf(a.refusals)).to.equal('REFUSED tls')
      expect(a.refusals[0]?.error.message).to.match(says)
    })
  }

  it('says of a dialler that it does not finish the handshake, and cuts it', async () => {
    const a = await mesh.peer('a', { tls: node, handshakeMs: 100 })
    const socket = connect(Number(a.address.split(':')[1]), '127.0.0.1')
    socket.on('error', () => undefined)
    await once(socket.resume(), 'close')
    expect(codeOf(a.refusals)).to.equal('REFUSED silent')
  })

  it('says nothing of a connection that comes and goes, as a check of the port does', async () => {
    const a = await mesh.peer('a', { tls: node })
    const socket = connect(Number(a.address.split(':')[1]), '127.0.0.1')
    await once(socket, 'connect')
    socket.destroy()
    await shake(a.address, {})
    await a.until(() => a.refusals.length === 1)
    expect(a.refusals[0]?.error.message).to.match(/shows no certificate/)
  })

  describe('a certificate', () => {
    const secret = 'the secret of this test'

    it('that does not name the address which its node gives is refused by who is dialled', async () => {
      const [a, b] = [await mesh.peer('a', { tls: node, advertise: 'elsewhere:0' }), await mesh.peer('b', { tls: node })]
      a.transport.dial(b.address)
      await Promise.all([a.until(() => a.failures.length === 1), b.until(() => b.refusals.length === 1)])
      expect([codeOf(a.failures), codeOf(b.refusals)]).to.deep.equal(['REFUSED identity', 'REFUSED identity'])
      expect(a.failures[0]?.error.message).to.match(
        /refused this node's certificate: it does not name the host of "elsewhere:\d+"/,
      )
      expect(b.refusals[0]?.error.message).to.match(/does not name the host of "elsewhere:\d+".*subjectAltName/)
    })

    it('that does not name the address which its node gives is refused by the dialler', async () => {
      const [a, b] = [await mesh.peer('a', { tls: node, advertise: 'elsewhere:0' }), await mesh.peer('b', { tls: node })]
      b.transport.dial(`127.0.0.1:${portOf(a)}`)
      await b.until(() => b.failures.length === 1)
      expect(codeOf(b.failures)).to.equal('REFUSED identity')
      expect(b.failures[0]?.error.message).to.match(/does not name the host of "elsewhere:\d+"/)
      expect([...a.log, ...b.log]).to.deep.equal(['dialFailed'])
    })

    it('that does not name the host which is dialled is refused, with the cure', async () => {
      const [a, b] = [await mesh.peer('a', { tls: node, listen: '0.0.0.0:0' }), await mesh.peer('b', { tls: node })]
      b.transport.dial(`127.0.0.2:${portOf(a)}`)
      await b.until(() => b.failures.length === 1)
      expect(b.failures[0]?.error.message).to.match(/127\.0\.0\.2 is not in the cert's list.*subjectAltName/)
    })

    it('refuses at the upgrade a peer that has proven the secret but not the name', async () => {
      const a = await mesh.peer('a', { tls: node, secret })
      const said = helloOf({ id: 's', address: '127.0.0.1:1' }, secret)
      const { answer } = await greet(a.address, said, node)
      if (answer === null) throw new Error('no answer')
      const asked = { name: answer.nonce, offsetMs: 0, previous: '', proof: '' }
      const set = { [headers.upgrade]: parts.upgrade.encode({ ...asked, proof: proveUpgrade(secret, said, answer, asked) }) }
      // The same authority has signed this one, for another host.
      expect(await knock(a.address, set, () => undefined, '', elsewhere)).to.equal('refused')
      expect(codeOf(a.refusals)).to.equal('REFUSED identity')
    })

    it('of an observer, which no node dials, need not name where it is', async () => {
      const a = await mesh.peer('a', { tls: node })
      const o = await mesh.peer('o', { tls: elsewhere }, { role: 'observer' })
      o.transport.dial(a.address)
      await Promise.all([o.untilConnected(a), a.untilConnected(o)])
    })
  })
})

function portOf(peer: TestPeer): string {
  return peer.address.split(':').at(-1) as string
}
