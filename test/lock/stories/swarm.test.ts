import { expect } from 'chai'
import type { PlainMode } from '../../../lib/base/mode.ts'
import { seededRandom } from '../../../lib/base/random.ts'
import { algorithmKind } from '../../../lib/mutex/algorithms.ts'
import { type Client, Group } from '../group.ts'

const spreads = [0, 3, 20]

const modeSets: readonly (readonly PlainMode[])[] = [
  ['exclusive', 'shared', 2, 3],
  ['exclusive', 'shared'],
  [3],
  ['intention-shared', 'intention-exclusive', 'shared', 'exclusive'],
  ['intention-shared', 'intention-exclusive', 'shared', 'shared-intention-exclusive', 'upgradable', 'exclusive'],
]

/** What a seed makes of a group: its users, its faults, and how it ended. */
function story(seed: number, algorithm: string): { group: Group; clients: Client[] } {
  const random = seededRandom(seed)
  const onlyExclusive = algorithmKind(algorithm).modes.length === 1
  const delayMax = 1 + random.below(30)
  const group = new Group(1 + random.below(5), {
    algorithm,
    seed,
    delayMs: (each) => each.next() * delayMax,
    limits: { localHandoffsMax: 1 + random.below(3) },
  })
  const modes: readonly PlainMode[] = onlyExclusive
    ? ['exclusive']
    : algorithm.startsWith('raymond-k')
      ? ['exclusive', 3, 3]
      : (modeSets[random.below(modeSets.length)] as readonly PlainMode[])
  const names = ['door', 'gate'].slice(0, 1 + random.below(2))
  const clients: Client[] = []
  const doesChange = random.below(2) === 0
  const hasTriers = random.below(2) === 0
  const hasPriorities = random.below(2) === 0
  const asks = 10 + random.below(60)
  const spanMs = 50 + random.below(2000)
  for (let i = 0; i < asks; i++) {
    group.time.schedule(random.below(spanMs), () => {
      const seats = [...group.seats.values()].filter(({ isGone, id }) => !isGone && group.members.includes(id))
      const seat = seats[random.below(seats.length)]
      if (seat === undefined) return
      const client = seat.ask(names[random.below(names.length)] as string, {
        mode: modes[random.below(modes.length)] as PlainMode,
        ifFree: hasTriers && random.below(3) === 0,
        priority: hasPriorities ? random.below(3) : 0,
        onHeld: (held) => {
          if (random.below(8) === 0) held.release()
          else group.time.schedule(random.below(60), () => held.release())
        },
      })
      clients.push(client)
      if (random.below(5) === 0) group.time.schedule(random.below(80), () => client.cancel())
    })
  }
  if (doesChange) {
    const changes = 1 + random.below(4)
    const changeOnce = (left: number): void => {
      if (left === 0) return
      const kept = group.members.filter(() => random.below(4) > 0)
      if (kept.length === 0) kept.push(group.members[0] as string)
      const joiners = Array.from({ length: random.below(3) }, () => group.add().id)
      // Some leave by themselves, having given everything up.
      const leaves = random.below(2) === 0
      if (leaves)
        for (const id of group.members)
          if (!kept.includes(id)) group.seat(id).locks.giveUp({ reason: 'closed', message: 'closed' })
      if (leaves) for (const id of group.members) if (!kept.includes(id)) group.seat(id).mayGrant = false
      const next = (): void => void group.time.schedule(random.below(300), () => changeOnce(left - 1))
      // The last view is flushed to the end, the others perhaps not.
      const isFlushed = left === 1 || random.below(3) > 0
      group.change([...kept, ...joiners], spreads[random.below(spreads.length)] as number, leaves ? 0 : 400, next, isFlushed)
    }
    group.time.schedule(random.below(spanMs), () => changeOnce(changes))
  }
  group.time.runFor(spanMs + 30_000)
  return { group, clients }
}

function check({ group, clients }: ReturnType<typeof story>, isForgotten: boolean): void {
  for (const client of clients) {
    if (client.outcome === 'waiting' && !client.seat.isGone && client.seat.mayGrant)
      throw new Error(`${client.seat.id} waits for '${client.name}' (${client.lockMode}) for ever`)
    if (client.outcome === 'held') throw new Error('still held')
  }
  if (!isForgotten) return
  group.time.runFor(60_000)
  for (const seat of group.seats.values()) {
    if (seat.isGone) continue
    if (seat.locks.size > 0)
      throw new Error(
        `${seat.id} still knows ${JSON.stringify(seat.locks, (key, value: unknown) => (['context', 'host', 'site', 'kind'].includes(key) ? undefined : typeof value === 'bigint' ? String(value) : value instanceof Map || value instanceof Set ? [...value] : value))}`,
      )
    if (seat.timers.size > 0) throw new Error(`${seat.id} has timers left: ${[...seat.timers.keys()].join()}`)
  }
}

describe('seeded swarms of users, cancellations, joins, leaves and evictions', function () {
  this.timeout(60_000)
  const names = [
    'carvalho-roucairol',
    'ricart-agrawala',
    'token-ring',
    'token-ring-perpetual',
    'home-queue',
    'naimi-trehel',
    'mueller',
    'raymond',
    'lamport',
    'singhal-dynamic',
    'lodha-kshemkalyani',
    'raymond-k',
    'raymond-k:many',
  ]
  for (const algorithm of names) {
    const isPerpetual = algorithm === 'token-ring-perpetual'
    // Where the paper's pointers have moved they stay.
    const isForgotten = !isPerpetual && algorithm !== 'naimi-trehel' && algorithm !== 'mueller'
    it(`${algorithm}: exclusion, rising fences, no waiter forgotten${isForgotten ? ', nothing left behind' : ''}`, () => {
      const outcomes: Record<string, number> = {}
      for (let seed = 1; seed <= (isPerpetual ? 40 : 400); seed++) {
        try {
          const told = story(seed, algorithm)
          check(told, isForgotten)
          for (const { outcome } of told.clients) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
        } catch (error) {
          throw new Error(`seed ${seed}: ${(error as Error).stack}`)
        }
      }
      expect(Object.keys(outcomes)).to.include.members(isPerpetual ? ['released'] : ['released', 'cancelled', 'lost', 'refused'])
    })
  }

  it('a seed tells the same story twice', () => {
    for (const algorithm of ['home-queue', 'carvalho-roucairol', 'token-ring']) {
      for (let seed = 1; seed <= 10; seed++)
        expect(story(seed, algorithm).group.trace).to.deep.equal(story(seed, algorithm).group.trace)
    }
  })
})
