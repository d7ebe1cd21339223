/** What `priority` means between nodes: with `mueller` it decides, with any other algorithm it does not. */
import { expect } from 'chai'
import { grantsPerStep } from '../../../lib/base/aging.ts'
import { type Client, Group } from '../group.ts'

/** They leave, each as it enters, until all have been inside; in which order. */
function orderOf(group: Group, held: Client, clients: Readonly<Record<string, Client>>): string {
  const order: string[] = []
  const waiting = new Map(Object.entries(clients))
  for (let inside: Client | undefined = held; inside !== undefined; ) {
    inside.release()
    group.settle()
    const next = [...waiting].find(([, { outcome }]) => outcome === 'held')
    if (next !== undefined) {
      order.push(next[0])
      waiting.delete(next[0])
    }
    inside = next?.[1]
  }
  return order.join(' ')
}

/** Each asks when the request before it has arrived. */
function askInTurn(
  group: Group,
  asks: Readonly<Record<string, readonly [seat: number, priority: number]>>,
): Record<string, Client> {
  const clients: Record<string, Client> = {}
  for (const [name, [seat, priority]] of Object.entries(asks)) {
    clients[name] = group.seat(seat).ask('door', { priority })
    group.settle()
  }
  return clients
}

describe('priorities between nodes', () => {
  it('decide with mueller, and of one priority the earlier stamp', () => {
    const group = new Group(5, { algorithm: 'mueller' })
    const held = group.seat(0).ask('door')
    group.settle()
    const clients = askInTurn(group, { low: [1, 0], high: [3, 5], 'high too': [2, 5], highest: [4, 9] })
    expect(orderOf(group, held, clients)).to.equal('highest high high too low')
  })

  it('bend no other order', () => {
    for (const algorithm of ['home-queue', 'naimi-trehel', 'ricart-agrawala']) {
      const group = new Group(4, { algorithm })
      const held = group.seat(0).ask('door')
      group.settle()
      const clients = askInTurn(group, { first: [1, 0], second: [2, 5], third: [3, 9] })
      expect(orderOf(group, held, clients), algorithm).to.equal('first second third')
    }
  })

  it('a node’s request takes on the priority of a later waiter of the node', () => {
    const group = new Group(3, { algorithm: 'mueller' })
    const held = group.seat(0).ask('door')
    group.settle()
    const clients = askInTurn(group, { low: [1, 0], middle: [2, 1], high: [1, 2] })
    expect(orderOf(group, held, clients)).to.equal('high middle low')
  })

  it('a node keeps the lock for its own waiter only if no other request goes first', () => {
    const group = new Group(2, { algorithm: 'mueller' })
    const held = group.seat(0).ask('door')
    group.settle()
    const clients = askInTurn(group, { remote: [1, 1], equal: [0, 1], above: [0, 2], 'above too': [0, 2] })
    expect(orderOf(group, held, clients)).to.equal('above above too remote equal')
  })

  it('are kept over a view change', () => {
    const group = new Group(3, { algorithm: 'mueller' })
    const held = group.seat(0).ask('door')
    group.settle()
    const clients = askInTurn(group, { low: [1, 0], high: [2, 5] })
    group.change([...group.members, group.add().id], 10)
    group.settle()
    expect(orderOf(group, held, clients)).to.equal('high low')
  })

  for (const streams of [[1], [1, 3], [0, 1, 3]])
    it(`streams of requests with a higher priority at ${streams.length} nodes keep a waiter out for a hundred grants a step`, () => {
      const group = new Group(4, { algorithm: 'mueller' })
      let passed = 0
      let isOver = false
      const ask = (at: number): void =>
        void group.seat(at).ask('door', {
          priority: 2,
          onHeld: (client) => {
            passed++
            group.time.schedule(1, () => {
              // Its next waiter is there when it leaves.
              if (!isOver && passed < 1000) ask(at)
              client.release()
            })
          },
        })
      for (const at of streams) ask(at)
      group.settle(5)
      const low = group.seat(2).ask('door', { priority: 0, onHeld: () => (isOver = true) })
      group.settle(20)
      const before = passed
      group.settle(5000)
      expect(isOver).to.equal(true)
      expect(passed - before).to.be.within(2 * grantsPerStep - 25, 2 * grantsPerStep + 10)
      low.release()
      group.settle(5000)
    })
})
