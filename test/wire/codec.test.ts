import { expect } from 'chai'
import fc from 'fast-check'
import { Mode } from '../../lib/base/mode.ts'
import { InvariantViolation } from '../../lib/base/assert.ts'
import { decode, encode } from '../../lib/wire/codec.ts'
import { nodeFormat } from '../../lib/mutex/format.ts'
import { cutMessage, encodeLoose, encodeOrdered, encodeRelayed, type Part } from '../../lib/wire/frame.ts'
import type { Message, MessageType } from '../../lib/wire/messages.ts'
import { WireError } from '../../lib/wire/schema.ts'
import { senders } from '../../lib/wire/senders.ts'
import { anyMessage, plainData } from './arbitrary.ts'

const { decodeFrame, joinParts, packMessage } = nodeFormat

const first = { link: 1, sequence: 1, ahead: 0, acknowledgedLink: 0, acknowledged: 0, wantsAnswer: false }

/** Decodes and tells only whether it was refused; anything but a WireError is passed on and fails the test. */
function tryFrame(bytes: Uint8Array): boolean {
  try {
    decodeFrame(bytes)
    return true
  } catch (error) {
    if (error instanceof WireError) return false
    throw error
  }
}

function sealPrototypes(): () => void {
  const watched = [Object.prototype, Array.prototype, Uint8Array.prototype, Map.prototype, RegExp.prototype, Error.prototype]
  const before = watched.map((prototype) => JSON.stringify(Object.getOwnPropertyNames(prototype).sort()))
  return () => {
    const after = watched.map((prototype) => JSON.stringify(Object.getOwnPropertyNames(prototype).sort()))
    expect(after).to.deep.equal(before)
    expect(({} as Record<string, unknown>).isAdmin).to.equal(undefined)
  }
}

describe('the codec', () => {
  it('gives back what was packed, for every message of the table', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 5 }), (batch) => {
        const frame = decodeFrame(
          encodeOrdered(
            { link: 7, sequence: 1, ahead: 0, acknowledgedLink: 3, acknowledged: 4, wantsAnswer: true },
            batch.map(packMessage),
          ),
        )
        expect(frame.kind === 'ordered' && frame.messages.map(plain)).to.deep.equal(batch.map(plain))
        for (const { type } of batch) seen.add(type)
      }),
      { numRuns: 500 },
    )
    expect([...seen].sort()).to.deep.equal((Object.keys(senders) as MessageType[]).sort())
  })

  it('gives back plain data of users: nested, with bytes, bigints and odd keys', () => {
    fc.assert(
      fc.property(plainData, (body) => {
        const frame = decodeFrame(encodeLoose([packMessage({ type: 'actor.tell', actor: 'a', body })]))
        expect(plain((frame.kind === 'loose' && frame.messages[0]) as Message)).to.deep.equal(
          plain({ type: 'actor.tell', actor: 'a', body }),
        )
      }),
      { numRuns: 500 },
    )
  })

  it('gives bytes that are the receiver’s own, not a window on the frame', () => {
    const bytes = encodeLoose([packMessage({ type: 'actor.tell', actor: 'a', body: new Uint8Array([1, 2, 3]) })])
    const frame = decodeFrame(bytes)
    bytes.fill(0)
    const body = frame.kind === 'loose' && frame.messages[0]?.type === 'actor.tell' ? frame.messages[0].body : null
    expect([...(body as Uint8Array)]).to.deep.equal([1, 2, 3])
  })

  it('refuses random bytes with a WireError and nothing else', () => {
    const unchanged = sealPrototypes()
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void tryFrame(bytes)),
      { numRuns: 5000 },
    )
    unchanged()
  })

  it('refuses every truncation of a frame', () => {
    fc.assert(
      fc.property(
        fc.array(anyMessage, { minLength: 1, maxLength: 3 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (batch, part) => {
          const bytes = encodeOrdered(first, batch.map(packMessage))
          expect(tryFrame(bytes.slice(0, Math.floor(bytes.length * part)))).to.equal(false)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('survives mutated frames', () => {
    const unchanged = sealPrototypes()
    const mutations = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(fc.array(anyMessage, { minLength: 1, maxLength: 3 }), mutations, (batch, changes) => {
        const bytes = encodeOrdered(first, batch.map(packMessage))
        for (const [at, value] of changes) bytes[at % bytes.length] = value
        tryFrame(bytes)
      }),
      { numRuns: 3000 },
    )
    unchanged()
  })

  it('refuses what msgpack can say and a frame cannot mean', () => {
    const bombs: Record<string, number[]> = {
      'an array of four thousand million': [0xdd, 0xff, 0xff, 0xff, 0xff],
      'a map of four thousand million': [0xdf, 0xff, 0xff, 0xff, 0xff],
      'a text longer than the input': [0xdb, 0xff, 0xff, 0xff, 0xff, 0x61],
      'bytes longer than the input': [0xc6, 0x7f, 0xff, 0xff, 0xff],
      'a record definition': [0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61, 0x01],
      'a regular expression': [0xc7, 0x05, 0x78, 0x92, 0xa2, 0x61, 0x2b, 0xa0],
      'an error': [0xc7, 0x04, 0x65, 0x93, 0xa1, 0x78, 0xc0],
      'a typed array': [0xc7, 0x02, 0x74, 0x01, 0x02],
      'a cycle': [0xd6, 0x69, 0, 0, 0, 1, 0x91, 0xd6, 0x70, 0, 0, 0, 1],
      'a date': [0xd6, 0xff, 0, 0, 0, 1],
      'the byte that is never used': [0xc1],
      'a map with numbers for keys': [0x82, 0x01, 0x02, 0x03, 0x04],
      'a map with a list for a key': [0x81, 0x91, 0x01, 0x02],
      'a map without its last value': [0x81, 0xa1, 0x61],
      nothing: [],
    }
    for (const [name, bytes] of Object.entries(bombs)) {
      expect(() => decode(new Uint8Array(bytes)), name).to.throw(WireError)
      expect(() => decode(new Uint8Array([0x92, 1, ...bytes])), `${name}, nested`).to.throw(WireError)
    }
  })

  it('refuses deep nesting, of any size, without recursion', () => {
    for (const depth of [33, 1000, 200_000]) {
      expect(() => decode(new Uint8Array(depth + 1).fill(0x91)), `${depth} arrays`).to.throw(WireError, /^nested deeper than 32$/)
      // The key of each map is an empty string.
      const maps = new Uint8Array(2 * depth + 1).map((_, i) => (i % 2 === 0 ? 0x81 : 0xa0))
      expect(() => decode(maps), `${depth} maps`).to.throw(WireError, /^nested deeper than 32$/)
    }
    expect(() => decode(new Uint8Array(32).fill(0x91)), 'deep enough, and cut off').to.throw(WireError, /truncated/)
  })

  it('allocates a small multiple of a hostile input', () => {
    const inputs = [
      Array.from({ length: 4000 }, () => [0xdc, 0xff, 0xff]).flat(),
      [0xdc, 0x27, 0x10, ...Array.from({ length: 10_000 }, () => 0x90)],
      Array.from({ length: 60_000 }, (_, i) => (i === 0 ? 0xdd : 0x9f)),
      [0xdd, 0, 3, 0x0d, 0x40, ...Array.from({ length: 200_000 }, () => 0x80)],
      [0xdd, 0, 3, 0x0d, 0x40, ...Array.from({ length: 200_000 }, () => 0x90)],
      [0xdd, 0, 3, 0x0d, 0x40, ...Array.from({ length: 200_000 }, () => [0xa1, 0x80 + 0x05]).flat()],
    ].map((bytes) => new Uint8Array(bytes))
    for (const input of inputs) {
      const before = process.memoryUsage().heapUsed
      for (let i = 0; i < 20; i++) tryFrame(input)
      expect(process.memoryUsage().heapUsed - before).to.be.below(20 * 32 * input.length + 8_000_000)
    }
  })

  it('lets no key of a peer’s near a prototype', () => {
    const unchanged = sealPrototypes()
    const evil = encode(Object.fromEntries([['a', 1]]))
    const named = Buffer.concat([
      Buffer.from([0x81, 0xa9]),
      Buffer.from('__proto__'),
      Buffer.from([0x81, 0xa7]),
      Buffer.from('isAdmin'),
      Buffer.from([0xc3]),
    ])
    expect(evil.length).to.be.greaterThan(0)
    const place = (Object.keys(senders) as MessageType[]).indexOf('actor.tell')
    const frame = Buffer.concat([Buffer.from([0x92, 1, 0x91, 0x92, place, 0x92, 0xa1, 0x61]), named])
    expect(tryFrame(frame)).to.equal(false)
    unchanged()
  })

  it('names the field at fault', () => {
    const place = (Object.keys(senders) as MessageType[]).indexOf('lock')
    const message = encode([1, [[place, [[1, 2], 'door', -1, [0, []]]]]])
    expect(() => decodeFrame(message)).to.throw(WireError, 'lock.counter')
    const elsewhere = encode([1, [[place, [[1, 2], 42, 0, [0, []]]]]])
    expect(() => decodeFrame(elsewhere)).to.throw(WireError, 'lock.lock: expected a text')
  })

  it('takes as many lists as a full frame of small messages has', () => {
    const view = { epoch: 1, digest: 2 }
    const carried = Array.from({ length: 10_000 }, (_, i) => ({
      lock: `${i}`,
      holder: 'a',
      mode: Mode.exclusive,
      fence: BigInt(i),
    }))
    const small = Array.from({ length: 4096 }, (_, sequence): Message => ({ type: 'swim.nack', sequence }))
    expect(tryFrame(encodeOrdered(first, small.map(packMessage)))).to.equal(true)
    expect(tryFrame(encodeOrdered(first, [packMessage({ type: 'view.claim', view, holds: carried, testimonies: [] })]))).to.equal(
      true,
    )
    expect(
      tryFrame(
        encodeOrdered(first, [packMessage({ type: 'actor.tell', actor: 'a', body: Array.from({ length: 9_990 }, () => ({})) })]),
      ),
    ).to.equal(true)
  })

  it('cuts a large message into parts that make it again, in their order only', () => {
    const message: Message = { type: 'actor.tell', actor: 'a', body: ['x'.repeat(50_000), 'y'.repeat(50_000)] }
    const parts = partsOf(cutMessage(packMessage(message), 4096))
    expect(parts.length).to.be.within(24, 26)
    expect(parts.map((part) => part.isLast)).to.deep.equal(parts.map((_, i) => i === parts.length - 1))
    expect(joinParts(parts.map((part) => part.bytes))).to.deep.equal(message)
    expect(() => joinParts(parts.map((part) => part.bytes).reverse())).to.throw(WireError)
    expect(() => joinParts(parts.slice(1).map((part) => part.bytes))).to.throw(WireError)
    expect(() => joinParts([cutMessage(packMessage(message), 4096)[0] as Uint8Array])).to.throw(WireError, 'a part within a part')
    expect(tryFrame(encodeLoose(cutMessage(packMessage(message), 4096)))).to.equal(false)
  })

  it('does not pack what no receiver would take', () => {
    const view = { epoch: 1, digest: 2 }
    const bodies = [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      2n ** 64n,
      'x'.repeat(65_537),
      () => 1,
      Symbol('s'),
      new Map(),
      new Date(),
      JSON.parse('{"__proto__":1}'),
    ]
    const cycle: unknown[] = []
    cycle.push(cycle)
    for (const body of [...bodies, cycle, Array.from({ length: 10_001 }, () => 0)]) {
      expect(() => packMessage({ type: 'actor.tell', actor: 'a', body })).to.throw(WireError)
    }
    expect(() => packMessage({ type: 'view.leave', view: { epoch: -1, digest: 2 } })).to.throw(InvariantViolation)
    expect(() => packMessage({ type: 'swim.nack', sequence: 0.5 })).to.throw(InvariantViolation)
    expect(() => packMessage({ type: 'actor.watch', actor: 'x'.repeat(257), watch: true })).to.throw(InvariantViolation)
    expect(() =>
      packMessage({
        type: 'view.claim',
        view,
        holds: [{ lock: 'a', holder: 'a', mode: Mode.shared, fence: 1n << 63n }],
        testimonies: [],
      }),
    ).to.throw(InvariantViolation)
  })

  it('cuts off a reason that is too long, rather than what it is a reason of', () => {
    const frame = decodeFrame(encodeLoose([packMessage({ type: 'actor.gone', actor: 'a', reason: 'x'.repeat(10_000) })]))
    expect(frame.kind === 'loose' && frame.messages[0]).to.deep.equal({
      type: 'actor.gone',
      actor: 'a',
      reason: 'x'.repeat(2048),
    })
  })

  it('carries a frame through a third unchanged', () => {
    const inner = encodeLoose([])
    const frame = decodeFrame(encodeRelayed('a', 'b', inner))
    expect(frame).to.deep.include({ kind: 'relayed', from: 'a', to: 'b' })
    expect(frame.kind === 'relayed' && [...frame.inner]).to.deep.equal([...inner])
  })
})

function partsOf(packed: readonly Uint8Array[]): Part[] {
  const frame = decodeFrame(encodeOrdered(first, packed))
  return frame.kind === 'ordered' ? frame.messages.filter((message) => message.type === 'part') : []
}

/** Bytes may come back as a Buffer: compare what they hold. */
function plain(value: unknown): unknown {
  if (value === 0) return 0 // the sign of a zero does not travel
  if (value instanceof Uint8Array) return { bytes: [...value] }
  if (Array.isArray(value)) return value.map(plain)
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]))
  return value
}
