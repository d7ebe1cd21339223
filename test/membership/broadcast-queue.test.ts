import { expect } from 'chai'
import { BroadcastQueue, broadcastsMax, sendsMax } from '../../lib/membership/broadcast-queue.ts'
import { alive, suspect } from './solo.ts'

describe('the queue of news', () => {
  it('hands out what was sent least, and of that the newest, first', () => {
    const queue = new BroadcastQueue()
    queue.add(alive('a'))
    queue.add(alive('b'))
    expect(queue.take('z', 2, 10).map((update) => update.id)).to.deep.equal(['b', 'a'])
    queue.add(alive('c'))
    expect(queue.take('z', 1, 10).map((update) => update.id)).to.deep.equal(['c'])
    queue.add(alive('d'))
    expect(queue.take('z', 4, 10).map((update) => update.id)).to.deep.equal(['d', 'c', 'b', 'a'])
  })

  it('drops a piece that was sent often enough', () => {
    const queue = new BroadcastQueue()
    queue.add(alive('a'))
    for (let i = 0; i < 3; i++) expect(queue.take('z', 5, 3)).to.have.length(1)
    expect(queue.take('z', 5, 3)).to.deep.equal([])
    expect(queue.entries.size).to.equal(0)
  })

  it('replaces what it had to tell of a node, and counts anew', () => {
    const queue = new BroadcastQueue()
    queue.add(alive('a'))
    queue.take('z', 1, 2)
    queue.add(suspect('a', 'b'))
    expect(queue.entries.size).to.equal(1)
    expect(queue.take('z', 1, 2)).to.deep.equal([suspect('a', 'b')])
    expect(queue.take('z', 1, 2)).to.deep.equal([suspect('a', 'b')])
    expect(queue.take('z', 1, 2)).to.deep.equal([])
  })

  it('spends no send on telling a node about itself', () => {
    const queue = new BroadcastQueue()
    queue.add(alive('a'))
    expect(queue.take('a', 5, 1)).to.deep.equal([])
    expect(queue.take('b', 5, 1)).to.deep.equal([alive('a')])
  })

  it('never holds more than its bound, and gives up what was sent most', () => {
    const queue = new BroadcastQueue()
    queue.add(alive('worn'))
    queue.take('z', 1, 10)
    for (let i = 0; i < broadcastsMax; i++) queue.add(alive(`n${i}`))
    expect(queue.entries.size).to.equal(broadcastsMax)
    expect(queue.entries.has('worn')).to.equal(false)
  })

  it('sends each piece in proportion to the logarithm of the cluster', () => {
    expect([1, 9, 10, 99, 100, 999].map((nodes) => sendsMax(4, nodes))).to.deep.equal([4, 4, 8, 8, 12, 12])
  })
})
