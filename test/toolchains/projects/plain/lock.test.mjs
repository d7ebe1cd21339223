import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as holdfast from 'holdfast'
import use from './use.cjs'

test('two nodes take turns', async () => {
  assert.equal(await use(holdfast), 'used')
})

test('nodes in memory need no folder', async () => {
  const node = await holdfast.createNode({ join: 'memory' })
  assert.equal(await node.withLock('invoice/42', (hold) => hold.state), 'held')
  await node.close()
})
