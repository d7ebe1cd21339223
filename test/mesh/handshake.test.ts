import { leastOffsetMs } from '../../lib/mesh/dialler.ts'
import { expect } from 'chai'
import { OverloadedError } from '../../lib/base/errors.ts'
import type { Identity } from '../../lib/world/world.ts'
import { Challenges } from '../../lib/mesh/challenges.ts'
import { type Answer, type Hello, parts, proofsAgree, proveAnswer, proveHello, proveUpgrade } from '../../lib/mesh/handshake.ts'
import type { SystemWorldOptions } from '../../lib/mesh/system-world.ts'
import { protocolVersion } from '../../lib/wire/messages.ts'
import { codeOf, join, TestMesh } from './peers.ts'

const secret = 'the secret of this test'

describe('mesh: the handshake', () => {
  const mesh = new TestMesh()
  afterEach(() => mesh.close())

  it('connects nodes that share a secret', async () => {
    const [a, b] = [await mesh.peer('a', {}, { secret }), await mesh.peer('b', { secret })]
    await join(a, b)
    expect([...a.refusals, ...b.refusals, ...a.failures]).to.have.length(0)
  })

  it('tells each how far off the other clock is, with opposite signs', async () => {
    const [a, b] = [await mesh.peer('a'), await mesh.peer('b')]
    await join(a, b)
    const [seenByA, seenByB] = [a.infos.get('b')?.wallOffsetMs as number, b.infos.get('a')?.wallOffsetMs as number]
    expect(seenByA).to.equal(-seenByB)
    expect(Math.abs(seenByA)).to.be.lessThan(1_000)
  })

  interface Case {
    readonly name: string
    readonly dialler: SystemWorldOptions
    readonly listener: SystemWorldOptions
    readonly identity?: Partial<Identity>
    readonly code: string
    readonly says: readonly [RegExp, RegExp]
  }
  const cases: readonly Case[] = [
    {
      name: 'another secret',
      dialler: { secret: 'another secret' },
      listener: { secret },
      code: 'REFUSED secret',
      says: [/another secret/, /its secret is not/],
    },
    {
      name: 'no secret where one is demanded',
      dialler: {},
      listener: { secret },
      code: 'REFUSED secret',
      says: [/demands a secret/, /has no secret/],
    },
    {
      name: 'a secret where there is none',
      dialler: { secret },
      listener: {},
      code: 'REFUSED secret',
      says: [/has no secret/, /has a secret/],
    },
    {
      name: 'another cluster',
      dialler: {},
      listener: {},
      identity: { cluster: 'other' },
      code: 'REFUSED cluster',
      says: [/another cluster/, /"other", this node to "test"/],
    },
    {
      name: 'another protocol version',
      dialler: { protocol: 99 },
      listener: {},
      code: 'REFUSED protocol',
      says: [
        new RegExp(`protocol "${protocolVersion}", this node 99`),
        new RegExp(`protocol "99", this node ${protocolVersion}`),
      ],
    },
  ]
  for (const { name, dialler, listener, identity, code, says } of cases) {
    it(`refuses ${name}, on both sides and with what to do`, async () => {
      const [a, b] = [await mesh.peer('a', dialler, identity), await mesh.peer('b', listener)]
      a.transport.dial(b.address)
      await Promise.all([a.until(() => a.failures.length === 1), b.until(() => b.refusals.length === 1)])
      expect([codeOf(a.failures), codeOf(b.refusals)]).to.deep.equal([code, code])
      expect(a.failures[0]).to.include({ address: b.address })
      expect(a.failures[0]?.error.message).to.match(says[0])
      expect(b.refusals[0]?.error.message).to.match(says[1])
      expect([...a.log, ...b.log]).to.deep.equal(['dialFailed', 'refused'])
    })
  }

  it('finds out that it dials itself', async () => {
    const a = await mesh.peer('a')
    a.transport.dial(a.address)
    await a.until(() => a.failures.length === 1)
    expect(codeOf(a.failures)).to.equal('REFUSED self')
    expect(a.log).to.deep.equal(['dialFailed'])
  })

  it('takes no more connections than its bound', async () => {
    const [a, b, c] = [await mesh.peer('a', { connectionsMax: 1 }), await mesh.peer('b'), await mesh.peer('c')]
    await join(b, a)
    c.transport.dial(a.address)
    await Promise.all([c.until(() => c.failures.length === 1), a.until(() => a.refusals.length === 1)])
    expect(c.failures[0]?.error).to.be.instanceOf(OverloadedError)
    expect(a.refusals[0]?.error).to.be.instanceOf(OverloadedError)
  })
})

describe('mesh: the proofs', () => {
  const hello: Hello = {
    protocol: protocolVersion,
    cluster: 'c',
    id: 'a',
    address: 'a:1',
    dialled: 'b:1',
    role: 'member',
    nonce: 'n',
    wallMs: 5,
    hasSecret: true,
    proof: '',
  }
  const answer: Answer = { id: 'b', address: 'b:1', role: 'member', nonce: 'm', wallMs: 6, proof: '' }
  const upgrade = { name: 'm', offsetMs: 1, previous: '', proof: '' }

  it('change with the secret and with everything that is said', () => {
    const proofs = [
      proveHello(secret, hello),
      proveHello('other', hello),
      ...(['cluster', 'id', 'address', 'dialled', 'nonce'] as const).map((field) =>
        proveHello(secret, { ...hello, [field]: 'x' }),
      ),
      proveHello(secret, { ...hello, role: 'observer' }),
      proveHello(secret, { ...hello, wallMs: 9 }),
      proveHello(secret, { ...hello, protocol: 99 }),
      proveHello(secret, { ...hello, hasSecret: false }),
      proveAnswer(secret, hello, answer),
      proveAnswer(secret, { ...hello, nonce: 'x' }, answer),
      ...(['id', 'address', 'nonce'] as const).map((field) => proveAnswer(secret, hello, { ...answer, [field]: 'x' })),
      proveUpgrade(secret, hello, answer, upgrade),
      proveUpgrade(secret, hello, { ...answer, nonce: 'x' }, upgrade),
      proveUpgrade(secret, hello, answer, { ...upgrade, previous: 'x' }),
      proveUpgrade(secret, hello, answer, { ...upgrade, offsetMs: 2 }),
    ]
    expect(new Set(proofs).size).to.equal(proofs.length)
    expect(proofsAgree(proveHello(secret, hello), proveHello(secret, { ...hello }))).to.equal(true)
    expect(proofsAgree(proofs[0] as string, proofs[1] as string)).to.equal(false)
    expect(proofsAgree('', proofs[1] as string)).to.equal(false)
  })

  it('travel with what was said, and what does not fit is nothing', () => {
    expect(parts.hello.decode(parts.hello.encode(hello))).to.deep.equal(hello)
    const tuple = [protocolVersion, 'c', 'a', 'a:1', 'b:1', 0, 'n', 5, true, '']
    const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    expect(parts.hello.decode(encode(tuple))).to.deep.equal(hello)
    const misfits = [
      undefined,
      '',
      '{',
      encode(null),
      encode({}),
      encode([]),
      encode(tuple.slice(1)),
      encode([...tuple, 1]),
      encode({ ...tuple }),
      encode(tuple.with(2, 7)),
      encode(tuple.with(2, 'x'.repeat(65))),
      encode(tuple.with(5, 2)),
      encode(tuple.with(7, '5')),
      encode(tuple.with(8, 0)),
      'A'.repeat(100_000),
    ]
    for (const misfit of misfits) expect(parts.hello.decode(misfit), String(misfit).slice(0, 40)).to.equal(null)
  })

  it('serve once, for a while, and so many at a time', () => {
    const challenges = new Challenges(100, 2)
    const add = (nonce: string, helloNonce: string, nowMs: number): boolean =>
      challenges.add({ ...hello, nonce: helloNonce }, { ...answer, nonce }, nowMs)
    expect(add('m', '1', 0)).to.equal(true)
    expect(add('o', '2', 50)).to.equal(true)
    expect(add('p', '3', 60)).to.equal(false)
    expect(challenges.take('m', 70)?.hello.nonce).to.equal('1')
    expect(challenges.take('m', 70)).to.equal(null)
    expect(challenges.take('unknown', 70)).to.equal(null)
    expect(add('q', '4', 140)).to.equal(true)
    expect(challenges.take('o', 151)).to.equal(null)
    expect(add('r', '5', 150)).to.equal(true)
    expect(challenges.take('q', 241)).to.equal(null)
    expect(challenges.take('r', 241)?.answer.nonce).to.equal('r')
  })

  it('are not asked for by a hello that was recorded and is sent again, as long as its answer waits', () => {
    const challenges = new Challenges(100, 10)
    expect(challenges.add(hello, { ...answer, nonce: '1' }, 0)).to.equal(true)
    expect(challenges.add(hello, { ...answer, nonce: '2' }, 1)).to.equal(false)
    expect(challenges.take('1', 2)).to.not.equal(null)
    expect(challenges.add(hello, { ...answer, nonce: '3' }, 3)).to.equal(true)
    expect(challenges.add(hello, { ...answer, nonce: '4' }, 104)).to.equal(true)
  })
})

describe('how far apart two clocks are, by one round trip', () => {
  it('is the smallest offset that explains the readings: a slow round trip proves no clock wrong', () => {
    expect(leastOffsetMs(1000, 1000, 0)).to.equal(0)
    expect(leastOffsetMs(5000, 1000, 2), 'read before now, so it was ahead by as much').to.equal(4000)
    expect(leastOffsetMs(1000, 5000, 2)).to.equal(-3998)
    expect(leastOffsetMs(1000, 5000, 4700), 'this process stood still after the other had answered').to.equal(0)
  })
})
