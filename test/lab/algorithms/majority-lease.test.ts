import { expect } from 'chai'
import { BadOptionError } from '../../../lib/base/errors.ts'
import { InvariantViolation } from '../../../lib/base/assert.ts'
import { labAlgorithm } from '../../../lib/lab/algorithms.ts'
import { Arena } from '../../../lib/lab/arena/arena.ts'
import type { ArenaOptions } from '../../../lib/lab/arena/options.ts'
import { delayLaw } from '../../../lib/lab/arena/delays.ts'
import { loadOf, usersRandom } from '../../../lib/lab/arena/loads.ts'
import type { LabSite, Seat } from '../../../lib/lab/arena/seat.ts'
import { algorithmKind, algorithms } from '../../../lib/mutex/algorithms.ts'
import type { AlgorithmKind, Body } from '../../../lib/mutex/contract.ts'
import { GlobalState } from '../../../lib/sim/explorer/global-state.ts'

type LeaseArena = Arena<Body>

function arenaOf(options: Partial<ArenaOptions<Body>> & { readonly lease?: string } = {}): LeaseArena {
  const { lease = 'majority-lease:ttl=10', ...others } = options
  return new Arena({ kind: labAlgorithm(lease), nodes: 3, delay: delayLaw('constant:1'), seed: 1, ...others })
}

function seatOf(arena: LeaseArena, index: number): Seat<Body> {
  const seat = arena.seats[index]
  if (seat === undefined) throw new Error('no such seat')
  return seat
}

/** Everything that happens until that time. */
function runUntil(arena: LeaseArena, atT: number): void {
  arena.run(() => (arena.next?.atT ?? Number.POSITIVE_INFINITY) > atT)
}

const violations = (arena: LeaseArena): string[] => arena.violations.map(({ property }) => property)

/** Loads it with users for so many entries, and returns the arena when all is over. */
function loaded(
  load: string,
  entriesMax: number,
  options: Partial<ArenaOptions<Body>> & { readonly lease?: string },
): LeaseArena {
  const arena = arenaOf(options)
  const mayGoOn = (): boolean => arena.entries < entriesMax
  const { left } = loadOf(load).start(arena, { random: usersRandom(arena.seed), sectionT: 0.1, mayGoOn })
  arena.listener.left = (seat) => left?.(seat)
  arena.run(() => false, 3_000_000)
  arena.checkEnd()
  return arena
}

/** The same algorithm where the clock of each site runs at a rate of its own. */
function withClocks(kind: AlgorithmKind, rates: readonly number[]): AlgorithmKind {
  return {
    ...kind,
    create(site) {
      const real = site as LabSite<Body>
      const members = [real.self, ...real.peers].sort()
      const rate = rates[members.indexOf(real.self)] ?? 1
      const drifting: LabSite<Body> = {
        self: real.self,
        peers: real.peers,
        carried: real.carried,
        firstPlace: real.firstPlace,
        isSilent: () => false,
        random: real.random,
        send: (to, body) => real.send(to, body),
        broadcast: (to, body) => real.broadcast(to, body),
        granted: () => real.granted(),
        refused: () => real.refused(),
        pause: () => real.pause(),
        nowT: () => real.nowT() * rate,
        after: (delayT, then) => real.after(delayT / rate, then),
      }
      return kind.create(drifting)
    },
  }
}

describe('a lock by a majority of leases: while nothing goes wrong', () => {
  it('an entry without contention costs 3(N−1): request, locked, release', () => {
    for (const nodes of [1, 2, 3, 5, 10]) {
      const arena = loaded('light', 50, { nodes, lease: 'majority-lease' })
      expect(arena.violations).to.deep.equal([])
      expect(arena.entries).to.equal(50)
      expect(arena.messages).to.equal(50 * 3 * (nodes - 1))
    }
  })

  it('if all ask at once, all are served, one at a time, by tries that collide', () => {
    for (const nodes of [2, 3, 5, 9]) {
      const arena = loaded('saturated', 200, { nodes, lease: 'majority-lease', delay: delayLaw('exponential:1') })
      expect(arena.violations, `${nodes}`).to.deep.equal([])
      expect(arena.entries).to.be.at.least(200)
      expect(arena.messages).to.be.greaterThan(200 * 3 * (nodes - 1))
    }
  })

  it('a promise ends by itself, so that a site that crashed inside keeps no other waiting for ever', () => {
    const arena = arenaOf({ sectionT: 5 })
    arena.arrive(seatOf(arena, 0))
    runUntil(arena, 3)
    expect(seatOf(arena, 0).state).to.equal('inside')
    arena.crash(seatOf(arena, 0))
    arena.arrive(seatOf(arena, 1))
    arena.run(() => arena.entries === 2, 10_000)
    expect(seatOf(arena, 1).state).to.equal('inside')
    expect(arena.nowT).to.be.greaterThan(10)
  })

  it('a withdrawn try gives everything back', () => {
    const arena = arenaOf()
    arena.arrive(seatOf(arena, 0))
    runUntil(arena, 1)
    arena.cancel(seatOf(arena, 0))
    arena.run(() => false)
    for (const seat of arena.seats) expect(seat.algorithm.idle(), seat.id).to.equal(true)
  })
})

describe('a lock by a majority of leases: where it is unsafe', () => {
  it('two are inside when a holder is paused for longer than the promises last, and fences do not tell them apart', () => {
    const arena = arenaOf({ sectionT: 1 })
    const [a, b] = [seatOf(arena, 0), seatOf(arena, 1)]
    arena.arrive(a)
    runUntil(arena, 2)
    expect(a.state).to.equal('inside')
    // A garbage collection, a laptop that is shut, a machine that is moved: the holder knows nothing of the time that passes.
    arena.pause(a)
    arena.call(b, 12, () => arena.arrive(b))
    arena.run(() => b.state === 'inside', 10_000)
    expect([a.state, b.state]).to.deep.equal(['inside', 'inside'])
    expect(violations(arena)).to.deep.equal(['exclusion', 'fences rise'])
    arena.resume(a)
    arena.run(() => false, 10_000)
    expect(arena.violations).to.have.length(2)
  })

  it('two are inside when the last message of a holder to the resource takes longer than what is left of its promises', () => {
    // The section is the write that is under way: looking at the clock before it was sent did not help.
    const arena = arenaOf({ sectionT: 15 })
    arena.arrive(seatOf(arena, 0))
    arena.call(seatOf(arena, 1), 11, () => arena.arrive(seatOf(arena, 1)))
    arena.run(() => arena.entries === 2, 10_000)
    expect(violations(arena)).to.include('exclusion')
  })

  it('two are inside when clocks drift by more than the allowance: the peers believe that their promise is over', () => {
    const entered = (rates: readonly number[]): LeaseArena => {
      const arena = arenaOf({ kind: withClocks(labAlgorithm('majority-lease:ttl=10'), rates), sectionT: 7 })
      arena.arrive(seatOf(arena, 0))
      arena.call(seatOf(arena, 1), 6, () => arena.arrive(seatOf(arena, 1)))
      arena.run(() => arena.entries === 2, 10_000)
      return arena
    }
    expect(violations(entered([1, 1, 1]))).to.deep.equal([])
    expect(violations(entered([1, 2, 2]))).to.include('exclusion')
  })

  it('a promise that arrives late is not counted, unless the check of elapsed time is left out: then two are inside', () => {
    const late = (lease: string): LeaseArena => {
      const arena = arenaOf({ lease, sectionT: 3 })
      const [a, b] = [seatOf(arena, 0), seatOf(arena, 1)]
      arena.arrive(a)
      runUntil(arena, 1)
      // Both have promised themselves to A until 11, and it does not hear of it before 16.
      for (const flight of arena.flights()) if (flight.seat === a) arena.reschedule(flight, 16)
      arena.call(b, 12, () => arena.arrive(b))
      runUntil(arena, 16.5)
      return arena
    }
    const checked = late('majority-lease:ttl=10')
    expect([checked.entries > 0, checked.violations.length]).to.deep.equal([true, 0])
    const unchecked = late('majority-lease:ttl=10+unchecked')
    expect(violations(unchecked)).to.include('exclusion')
  })
})

describe('a lock by a majority of leases: in the lab only', () => {
  it('no lock can use it, and the registry of the product does not know it', () => {
    expect(algorithms.map(({ name }) => name)).not.to.include('majority-lease')
    expect(() => algorithmKind('majority-lease')).to.throw(BadOptionError)
    expect(() => new GlobalState({ kind: labAlgorithm('majority-lease'), wishes: [[], []] })).to.throw(InvariantViolation, /lab/)
  })

  it('its options are the time a promise lasts, and not to look at what has elapsed', () => {
    expect(labAlgorithm('majority-lease:ttl=2.5+unchecked').name).to.equal('majority-lease:ttl=2.5+unchecked')
    for (const options of ['ttl=0', 'ttl=', 'ttl=-1', 'fast']) {
      expect(() => labAlgorithm(`majority-lease:${options}`), options).to.throw(BadOptionError, /ttl=T/)
    }
  })
})
