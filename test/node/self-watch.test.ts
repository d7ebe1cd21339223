import { expect } from 'chai'
import type { Context } from '../../lib/world/context.ts'
import { SelfWatch } from '../../lib/node/self-watch.ts'

const sessionMs = 3000

function watching() {
  const said: string[] = []
  let nowMs = 0
  let isReached = false
  const context = { self: 'a', nowMs: () => nowMs, setTimer: () => undefined } as unknown as Context<'tick'>
  const watch = new SelfWatch(context, sessionMs, {
    members: () => [{ id: 'a' }, { id: 'b' }],
    reaches: () => isReached,
    late: (ms) => said.push(`late by ${ms}`),
    unreached: () => undefined,
    unreachable: (peer) => said.push(`${peer} is unreachable`),
  })
  watch.start()
  const tickAfter = (ms: number): void => {
    nowMs += ms
    watch.timer()
  }
  return { said, tickAfter, reach: (reached: boolean) => (isReached = reached) }
}

describe("a node's look at itself", () => {
  it('says that a peer is unreachable once it was not reached for a session', () => {
    const { said, tickAfter } = watching()
    for (let ticks = 0; ticks < 6; ticks++) tickAfter(500)
    expect(said).to.deep.equal([])
    tickAfter(500)
    expect(said).to.deep.equal(['b is unreachable'])
  })

  it('counts anew when the peer was reached in between', () => {
    const { said, tickAfter, reach } = watching()
    for (let ticks = 0; ticks < 6; ticks++) tickAfter(500)
    reach(true)
    tickAfter(500)
    reach(false)
    for (let ticks = 0; ticks < 6; ticks++) tickAfter(500)
    expect(said).to.deep.equal([])
  })

  it('blames no peer for the time in which its own loop stood still', () => {
    const { said, tickAfter } = watching()
    tickAfter(500)
    tickAfter(sessionMs + 1000)
    expect(said).to.deep.equal(['late by 3500'])
  })
})
