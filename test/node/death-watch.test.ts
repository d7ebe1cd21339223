import { expect } from 'chai'
import type { Context } from '../../lib/world/context.ts'
import { DeathWatch, type DeathWatchTimer } from '../../lib/node/death-watch.ts'

function watching(deadAtMs = Number.POSITIVE_INFINITY) {
  const looks: number[] = []
  let nowMs = 0
  let next: { readonly atMs: number; readonly timer: DeathWatchTimer } | null = null
  const context = {
    setTimer: (_key: string, delayMs: number, timer: DeathWatchTimer) => {
      next = { atMs: nowMs + delayMs, timer }
    },
    clearTimer: () => {
      next = null
    },
  } as unknown as Context<DeathWatchTimer>
  const watch = new DeathWatch(context, () => {
    looks.push(nowMs)
    return nowMs >= deadAtMs
  })
  const runUntil = (ms: number): void => {
    while (next !== null && next.atMs <= ms) {
      const { atMs, timer } = next
      nowMs = atMs
      next = null
      watch.timer(timer)
    }
    nowMs = ms
  }
  return { watch, looks, runUntil }
}

describe('the watch for a dead peer', () => {
  it('looks at once and soon again, since a process closes its sockets a little before it is gone', () => {
    const { watch, looks, runUntil } = watching(5)
    watch.hint('x')
    runUntil(10_000)
    expect(looks).to.deep.equal([0, 1, 2, 4, 8])
  })

  it('ends after a second if the peer lives', () => {
    const { watch, looks, runUntil } = watching()
    watch.hint('x')
    runUntil(10_000)
    expect(looks.at(-1)).to.equal(1024)
  })

  it('leaves the first look to others for a while', () => {
    const { watch, looks, runUntil } = watching(0)
    watch.hint('x', 30)
    runUntil(10_000)
    expect(looks).to.deep.equal([30])
  })

  it('ends when the peer is connected again, or known to be down', () => {
    const { watch, looks, runUntil } = watching()
    watch.hint('x', 30)
    watch.drop('x')
    runUntil(10_000)
    expect(looks).to.deep.equal([])
  })
})
