/**
 * A process of a test's own. `listen ID`: listens as a peer, tells its address, and stays. `unref ID`: two peers that
 * keep no process alive connect; nothing is closed, and it ends by itself when the parent has let it go.
 */
import { serveParent } from '../../lib/children/parent.ts'
import { systemWorld } from '../../lib/mesh/system-world.ts'
import { join, TestPeer } from './peers.ts'

const [, , what, id = 'child'] = process.argv
const parent = serveParent<object, string>({})
if (what === 'listen') {
  const peer = await new TestPeer(id).open(systemWorld())
  parent.tell(peer.address)
} else {
  const world = systemWorld({ unref: true })
  const [a, b] = [await new TestPeer('a').open(world), await new TestPeer('b').open(world)]
  world.setTimer(1_000_000, () => undefined)
  // Nothing of theirs keeps the loop going, so a timer has to until they are connected.
  const alive = setInterval(() => undefined, 1_000)
  await join(a, b)
  clearInterval(alive)
  parent.outlive()
  parent.tell('connected')
}
