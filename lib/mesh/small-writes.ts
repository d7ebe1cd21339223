/** This file joins the header and the payload of a small websocket frame into one write, which costs less than two. */
import type { Socket } from 'node:net'

/** What the stream calls when several pieces wait; part of the contract between a stream and its implementer. */
interface StreamDoors {
  _write(chunk: Uint8Array, encoding: string, callback: (error?: Error | null) => void): void
  _writev: ((chunks: readonly { readonly chunk: Uint8Array }[], callback: (error?: Error | null) => void) => void) | null
}

/** Below this a copy is cheaper than a gathering write. */
const copyBytesMax = 16_384

/**
 * Writes the header and the payload of a small websocket frame in one plain write. The websocket hands over two pieces,
 * and a gathering write of two (`writev`) costs the kernel and the runtime half as much again as a plain one of both,
 * which is most of what an acquire costs.
 */
export function joinSmallWrites(socket: Socket): void {
  const doors = socket as unknown as StreamDoors
  const gather = doors._writev?.bind(socket)
  if (gather === undefined) return
  doors._writev = (chunks, callback) => {
    let bytes = 0
    for (const { chunk } of chunks) {
      if (!(chunk instanceof Uint8Array)) return gather(chunks, callback)
      bytes += chunk.length
    }
    if (bytes > copyBytesMax) return gather(chunks, callback)
    doors._write(
      Buffer.concat(
        chunks.map(({ chunk }) => chunk),
        bytes,
      ),
      'buffer',
      callback,
    )
  }
}
