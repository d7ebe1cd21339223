import { expect } from 'chai'
import fc from 'fast-check'
import { HybridClock } from '../../lib/clock/hlc.ts'
import { LamportClock } from '../../lib/clock/lamport.ts'
import { compareStamps, isBefore, type Stamp, type StampClock } from '../../lib/clock/stamp.ts'

type Step = { readonly node: number; readonly to: number; readonly driftMs: number }
const steps = fc.array(fc.record({ node: fc.nat(2), to: fc.nat(2), driftMs: fc.integer({ min: -40, max: 60 }) }), {
  maxLength: 60,
})

/** Plays events at three nodes, each of which sends to another; returns the pairs of which one happened before the other. */
function play(
  clocks: readonly StampClock[],
  script: readonly Step[],
  tick: (node: number, ms: number) => void,
): [Stamp, Stamp][] {
  const pairs: [Stamp, Stamp][] = []
  const last: (Stamp | undefined)[] = []
  for (const { node, to, driftMs } of script) {
    tick(node, driftMs)
    const sent = (clocks[node] as StampClock).next()
    const former = last[node]
    if (former !== undefined) pairs.push([former, sent])
    last[node] = sent
    ;(clocks[to] as StampClock).merge(sent)
    const after = (clocks[to] as StampClock).next()
    pairs.push([sent, after])
    last[to] = after
  }
  return pairs
}

describe('clocks that stamp requests', () => {
  it('Lamport: what happened before has the smaller stamp', () => {
    fc.assert(
      fc.property(steps, (script) => {
        const clocks = ['a', 'b', 'c'].map((id) => new LamportClock(id))
        for (const [before, after] of play(clocks, script, () => {})) expect(isBefore(before, after)).to.equal(true)
      }),
    )
  })

  it('HLC: what happened before has the smaller stamp, however the wall clocks jump', () => {
    fc.assert(
      fc.property(steps, (script) => {
        const walls = [1000, 5000, 1]
        const clocks = walls.map((_, node) => new HybridClock('abc'[node] as string, () => walls[node] as number))
        const pairs = play(clocks, script, (node, ms) => {
          walls[node] = Math.max(0, (walls[node] as number) + ms)
        })
        for (const [before, after] of pairs) expect(isBefore(before, after)).to.equal(true)
      }),
    )
  })

  it('HLC: stays within the furthest wall clock', () => {
    fc.assert(
      fc.property(steps, (script) => {
        const walls = [1000, 1010, 990]
        let furthest = 1010
        const clocks = walls.map((_, node) => new HybridClock('abc'[node] as string, () => walls[node] as number))
        for (const [, after] of play(clocks, script, (node, ms) => {
          walls[node] = Math.max(0, (walls[node] as number) + ms)
          furthest = Math.max(furthest, walls[node] as number)
        }))
          expect(after.time).to.be.at.most(furthest)
      }),
    )
  })

  it('HLC: a full counter carries into the milliseconds', () => {
    const clock = new HybridClock('a', () => 5)
    clock.merge({ time: 9, count: 65_534, id: 'b' })
    const carried = clock.next()
    expect(carried).to.deep.equal({ time: 10, count: 0, id: 'a' })
    expect(isBefore(carried, clock.next())).to.equal(true)
  })

  it('HLC: stamps rise through more of them in a millisecond than the counter holds, and stay within their fields', () => {
    const clock = new HybridClock('a', () => 5)
    let last = clock.next()
    let wrong = 0
    for (let i = 0; i < 140_000; i++) {
      const stamp = clock.next()
      if (!isBefore(last, stamp) || stamp.count > 65_535) wrong++
      last = stamp
    }
    expect(wrong).to.equal(0)
    expect(last.time).to.equal(7)
  })

  it('neither clock is ever lowered by what it hears, and both pass it', () => {
    const stamp = fc.record({ time: fc.nat(50), count: fc.nat(65_535), id: fc.constantFrom('a', 'b') })
    fc.assert(
      fc.property(fc.array(fc.record({ heard: stamp, wallMs: fc.nat(50) }), { maxLength: 30 }), (script) => {
        let wall = 0
        for (const clock of [new LamportClock('c'), new HybridClock('c', () => wall)]) {
          const isHybrid = clock instanceof HybridClock
          let last = clock.next()
          for (const { heard, wallMs } of script) {
            wall = wallMs
            const stamp = isHybrid ? heard : { ...heard, count: 0 }
            clock.merge(stamp)
            const next = clock.next()
            expect(isBefore(last, next)).to.equal(true)
            expect(isBefore(stamp, next)).to.equal(true)
            last = next
          }
        }
      }),
    )
  })

  it('HLC: both rules of the paper, case by case', () => {
    let wall = 10
    const clock = new HybridClock('a', () => wall)
    expect(clock.next()).to.include({ time: 10, count: 0 })
    expect(clock.next()).to.include({ time: 10, count: 1 })
    clock.merge({ time: 10, count: 5, id: 'b' })
    expect(clock.next()).to.include({ time: 10, count: 7 })
    clock.merge({ time: 20, count: 3, id: 'b' })
    expect(clock.next()).to.include({ time: 20, count: 5 })
    clock.merge({ time: 4, count: 9, id: 'b' })
    expect(clock.next()).to.include({ time: 20, count: 7 })
    wall = 30
    clock.merge({ time: 4, count: 9, id: 'b' })
    expect(clock.next()).to.include({ time: 30, count: 1 })
    expect(clock.skewMs({ time: 42, count: 0, id: 'b' })).to.equal(12)
  })

  it('stamps are totally ordered, ties by id', () => {
    const stamp = fc.record({ time: fc.nat(3), count: fc.nat(3), id: fc.constantFrom('a', 'b', 'c') })
    fc.assert(
      fc.property(stamp, stamp, stamp, (a, b, c) => {
        expect(Math.sign(compareStamps(a, b))).to.equal(-Math.sign(compareStamps(b, a)) + 0)
        if (compareStamps(a, b) <= 0 && compareStamps(b, c) <= 0) expect(compareStamps(a, c)).to.be.at.most(0)
        if (compareStamps(a, b) === 0) expect(a).to.deep.equal(b)
      }),
    )
  })
})
