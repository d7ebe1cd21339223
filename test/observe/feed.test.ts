import { expect } from 'chai'
import type { Event } from '../../lib/observe/events.ts'
import { Feed } from '../../lib/observe/feed.ts'

const left: Event = { type: 'peerLeft', peer: 'b', address: 'b:1' }

describe('the feed of events', () => {
  it('shows an event to the parts of the node first, as it is, and then a copy to the listeners', () => {
    const feed = new Feed(() => undefined)
    const told: [string, Event][] = []
    feed.on('*', (event) => void told.push(['listener', event]))
    feed.watch((event) => void told.push(['part', event]))
    feed.emit(left)
    expect(told.map(([who]) => who)).to.deep.equal(['part', 'listener'])
    expect(told[0]?.[1]).to.equal(left)
    expect(told[1]?.[1]).to.deep.equal(left)
    expect(told[1]?.[1] === left).to.equal(false)
  })

  it('shows nothing more to a part that has ended, and goes on for those that follow it', () => {
    const feed = new Feed(() => undefined)
    const told: string[] = []
    const unwatch = feed.watch(() => {
      told.push('first')
      unwatch()
    })
    feed.watch(() => void told.push('second'))
    feed.emit(left)
    feed.emit(left)
    expect(told).to.deep.equal(['first', 'second', 'second'])
  })
})
