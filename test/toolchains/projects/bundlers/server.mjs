// Loads the package four times into one process: two routes, the package itself, and a route once more after a change.
import assert from 'node:assert/strict'
import { pathToFileURL } from 'node:url'
import * as plain from 'holdfast'

const routes = process.argv.slice(2).map((path) => pathToFileURL(path).href)
const [a, b] = await Promise.all(routes.map((url) => import(url)))
const changed = await import(`${routes[0]}?v=2`)
assert.equal(new Set([a, b, changed, plain].map(({ createNode }) => createNode)).size, 4)

assert.equal(await a.node(), await b.node())
assert.equal(await a.node(), await changed.node())
const others = [
  await b.nodeOfItsOwn(),
  await changed.nodeOfItsOwn(),
  await plain.createNode({ join: 'memory', cluster: 'routes' }),
]
const first = await a.node()
assert.equal(first.members.length, 4)
const hold = await first.acquire('invoice/42')
for (const node of others) assert.equal(await node.tryAcquire('invoice/42'), null)
await hold.release()
const error = await others[0].acquire('invoice/42', { wait: -1 }).catch((reason) => reason)
assert(error instanceof plain.HoldfastError && error instanceof a.HoldfastError && error instanceof plain.BadOptionError)
for (const node of [first, ...others]) await node.close()

const directory = process.env.LOCK_DIRECTORY
const pool = []
for (const { createNode } of [a, b, plain]) pool.push(await createNode({ directory, cluster: 'routes' }))
assert.equal(new Set(pool.map(({ address }) => address)).size, 3)
const held = await pool[0].acquire('invoice/42')
for (const node of pool.slice(1)) assert.equal(await node.tryAcquire('invoice/42'), null)
await held.release()
for (const node of pool) await node.close()
console.log('loaded')
