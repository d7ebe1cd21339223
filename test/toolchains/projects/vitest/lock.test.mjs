import * as holdfast from 'holdfast'
import { testActor } from 'holdfast/sim'
import { expect, test } from 'vitest'
import use from './use.cjs'

test('two nodes take turns', async () => {
  expect(await use(holdfast)).toBe('used')
})

test('holdfast/sim is there', () => {
  expect(typeof testActor).toBe('function')
})
