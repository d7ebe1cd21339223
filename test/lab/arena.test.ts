import { expect } from 'chai'
import { Arena } from '../../lib/lab/arena/arena.ts'
import { delayLaw } from '../../lib/lab/arena/delays.ts'
import type { ArenaOptions } from '../../lib/lab/arena/options.ts'
import { loadOf, usersRandom } from '../../lib/lab/arena/loads.ts'
import { algorithmKind } from '../../lib/mutex/algorithms.ts'
import type { Body } from '../../lib/mutex/contract.ts'

const ricartAgrawala = algorithmKind('ricart-agrawala')

function arenaOf(options: Partial<ArenaOptions<Body>> = {}): Arena<Body> {
  return new Arena({ kind: ricartAgrawala, nodes: 3, delay: delayLaw('constant:1'), seed: 1, ...options })
}

/** Everything that happens, a line each. */
function traceOf(arena: Arena<Body>): string[] {
  const lines: string[] = []
  const time = (): string => arena.nowT.toFixed(3)
  arena.listener = {
    entered: (seat) => lines.push(`${time()} ${seat.id} enters`),
    left: (seat) => lines.push(`${time()} ${seat.id} leaves`),
    sent: (due) => lines.push(`${time()} ${due.from?.id}→${due.seat.id} ${due.body?.kind}`),
    lost: (due, why) => lines.push(`${time()} ${due.from?.id}→${due.seat.id} ${due.body?.kind} is lost: ${why}`),
  }
  return lines
}

/** A message that no algorithm answers. */
const doneWith = (stamp: unknown): Body & { readonly stamp: unknown } => ({ kind: 'done', stamp })

const seat = (arena: Arena<Body>, index: number) => {
  const found = arena.seats[index]
  if (found === undefined) throw new Error('no such seat')
  return found
}

describe('the arena', () => {
  it('lets one site ask, hear from all, enter and leave', () => {
    const arena = arenaOf()
    const trace = traceOf(arena)
    arena.arrive(seat(arena, 0))
    arena.run(() => false)
    expect(trace).to.deep.equal([
      '0.000 A→B request',
      '0.000 A→C request',
      '1.000 B→A reply',
      '1.000 C→A reply',
      '2.000 A enters',
      '2.100 A leaves',
    ])
    expect(arena.isOver).to.equal(true)
    expect(arena.messages).to.equal(4)
    expect(arena.violations).to.deep.equal([])
  })

  it('plays the same under the same seed, and another play under another', () => {
    const play = (seed: number): string[] => {
      const arena = arenaOf({ seed, nodes: 5, delay: delayLaw('exponential:1') })
      const trace = traceOf(arena)
      const { left } = loadOf('saturated').start(arena, {
        random: usersRandom(seed),
        sectionT: 0.1,
        mayGoOn: () => arena.entries < 100,
      })
      arena.listener.left = (each) => left?.(each)
      arena.run(() => false)
      return trace
    }
    expect(play(7)).to.deep.equal(play(7))
    expect(play(7)).not.to.deep.equal(play(8))
  })

  it('keeps the order of each link, unless told otherwise', () => {
    const overtakes = (unordered: boolean): boolean => {
      const arena = arenaOf({ delay: delayLaw('exponential:1'), unordered })
      const latest = new Map<string, number>()
      let overtaken = false
      arena.listener.arrived = (due) => {
        const link = `${due.from?.id}${due.seat.id}`
        if ((latest.get(link) ?? -1) > due.order) overtaken = true
        latest.set(link, Math.max(latest.get(link) ?? -1, due.order))
      }
      for (let i = 0; i < 50; i++) {
        arena.call(seat(arena, 0), i * 0.2, () => arena.send(seat(arena, 0), 'B', doneWith({ time: i + 1, count: 0, id: 'A' })))
      }
      arena.run(() => false)
      return overtaken
    }
    expect(overtakes(false)).to.equal(false)
    expect(overtakes(true)).to.equal(true)
  })

  it('serves the users of one site in the order in which they came', () => {
    const arena = arenaOf()
    const arrivals: number[] = []
    arena.listener.left = (_seat, request) => arrivals.push(request.arrivedAtT)
    for (const atT of [0, 0.5, 1]) arena.call(seat(arena, 1), atT, () => arena.arrive(seat(arena, 1)))
    arena.run(() => false)
    expect(arrivals).to.deep.equal([0, 0.5, 1])
  })

  it('sees two sites inside together', () => {
    const arena = arenaOf()
    arena.arrive(seat(arena, 0))
    arena.run(() => seat(arena, 0).state === 'inside')
    arena.arrive(seat(arena, 1))
    arena.granted(seat(arena, 1))
    expect(arena.violations.map(({ property, text }) => `${property}: ${text}`)).to.include(
      'exclusion: B enters while A is inside',
    )
  })

  it('sees the site that waits for ever when a message is lost', () => {
    const arena = arenaOf()
    arena.arrive(seat(arena, 0))
    const [first] = arena.flights()
    if (first !== undefined) arena.drop(first)
    arena.run(() => false)
    arena.checkEnd()
    expect(arena.violations.map(({ text }) => text)).to.deep.equal(['A waits for ever'])
  })

  it('sees a message to an unknown site, and one to the sender itself', () => {
    const arena = arenaOf()
    const body = { kind: 'done', stamp: { time: 1, count: 0, id: 'A' } } as const
    arena.send(seat(arena, 0), 'Z', body)
    arena.send(seat(arena, 0), 'A', body)
    expect(arena.violations.map(({ text }) => text)).to.deep.equal([
      "A sends to 'Z', and there is no such node",
      'A sends to itself',
    ])
  })

  it('counts a message with an invalid stamp as one that names no request', () => {
    const arena = arenaOf()
    for (const stamp of [null, 5, { time: 'late', id: 'A' }]) {
      arena.send(seat(arena, 0), 'B', doneWith(stamp))
    }
    arena.run(() => false)
    expect(arena.counts.unnamed).to.deep.equal([3])
    expect(seat(arena, 1).clock).to.equal(0)
  })

  it('delivers at once what is rescheduled, and twice what is duplicated', () => {
    const arena = arenaOf()
    const trace = traceOf(arena)
    arena.arrive(seat(arena, 0))
    const [first, second] = arena.flights()
    if (first === undefined || second === undefined) throw new Error('two requests are under way')
    arena.reschedule(first, 0)
    arena.duplicate(second)
    arena.run(() => false)
    expect(trace.filter((line) => line.endsWith('reply'))).to.deep.equal([
      '0.000 B→A reply',
      '1.000 C→A reply',
      '1.000 C→A reply',
    ])
  })

  it('loses what crosses a partition, until it heals', () => {
    const arena = arenaOf()
    const trace = traceOf(arena)
    arena.partition([['A', 'B'], ['C']])
    arena.arrive(seat(arena, 0))
    arena.heal()
    arena.arrive(seat(arena, 1))
    arena.run(() => false)
    expect(trace).to.include('0.000 A→C request is lost: partition')
    expect(trace).to.include('0.000 B→C request')
  })

  it('holds back what a paused site should do, and lets it do so when it is resumed', () => {
    const arena = arenaOf()
    const trace = traceOf(arena)
    arena.pause(seat(arena, 2))
    arena.arrive(seat(arena, 0))
    arena.run(() => false)
    expect(trace.filter((line) => line.endsWith('enters'))).to.deep.equal([])
    arena.resume(seat(arena, 2))
    arena.run(() => false)
    expect(trace.filter((line) => line.endsWith('enters'))).to.deep.equal(['3.000 A enters'])
  })

  it('goes on in a new view without a site that crashed: holds are carried, requests made again', () => {
    const arena = arenaOf()
    arena.arrive(seat(arena, 0))
    arena.run(() => seat(arena, 0).state === 'inside')
    arena.arrive(seat(arena, 1))
    arena.crash(seat(arena, 2))
    arena.changeView()
    const trace = traceOf(arena)
    arena.run(() => false)
    arena.checkEnd()
    expect(trace.filter((line) => /enters|leaves/.test(line)).map((line) => line.slice(6))).to.deep.equal([
      'A leaves',
      'B enters',
      'B leaves',
    ])
    expect(arena.violations).to.deep.equal([])
    expect(arena.epoch).to.equal(2)
  })
})

describe('delay laws', () => {
  for (const text of ['constant:2', 'uniform:1,3', 'exponential:2', 'lognormal:2,0.5', 'two-sites:1,3']) {
    it(`have the mean that they say: ${text}`, () => {
      const law = delayLaw(text)
      const random = usersRandom(1)
      let total = 0
      for (let i = 0; i < 40_000; i++) total += law.draw(random, i % 2, 0, 2)
      expect(law.meanT).to.equal(2)
      expect(total / 40_000).to.be.closeTo(2, 0.05)
    })
  }

  it('are refused with the forms there are', () => {
    for (const text of [
      '',
      'normal:1',
      'constant:-1',
      'constant:0',
      'uniform:2,1',
      'exponential:x',
      'constant:1,2',
      'constant:1:2',
    ])
      expect(() => delayLaw(text), text).to.throw(/is no delay law; (did you mean 'lognormal'\? W|w)rite constant:T/)
  })
})

describe('loads', () => {
  const entriesOf = (text: string): readonly number[] => {
    const arena = arenaOf({ nodes: 4 })
    const { left } = loadOf(text).start(arena, { random: usersRandom(3), sectionT: 0.1, mayGoOn: () => arena.entries < 2000 })
    arena.listener.left = (each) => left?.(each)
    arena.run(() => false)
    arena.checkEnd()
    expect(arena.violations).to.deep.equal([])
    return arena.seats.map(({ entries }) => entries)
  }

  it('light: one request at a time, at any site', () => {
    const arena = arenaOf({ nodes: 4 })
    let waiting = 0
    const { left } = loadOf('light').start(arena, { random: usersRandom(3), sectionT: 0.1, mayGoOn: () => arena.entries < 500 })
    arena.listener = {
      requested: () => expect(++waiting).to.equal(1),
      left: (each) => {
        waiting--
        left?.(each)
      },
    }
    arena.run(() => false)
    expect(arena.entries).to.equal(500)
    for (const { entries } of arena.seats) expect(entries).to.be.within(90, 160)
  })

  it('saturated: all sites in turn', () => {
    for (const entries of entriesOf('saturated')) expect(entries).to.be.within(495, 505)
  })

  it('poisson and closed: all sites at the mean', () => {
    for (const load of ['poisson:0.5', 'closed:4', 'bursts:0.5,3']) {
      for (const entries of entriesOf(load)) expect(entries, load).to.be.within(400, 600)
    }
  })

  it('hotspot and zipf: some far more than others', () => {
    const [first = 0, second = 0] = entriesOf('hotspot:0.3,0.7')
    expect(first / (first + 3 * second)).to.be.closeTo(0.7, 0.06)
    const [most = 0, , , least = 0] = entriesOf('zipf:0.3,1')
    expect(most / least).to.be.closeTo(4, 0.8)
  })

  it('are refused with the forms there are', () => {
    for (const text of [
      '',
      'heavy',
      'light:1',
      'poisson',
      'poisson:0',
      'poisson:1,2',
      'closed:-1',
      'hotspot:0.5,2',
      'bursts:0.5,0.5',
    ])
      expect(() => loadOf(text), text).to.throw(/is no load; write light/)
  })
})
