/**
 * A stranger of the tests' own, with no secret: keeps so many connections open to a port and opens anew whichever is cut,
 * for half a minute at most, and tells how many were cut. `flooder.js PORT COUNT TEXT`: what each says after connecting.
 */
import { connect } from 'node:net'
import { serveParent } from '../../lib/children/parent.ts'

const parent = serveParent<object, number>({})

const [port, count, text = ''] = process.argv.slice(2)
let cuts = 0

function open(): void {
  const socket = connect(Number(port), '127.0.0.1', () => {
    if (text !== '') socket.write(text)
  })
  socket.on('error', () => undefined)
  socket.on('close', () => {
    cuts++
    setImmediate(open)
  })
  socket.resume()
}

for (let i = 0; i < Number(count); i++) open()
setInterval(() => parent.tell(cuts), 50)
setTimeout(() => process.exit(1), 30_000)
