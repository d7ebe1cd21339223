/** A process of a test's own. `listen ID`: listens as a peer, sends its address, and stays. */
import { TestPeer } from './peers.ts'
import { systemWorld } from '../../lib/mesh/system-world.ts'

const [, , what, id = 'child'] = process.argv
if (what === 'listen') {
  const peer = await new TestPeer(id).open(systemWorld())
  process.send?.(peer.address)
}
