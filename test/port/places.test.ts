import { expect } from 'chai'
import { placed, type UnplacedWaiter } from '../../lib/port/places.ts'

const waiter = (node: string, waitedMs: number, name = 'door'): UnplacedWaiter => ({
  name,
  mode: 'exclusive',
  node,
  owner: waitedMs,
  waitedMs,
  meta: undefined,
})
const placesOf = (rows: readonly UnplacedWaiter[]): string[] =>
  placed(rows).map(({ node, waitedMs, place }) => `${node} ${waitedMs}: ${place}`)

describe('the places of waiters', () => {
  it('go by the time that each has waited, of several clients', () => {
    expect(placesOf([waiter('a', 30), waiter('b', 40), waiter('b', 10), waiter('c', 20)])).to.deep.equal([
      'a 30: 2',
      'b 40: 1',
      'b 10: 4',
      'c 20: 3',
    ])
  })

  it('keep the order of one client, which may serve a later request first', () => {
    expect(placesOf([waiter('a', 10), waiter('a', 90), waiter('b', 50)])).to.deep.equal(['a 10: 2', 'a 90: 3', 'b 50: 1'])
  })

  it('are counted for each lock apart, and the rows stay where they are', () => {
    const rows = [waiter('a', 10, 'x'), waiter('a', 20, 'y'), waiter('b', 30, 'x')]
    expect(placed(rows).map(({ place }) => place)).to.deep.equal([2, 1, 1])
    expect(placed(rows).map(({ name }) => name)).to.deep.equal(['x', 'y', 'x'])
  })
})
