/**
 * Three hosts that make one cluster by a join list and a shared secret. Here the hosts are three addresses of this
 * machine; on real ones each process gives the same list and secret, and listens at its own address.
 *
 *   npx tsx examples/three-hosts.ts
 *
 * You will see the three become members, a lock go from one to the next under rising fences, a stranger with another
 * secret turned away, and the two that remain go on when the third has left: two of three are a majority of the list.
 */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { createNode, HoldfastError, type Node, type NodeOptions } from '../lib/index.ts'

/** An address that is free now. Real hosts have fixed ones. */
async function freeAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return `127.0.0.1:${port}`
}

const join = [await freeAddress(), await freeAddress(), await freeAddress()]
const common: NodeOptions = { cluster: 'three-hosts', join, secret: 'a secret of the example' }

// A majority of the list founds the cluster, so none of them is a member before a second one is there.
const nodes = await Promise.all(join.map((listen) => createNode({ ...common, listen, wait: '30s' })))
const [first, second, third] = nodes as [Node, Node, Node]
console.log(`members: ${first.members.map((member) => member.address).join(', ')}`)

let before = 0n
for (const node of nodes) {
  await node.withLock('dock/7', { wait: '10s' }, (hold) => {
    console.log(`${node.address} holds dock/7, fence ${hold.fence}`)
    if (hold.fence <= before) throw new Error('a fence fell')
    before = hold.fence
  })
}

try {
  const stranger = await createNode({ ...common, secret: 'the secret of others', wait: '10s' })
  await stranger.close()
  throw new Error('a stranger was let in')
} catch (error) {
  if (!(error instanceof HoldfastError)) throw error
  console.log(`a stranger was turned away: ${error.code}`)
}

await third.close()
console.log(`after the third left: ${first.members.length} members`)
const hold = await second.acquire('dock/7', { wait: '10s' })
console.log(`${second.address} holds dock/7, fence ${hold.fence}`)
await hold.release()

await first.close()
await second.close()
