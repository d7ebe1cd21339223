const use = require('../use.cjs')
const holdfast = require('holdfast')
const { testActor } = require('holdfast/sim')

test('two nodes take turns', async () => {
  expect(await use(holdfast)).toBe('used')
})

test('holdfast/sim is the same copy', async () => {
  expect(typeof testActor).toBe('function')
  expect(require('holdfast')).toBe(holdfast)
})

test('holdfast/memory shares its classes with holdfast', async () => {
  const { memoryLocks } = require('holdfast/memory')
  const locks = memoryLocks()
  await locks.close()
  await expect(locks.acquire('a')).rejects.toBeInstanceOf(holdfast.ClosedError)
})
