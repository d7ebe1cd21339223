import { EventEmitter } from 'node:events'
import { expect } from 'chai'
import { Connection, type RawSocket } from '../../lib/mesh/connection.ts'
import { websocketFrame } from '../../lib/mesh/websocket-frame.ts'

/** A websocket and the engine over it, which hears what the websocket tells as socket.io's does. */
class Ends {
  readonly raw = Object.assign(new EventEmitter(), {
    bufferedAmount: 0,
    readyState: 1,
    _socket: { write: (bytes: Uint8Array) => void this.written.push(bytes) },
    send: (bytes: Uint8Array) => void this.sent.push(bytes),
    terminate: () => undefined,
  })
  readonly written: Uint8Array[] = []
  readonly sent: Uint8Array[] = []
  readonly heard: unknown[] = []
  readonly frames: Uint8Array[] = []
  waitsForSign = false
  readonly connection: Connection

  constructor(masking: 'none' | 'zero') {
    let hear: (data: unknown) => void = () => undefined
    this.raw.on('message', (data) => {
      this.heard.push(data)
      hear(data)
    })
    const engine = {
      close: () => undefined,
      onData: (listener: (data: unknown) => void) => void (hear = listener),
      waitsForSign: () => this.waitsForSign,
      onClose: () => undefined,
    }
    this.connection = new Connection(engine, this.raw as unknown as RawSocket, masking, null, {
      frame: (bytes) => void this.frames.push(bytes),
      tampered: () => undefined,
      closed: () => undefined,
    })
  }
}

describe('mesh: a connection', () => {
  it('takes binary messages before the engine, which hears of texts', () => {
    const { raw, heard, frames } = new Ends('none')
    raw.emit('message', Buffer.from('a'), true)
    raw.emit('message', '3', false)
    expect(frames.map(String)).to.deep.equal(['a'])
    expect(heard).to.deep.equal(['3'])
  })

  it('lets the engine hear of a binary message while it waits for a sign of life, and takes it once', () => {
    const ends = new Ends('none')
    ends.waitsForSign = true
    ends.raw.emit('message', Buffer.from('a'), true)
    ends.waitsForSign = false
    ends.raw.emit('message', Buffer.from('b'), true)
    expect(ends.frames.map(String)).to.deep.equal(['a', 'b'])
    expect(ends.heard.map(String)).to.deep.equal(['a'])
  })

  it('writes a small frame as one buffer, and leaves large ones and those of a closing websocket to the websocket', () => {
    const small = Buffer.from('small')
    const joined = new Ends('zero')
    joined.connection.send(small, false)
    expect(joined.written).to.deep.equal([websocketFrame(small, 'zero')])
    const large = Buffer.alloc(20_000)
    joined.connection.send(large, false)
    joined.raw.readyState = 2
    joined.connection.send(small, false)
    expect(joined.sent).to.deep.equal([large, small])
  })
})
