import { expect } from 'chai'
import { checkHistory } from '../../../../lib/sim/history/checker.ts'
import { broken, Script } from '../writing.ts'

const two = (changes = {}): Script => new Script(changes).members('a', 'b', 'c')

describe('the checker on calls', () => {
  it('accepts calls that are answered once, at the calling process', () => {
    const script = two().enters('a', 1).leaves().asks('b', { how: 'tryAcquire' })
    script.add({ type: 'refused', call: 2, process: 'b' }).asks('c').fails('TIMEOUT', 3)
    expect(broken(two().enters('a', 1).leaves())).to.deep.equal([])
    expect(broken(script)).to.deep.equal(['deadlines'])
  })

  it('sees a second answer, an answer without a call, and a call number used twice', () => {
    expect(broken(two().enters('a', 1).leaves().granted(2, 1))).to.include('calls')
    expect(broken(two().enters('a', 1).fails('ABORTED'))).to.include('calls')
    expect(broken(two().add({ type: 'granted', call: 9, process: 'a', fence: '1' }))).to.deep.equal(['calls'])
    const again = { type: 'invoked', call: 1, process: 'b', lock: 'door', mode: 'exclusive', how: 'acquire' } as const
    expect(broken(two().asks('a').add(again))).to.deep.equal(['calls'])
  })

  it('sees a release by a stranger, and one of what was never granted', () => {
    expect(broken(two().enters('a', 1).add({ type: 'releasing', call: 1, process: 'b' }))).to.include('calls')
    expect(broken(two().asks('a').leaves())).to.include('calls')
  })

  it('sees that what a stranger does ends no hold', () => {
    const script = two().enters('a', 1).add({ type: 'releasing', call: 1, process: 'b' }).enters('c', 2)
    expect(broken(script)).to.deep.equal(['calls', 'exclusion'])
  })

  it('sees unknown calls after any number of calls, and second answers of forgotten calls', () => {
    const script = two()
    for (let i = 1; i <= 40_100; i++) script.enters('a', i).leaves()
    expect(broken(script)).to.deep.equal([])
    script.add({ type: 'granted', call: 900_001, process: 'a', fence: '900001' })
    expect(broken(script)).to.deep.equal(['calls'])
    script.events.pop()
    script.add({ type: 'granted', call: 5, process: 'a', fence: '900001' })
    expect(broken(script)).to.deep.equal(['calls'])
  })

  it('sees a dead process ask and be answered, and a refusal of an acquire', () => {
    expect(broken(two().life('crashed', 'a').asks('a'))).to.deep.equal(['calls'])
    expect(broken(two().asks('a').life('crashed', 'a').granted(1))).to.deep.equal(['calls'])
    expect(broken(two().life('closing', 'a').life('closed', 'a').asks('a').fails('CLOSED'))).to.deep.equal(['calls'])
    expect(broken(two().asks('a').add({ type: 'refused', call: 1, process: 'a' }))).to.deep.equal(['calls'])
  })
})

describe('the checker on exclusion', () => {
  it('takes holders one after the other, shared ones together, and as many permits as there are', () => {
    expect(broken(two().enters('a', 1).later(5).leaves().enters('b', 2).leaves())).to.deep.equal([])
    expect(broken(two().enters('a', 1, { mode: 'shared' }).enters('b', 1, { mode: 'shared' }))).to.deep.equal([])
    expect(broken(two().enters('a', 1, { mode: 2 }).enters('b', 1, { mode: 2 }))).to.deep.equal([])
    expect(broken(two().enters('a', 1).enters('b', 1, { lock: 'gate' }))).to.deep.equal([])
  })

  it('sees two inside, in all modes that exclude each other, and one permit too many', () => {
    expect(broken(two().enters('a', 1).enters('b', 2))).to.deep.equal(['exclusion'])
    expect(broken(two().enters('a', 1).enters('a', 2))).to.deep.equal(['exclusion'])
    expect(broken(two().enters('a', 1, { mode: 'shared' }).enters('b', 2))).to.deep.equal(['exclusion'])
    expect(broken(two().enters('a', 1).enters('b', 2, { mode: 'shared' }))).to.deep.equal(['exclusion'])
    expect(broken(two().enters('a', 1, { mode: 2 }).enters('b', 2, { mode: 3 }))).to.deep.equal(['exclusion'])
    const full = two().enters('a', 1, { mode: 2 }).enters('b', 2, { mode: 2 }).enters('c', 3, { mode: 2 })
    const { violations } = checkHistory(full.events)
    expect(violations).to.have.length(1)
    expect(violations[0]).to.deep.include({ property: 'exclusion', calls: [1, 2, 3] })
  })

  it('lets the holds of a process that drains stand, and calls that it refuses fail', () => {
    expect(broken(two().enters('a', 1).life('draining', 'a').later(500).enters('b', 2))).to.deep.equal(['exclusion'])
    expect(broken(two().enters('a', 1).life('draining', 'a').leaves().life('closed', 'a').enters('b', 2))).to.deep.equal([])
    expect(broken(two().life('draining', 'a').asks('a').fails('CLOSED').life('closed', 'a'))).to.deep.equal([])
  })

  it('ends a hold with its release, its loss, its session, its process and its leaving, and not with a pause', () => {
    expect(broken(two().enters('a', 1).lost().enters('b', 2))).to.deep.equal([])
    expect(broken(two().enters('a', 1).expired().enters('b', 2))).to.deep.equal([])
    expect(broken(two().enters('a', 1).life('crashed', 'a').enters('b', 2))).to.deep.equal([])
    expect(broken(two().enters('a', 1).life('closing', 'a').enters('b', 2))).to.deep.equal([])
    expect(broken(two().enters('a', 1).life('started', 'a').enters('b', 2))).to.deep.equal([])
    expect(broken(two().enters('a', 1).life('paused', 'a').later(500).enters('b', 2))).to.deep.equal(['exclusion'])
    expect(broken(two().enters('a', 1).life('paused', 'a').later(1000).expired().enters('b', 2))).to.deep.equal([])
  })

  it('does not judge processes whose clocks are beyond the tolerance', () => {
    expect(broken(two({ timely: false }).enters('a', 1).enters('b', 2))).to.deep.equal([])
  })
})

describe('the checker on fences at the resource', () => {
  const late = (): Script => two().enters('a', 1).reads(0).expired().enters('b', 2).reads(0).writes(0).leaves()

  it('accepts a zombie that is refused, and one that comes before its successor', () => {
    expect(broken(late().writes(0, 1, false))).to.deep.equal([])
    expect(broken(two().enters('a', 1).reads(0).expired().writes(0).enters('b', 2).reads(1))).to.deep.equal([])
  })

  it('sees a fence admitted below a higher one, with any clocks', () => {
    expect(broken(late().writes(1, 1))).to.deep.equal(['fences', 'updates'])
    const skewed = two({ timely: false }).enters('a', 1).enters('b', 2).reads(0).reads(0, 1)
    expect(broken(skewed)).to.deep.equal(['fences'])
  })

  it('sees one fence with two owners, unless both are shared', () => {
    expect(broken(two({ timely: false }).enters('a', 1).leaves().enters('b', 1))).to.include('fences')
    expect(broken(two({ timely: false }).enters('a', 1, { mode: 'shared' }).leaves().enters('b', 1))).to.include('fences')
    expect(broken(two().enters('a', 1, { mode: 'shared' }).leaves().enters('b', 1, { mode: 'shared' }))).to.deep.equal([])
  })

  it('sees an access with a fence that was not granted', () => {
    const event = { type: 'write', call: 1, process: 'a', lock: 'door', version: 0, admitted: true } as const
    expect(
      broken(
        two()
          .enters('a', 1)
          .add({ ...event, fence: '2' }),
      ),
    ).to.deep.equal(['fences'])
    expect(
      broken(
        two()
          .enters('a', 1)
          .add({ ...event, lock: 'gate', fence: '1' }),
      ),
    ).to.deep.equal(['fences'])
  })

  it('takes any fences of sharers, a first fence of 0, and permits beside exclusive holders', () => {
    const sharers = two().enters('a', 5, { mode: 'shared' }).enters('b', 6, { mode: 'shared' }).reads(0).reads(0, 1, false)
    expect(broken(sharers)).to.deep.equal([])
    expect(broken(two().enters('a', 0).reads(0))).to.deep.equal([])
    const mixed = two().enters('a', 1).reads(0).writes(0).leaves().enters('b', 2, { mode: 3 }).reads(1).writes(1).leaves()
    expect(broken(mixed.enters('c', 3).reads(2).writes(2).writes(3, 1, false))).to.deep.equal([])
  })

  it('sees a holder that is inside and refused, and a refusal without a reason', () => {
    const turned = two().enters('a', 5).reads(0).leaves().enters('b', 4).reads(0, 2, false)
    expect(broken(turned)).to.deep.equal(['fence order', 'fences'])
    expect(broken(two().enters('a', 1).expired().reads(0, 1, false))).to.deep.equal(['fences'])
  })
})

describe('the checker on the order of fences', () => {
  it('takes fences that rise, shared holders with one, and permits with any', () => {
    const script = two().enters('a', 1).leaves().enters('b', 2, { mode: 'shared' }).enters('c', 2, { mode: 'shared' })
    expect(broken(script.leaves(2).leaves(3).enters('a', 3))).to.deep.equal([])
    expect(broken(two().enters('a', 5, { mode: 2 }).enters('b', 1, { mode: 2 }))).to.deep.equal([])
  })

  it('sees one that falls or stays, across crashes and restarts too', () => {
    expect(broken(two().enters('a', 5).leaves().enters('b', 4))).to.deep.equal(['fence order'])
    expect(broken(two().enters('a', 5).leaves().enters('b', 5))).to.include('fence order')
    expect(broken(two().enters('a', 5).leaves().enters('b', 5, { mode: 'shared' }))).to.include('fence order')
    expect(broken(two().enters('a', 5, { mode: 'shared' }).leaves().enters('b', 4))).to.deep.equal(['fence order'])
    expect(broken(two().enters('a', 5).life('crashed', 'a').life('started', 'a').enters('a', 3))).to.deep.equal(['fence order'])
  })

  it("compares a process's own grants only, once clocks are beyond the tolerance", () => {
    expect(broken(two({ timely: false }).enters('a', 5).enters('b', 4))).to.deep.equal([])
    expect(broken(two({ timely: false }).enters('a', 5).leaves().enters('a', 4))).to.deep.equal(['fence order'])
  })
})

describe('the checker on updates', () => {
  it('takes versions that follow each other', () => {
    const script = two().enters('a', 1).reads(0).writes(0).writes(1).leaves().enters('b', 2).reads(2).writes(2).leaves()
    expect(broken(script)).to.deep.equal([])
    expect(broken(two().enters('a', 1).reads(7).writes(7))).to.deep.equal([])
  })

  it('sees an update that is lost, a read of the past, and a write on what was not read', () => {
    const lostUpdate = two().enters('a', 1).reads(0).expired().enters('b', 2).writes(0).leaves().enters('c', 3).writes(0)
    expect(broken(lostUpdate)).to.deep.equal(['updates'])
    expect(broken(two().enters('a', 1).reads(0).writes(0).leaves().enters('b', 2).reads(0))).to.deep.equal(['updates'])
    const skipped = two().enters('a', 1).writes(0).leaves().enters('b', 2).reads(1)
    expect(broken(skipped.writes(0))).to.deep.equal(['updates'])
  })
})
