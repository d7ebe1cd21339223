import { expect } from 'chai'
import { createHmac, hkdfSync } from 'node:crypto'
import { FrameSeal, type FrameSeals, sealsOf, tagLength } from '../../lib/mesh/frame-seal.ts'
import type { Answer, Hello, Upgrade } from '../../lib/mesh/handshake.ts'

const key = Buffer.from(Array.from({ length: 32 }, (_, i) => i * 7 + 1))
const secret = 'the secret of this test'
const hello: Hello = {
  protocol: 4,
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
const upgrade = { name: 'm', offsetMs: 1, previous: '', proof: 'p' }

describe('mesh: the seal of a frame', () => {
  it("is HMAC-SHA256 over the frame's number and its bytes, cut to 16 bytes, for frames of every size", () => {
    const seal = new FrameSeal(key)
    for (const [number, length] of [0, 1, 55, 56, 200, 8_191, 8_192, 8_193, 100_000].entries()) {
      const frame = Buffer.alloc(length, number + 1)
      const counter = Buffer.alloc(8)
      counter.writeBigUInt64BE(BigInt(number))
      const expected = createHmac('sha256', key).update(counter).update(frame).digest().subarray(0, tagLength)
      expect(Buffer.from(seal.seal(frame)).equals(Buffer.concat([frame, expected])), `${length} bytes`).to.equal(true)
    }
  })

  it('opens what the other end sealed, in order', () => {
    const [one, other] = [new FrameSeal(key), new FrameSeal(key)]
    for (const text of ['', 'a', 'b'.repeat(20_000), 'c']) {
      const opened = other.open(one.seal(Buffer.from(text)))
      expect(opened === null ? null : Buffer.from(opened).toString()).to.equal(text)
    }
  })

  it('opens nothing in which any bit was changed, nor anything shorter or longer', () => {
    const sealed = Buffer.from(new FrameSeal(key).seal(Buffer.from('frame')))
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed)
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7))
      expect(new FrameSeal(key).open(changed), `bit ${bit}`).to.equal(null)
    }
    for (let length = 0; length < sealed.length; length++)
      expect(new FrameSeal(key).open(sealed.subarray(0, length)), `${length} bytes`).to.equal(null)
    expect(new FrameSeal(key).open(Buffer.concat([sealed, Buffer.alloc(1)]))).to.equal(null)
  })

  it('has another key for each direction, connection and handshake, and the same at both ends', () => {
    const frame = Buffer.from('frame')
    const ends = (...what: [string, Hello, Answer, Upgrade]) => ({
      dialler: sealsOf(...what, 'dialler') as FrameSeals,
      listener: sealsOf(...what, 'listener') as FrameSeals,
    })
    const plain: [string, Hello, Answer, Upgrade] = [secret, hello, answer, upgrade]
    const variants: [string, Hello, Answer, Upgrade][] = [
      plain,
      [`${secret}.`, hello, answer, upgrade],
      [secret, { ...hello, nonce: 'x' }, answer, upgrade],
      [secret, hello, { ...answer, nonce: 'x' }, upgrade],
      [secret, hello, answer, { ...upgrade, proof: 'x' }],
    ]
    const tags = variants.flatMap((variant) => {
      const [there, back] = [ends(...variant), ends(...variant)]
      const sent = there.dialler.sending.seal(frame)
      const returned = back.listener.sending.seal(frame)
      expect(there.listener.receiving.open(sent)).to.not.equal(null)
      expect(back.dialler.receiving.open(returned)).to.not.equal(null)
      return [sent, returned].map((sealed) => Buffer.from(sealed.subarray(frame.length)).toString('hex'))
    })
    expect(new Set(tags).size).to.equal(2 * variants.length)
    const expected = Buffer.from(hkdfSync('sha256', secret, 'n m', 'holdfast frames to the listener p', 32))
    expect(Buffer.from(new FrameSeal(expected).seal(frame)).equals(ends(...plain).dialler.sending.seal(frame))).to.equal(true)
  })
  it('is left out only where a dialler reached the very loopback address that the listener says is its own', () => {
    const isSealed = (dialled: string, address: string): boolean =>
      sealsOf(secret, { ...hello, dialled }, { ...answer, address }, upgrade, 'dialler') !== null
    expect(isSealed('127.0.0.1:7000', '127.0.0.1:7000')).to.equal(false)
    expect(isSealed('[::1]:7000', '[::1]:7000')).to.equal(false)
    // A relay of another user, at a port of its own or at another loopback address.
    expect(isSealed('127.0.0.1:7001', '127.0.0.1:7000')).to.equal(true)
    expect(isSealed('127.0.0.2:7000', '127.0.0.1:7000')).to.equal(true)
    expect(isSealed('10.0.0.1:7000', '10.0.0.1:7000')).to.equal(true)
    // A name leads where a name server says.
    expect(isSealed('localhost:7000', 'localhost:7000')).to.equal(true)
    expect(isSealed('', '')).to.equal(true)
  })
})
