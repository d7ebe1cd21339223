import type { EventEmitter } from 'node:events'
import { expect } from 'chai'
import * as ws from 'ws'
import { joinedBytesMax, websocketFrame } from '../../lib/mesh/websocket-frame.ts'

/** The half of `ws` that reads, which its types do not name. */
const { Receiver } = ws as unknown as {
  readonly Receiver: new (options: { isServer: boolean }) => EventEmitter & { write(bytes: Uint8Array): void }
}

describe('mesh: a websocket frame in one buffer', () => {
  for (const masking of ['none', 'zero', 'random'] as const) {
    it(`with masking '${masking}' is what a websocket reads as that message, at every length where the header changes`, async () => {
      for (const length of [0, 1, 2, 125, 126, 127, 255, 256, 16_383, joinedBytesMax]) {
        const payload = Uint8Array.from({ length }, (_, index) => index * 7)
        const receiver = new Receiver({ isServer: masking !== 'none' })
        const read = new Promise<readonly [Buffer, boolean]>((resolve, reject) => {
          receiver.on('message', (data: Buffer, isBinary: boolean) => resolve([data, isBinary]))
          receiver.on('error', reject)
        })
        receiver.write(websocketFrame(payload, masking))
        const [data, isBinary] = await read
        expect(isBinary).to.equal(true)
        expect(data.equals(payload), `${length} bytes`).to.equal(true)
      }
    })
  }

  it('with random masking draws a key for each frame, and hides the payload', () => {
    const payload = Buffer.alloc(64, 7)
    const frames = Array.from({ length: 5_000 }, () => Buffer.from(websocketFrame(payload, 'random')))
    const keys = frames.map((frame) => frame.readUInt32BE(2))
    expect(new Set(keys).size).to.be.greaterThan(4_990)
    expect(frames.filter((frame) => frame.includes(payload.subarray(0, 8))).length).to.be.lessThan(2)
  })
})
