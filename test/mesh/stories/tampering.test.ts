import { expect } from 'chai'
import { createServer } from 'node:http'
import { tagLength } from '../../../lib/mesh/frame-seal.ts'
import { headers, parts, paths, proveHello } from '../../../lib/mesh/handshake.ts'
import { protocolVersion } from '../../../lib/wire/messages.ts'
import { ask, greet, helloOf } from '../knocking.ts'
import { codeOf, TestMesh, type TestPeer, text } from '../peers.ts'
import { type Meddle, Relay, type Way } from '../relay.ts'

const secret = 'the secret of this test'

describe('mesh: a relay between two nodes with a secret', () => {
  const mesh = new TestMesh()
  const relays: Relay[] = []
  afterEach(async () => {
    for (const relay of relays.splice(0)) relay.close()
    await mesh.close()
  })

  const relayTo = async (peer: TestPeer): Promise<Relay> => {
    const relay = await Relay.to(peer.address)
    relays.push(relay)
    return relay
  }
  const joinThrough = async (relay: Relay, a: TestPeer, b: TestPeer): Promise<void> => {
    a.transport.dial(relay.address)
    await Promise.all([a.untilConnected(b), b.untilConnected(a)])
  }
  const say = (from: TestPeer, to: TestPeer, words: string): void => void from.transport.send(to.id, text(words), false)
  const heard = (peer: TestPeer): readonly string[] => peer.frames.map(({ bytes }) => bytes.toString())

  it('can read, and lets pass what it does not touch', async () => {
    const [a, b] = [await mesh.peer('a', { secret }), await mesh.peer('b', { secret })]
    const relay = await relayTo(b)
    await joinThrough(relay, a, b)
    for (let i = 0; i < 50; i++) {
      say(a, b, `to b ${i}`)
      say(b, a, `to a ${i}`)
    }
    await Promise.all([a, b].map((peer) => peer.until(() => peer.frames.length === 50)))
    expect(relay.pairs[0]?.seen.toListener[7]?.toString('latin1', 0, 6)).to.equal('to b 7')
    expect([...a.tamperings, ...b.tamperings]).to.deep.equal([])
  })

  const changed = (payload: Buffer): Buffer => {
    const copy = Buffer.from(payload)
    copy[0] = (copy[0] as number) ^ 1
    return copy
  }
  let kept: Buffer | null = null
  const attacks: readonly (readonly [string, Meddle, readonly string[]])[] = [
    ['alters a frame', (payload) => [changed(payload)], []],
    ['makes a frame up', (payload) => [payload, Buffer.concat([text('made up'), Buffer.alloc(tagLength)])], ['1']],
    ['sends what is too short to be sealed', (payload) => [payload, Buffer.alloc(tagLength - 1)], ['1']],
    ['sends an empty frame', (payload) => [payload, Buffer.alloc(0)], ['1']],
    ['repeats a frame', (payload) => [payload, payload], ['1']],
    [
      'leaves a frame out',
      (payload) => {
        const isFirst = kept === null
        kept ??= payload
        return isFirst ? [] : [payload]
      },
      [],
    ],
    [
      'puts two frames in another order',
      (payload) => {
        const first = kept
        kept ??= payload
        return first === null ? [] : [payload, first]
      },
      [],
    ],
  ]
  for (const [name, attack, expected] of attacks) {
    for (const way of ['toListener', 'toDialler'] as const satisfies readonly Way[]) {
      it(`ends the connection when it ${name} ${way === 'toListener' ? 'to the listener' : 'to the dialler'}`, async () => {
        const [a, b] = [await mesh.peer('a', { secret }), await mesh.peer('b', { secret })]
        const [from, to] = way === 'toListener' ? [a, b] : [b, a]
        const relay = await relayTo(b)
        kept = null
        relay.meddle = (payload, towards, pair) => (towards === way ? attack(payload, towards, pair) : [payload])
        await joinThrough(relay, a, b)
        say(from, to, '1')
        say(from, to, '2')
        await to.until(() => to.tamperings.length === 1 && to.log.some((entry) => entry.startsWith('disconnected')))
        await from.until(() => from.log.some((entry) => entry.startsWith('disconnected')))
        expect(heard(to)).to.deep.equal(expected)
        expect(to.tamperings[0]).to.include({ peer: from.id })
        expect(to.tamperings[0]?.message).to.match(/altered, invented, repeated or dropped/)
        expect(to.log.slice(-2)).to.deep.equal(['frameTampered', `disconnected ${from.id} ${to.tamperings[0]?.message}`])
        // On an honest path they find each other again.
        relay.meddle = (payload) => [payload]
        await joinThrough(relay, a, b)
        say(from, to, '3')
        await to.until(() => to.frames.length === expected.length + 1)
        expect(heard(to).at(-1)).to.equal('3')
      })
    }
  }

  it('cannot turn a frame back on who sent it', async () => {
    const [a, b] = [await mesh.peer('a', { secret }), await mesh.peer('b', { secret })]
    const relay = await relayTo(b)
    relay.meddle = (payload, way, pair) => {
      pair.send(way === 'toListener' ? 'toDialler' : 'toListener', payload)
      return []
    }
    await joinThrough(relay, a, b)
    say(a, b, 'mine')
    await a.until(() => a.tamperings.length === 1)
    await joinThrough(relay, a, b)
    say(b, a, 'mine')
    await b.until(() => b.tamperings.length === 1)
    expect([...heard(a), ...heard(b)]).to.deep.equal([])
  })

  it('cannot put a frame into the connection of another pair, or into a later one of the same', async () => {
    const [a, b, c] = [await mesh.peer('a', { secret }), await mesh.peer('b', { secret }), await mesh.peer('c', { secret })]
    const [relay, other] = [await relayTo(b), await relayTo(b)]
    await joinThrough(relay, a, b)
    await joinThrough(other, c, b)
    say(a, b, 'first')
    await b.until(() => b.frames.length === 1)
    const stolen = relay.pairs[0]?.seen.toListener[0] as Buffer
    other.meddle = () => [stolen]
    say(c, b, 'of c')
    await b.until(() => b.tamperings.length === 1)
    expect(b.tamperings[0]).to.include({ peer: 'c' })
    a.transport.disconnect('b', 'anew')
    await b.until(() => !b.transport.isConnected('a'))
    relay.meddle = () => [stolen]
    await joinThrough(relay, a, b)
    say(a, b, 'again')
    await b.until(() => b.tamperings.length === 2)
    expect(b.tamperings[1]).to.include({ peer: 'a' })
    expect(heard(b)).to.deep.equal(['first'])
  })

  it('could do all of it where there is no secret, which is what the seal is for', async () => {
    const [a, b] = [await mesh.peer('a'), await mesh.peer('b')]
    const relay = await relayTo(b)
    relay.meddle = (payload) => [Buffer.from('made up'), payload, payload]
    await joinThrough(relay, a, b)
    say(a, b, '1')
    await b.until(() => b.frames.length === 3)
    expect(heard(b)).to.deep.equal(['made up', '1', '1'])
  })

  it('cannot change what is said in the hello, nor take the proof out of it', async () => {
    const b = await mesh.peer('b', { secret })
    const said = helloOf({ id: 'a', address: '127.0.0.1:1' }, secret)
    const forgeries = [
      { ...said, id: 'x' },
      { ...said, address: '127.0.0.1:2' },
      { ...said, dialled: b.address },
      { ...said, address: '', role: 'observer' as const },
      { ...said, wallMs: said.wallMs + 1 },
      { ...said, nonce: said.nonce.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')) },
      { ...said, proof: '' },
    ]
    for (const forged of forgeries) expect((await greet(b.address, forged)).body).to.equal('secretWrong')
    expect((await greet(b.address, { ...said, hasSecret: false, proof: '' })).body).to.equal('secretMissing')
    expect((await greet(b.address, { ...said, hasSecret: false })).body).to.equal('secretMissing')
    expect((await greet(b.address, { ...said, protocol: protocolVersion - 1 })).body).to.equal('protocol')
    expect((await greet(b.address, { ...said, nonce: '', proof: proveHello(secret, { ...said, nonce: '' }) })).body).to.equal(
      'malformed',
    )
  })

  it('cannot have a hello answered again while its answer waits', async () => {
    const b = await mesh.peer('b', { secret })
    const said = helloOf({ id: 'a', address: '127.0.0.1:1' }, secret)
    expect((await greet(b.address, said)).answer).to.not.equal(null)
    expect((await greet(b.address, said)).body).to.equal('busy')
  })

  it('cannot answer a dialler with its own hello, with an old answer, or with one of another role', async () => {
    const [a, b] = [await mesh.peer('a', { secret }), await mesh.peer('b', { secret })]
    const said = helloOf({ id: 'a', address: a.address }, secret)
    // Turned back on its maker, the hello is recognized.
    expect((await greet(a.address, said)).body).to.equal('self')
    // A dial to a, whose hello a relay led elsewhere: what b answers is b's, and a takes it for nothing else.
    const { answer } = await greet(b.address, said)
    expect(answer).to.include({ id: 'b', address: b.address })
    // The same answer to another hello, and a changed answer, by a listener without the secret.
    for (const forged of [answer, { ...answer, role: 'observer' }, { ...answer, proof: '' }, { ...answer, nonce: said.nonce }]) {
      const failures = await answerOf(a, parts.answer.encode(forged as NonNullable<typeof answer>))
      expect(failures).to.match(/REFUSED (secret|malformed)$/)
    }
    expect(await ask(b.address, paths.hello, { [headers.protocol]: String(protocolVersion) })).to.include({ body: 'malformed' })
  })

  /** What a dialler makes of an answer of a test's own. */
  const answerOf = async (dialler: TestPeer, body: string): Promise<string> => {
    const server = createServer((_request, response) => {
      response.setHeader(headers.protocol, String(protocolVersion))
      response.setHeader('connection', 'close')
      response.end(body)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const before = dialler.failures.length
    dialler.transport.dial(`127.0.0.1:${(server.address() as { port: number }).port}`)
    await dialler.until(() => dialler.failures.length === before + 1)
    server.close()
    return codeOf(dialler.failures.slice(before))
  }
})
