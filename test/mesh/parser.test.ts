import { expect } from 'chai'
import fc from 'fast-check'
import { Decoder, Encoder, type Packet } from '../../lib/mesh/parser.ts'

const decoded = (frame: unknown): Packet[] => {
  const packets: Packet[] = []
  const decoder = new Decoder()
  decoder.on('decoded', (packet) => packets.push(packet))
  decoder.add(frame)
  return packets
}

describe('mesh: the parser', () => {
  it('makes of each packet exactly one frame, and of that the packet again', () => {
    const packets: Packet[] = [
      { type: 0, nsp: '/' },
      { type: 0, nsp: '/', data: { sid: 'abc' } },
      { type: 1, nsp: '/' },
      { type: 4, nsp: '/', data: { message: 'duplicate' } },
    ]
    for (const packet of packets) {
      const frames = new Encoder().encode(packet)
      expect(frames).to.have.length(1)
      expect(decoded(frames[0])).to.deep.equal([packet])
    }
  })

  it('passes on the bytes of an event unchanged, and leaves frames of bytes to listeners of the engine', () => {
    const bytes = Uint8Array.of(1, 2, 3)
    expect(new Encoder().encode({ type: 2, nsp: '/', data: ['frame', bytes] })[0]).to.equal(bytes)
    expect(decoded(Buffer.from(bytes))).to.deep.equal([])
  })

  it('makes of any text a packet of plain fields, or an error, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ maxLength: 400 }),
          fc.tuple(fc.integer({ min: 0, max: 9 }), fc.string()).map((parts) => parts.join('')),
        ),
        (text) => {
          let packets: Packet[]
          try {
            packets = decoded(text)
          } catch (error) {
            return error instanceof Error
          }
          expect(packets).to.have.length(1)
          expect(packets[0]).to.have.property('nsp', '/')
          expect([0, 1, 4]).to.include(packets[0]?.type)
          return true
        },
      ),
    )
  })

  it('takes no packet of another kind', () => {
    for (const frame of [undefined, null, 7, {}, '', '2["x"]', '3', '5', '6', '1 more', `0${'x'.repeat(256)}`, '０']) {
      expect(() => decoded(frame), String(frame)).to.throw()
    }
  })
})
