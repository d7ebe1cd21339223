import { expect } from 'chai'
import { authority, node, stranger } from './certificates.ts'
import { join, TestMesh, text } from './peers.ts'

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

  for (const [name, tls] of [
    ['whom another authority has signed', stranger],
    ['who trusts the authority and is not trusted by it', { ...stranger, ca: authority }],
    ['who has no certificate of the kind', undefined],
  ] as const) {
    it(`has nothing to do with somebody ${name}`, async () => {
      const [a, b] = [await mesh.peer('a', tls === undefined ? {} : { tls }), await mesh.peer('b', { tls: node })]
      a.transport.dial(b.address)
      b.transport.dial(a.address)
      await Promise.all([a, b].map((peer) => peer.until(() => peer.failures.length === 1)))
      expect([...a.log, ...b.log]).to.deep.equal(['dialFailed', 'dialFailed'])
    })
  }
})
