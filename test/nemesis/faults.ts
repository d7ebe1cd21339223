import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { movableWall, noFaketime, otherRate, setWall } from './faketime.ts'
import { noNamespaces } from './namespaces.ts'
import type { Treatment } from './pipe.ts'
import type { PoolKind, Stage } from './stage.ts'
import type { Worker } from './worker.ts'

/** What a fault has at hand. */
export interface Victims {
  readonly stage: Stage
  readonly random: () => number
  /** One whose process no other fault is at work on, rather a holder; its place is taken until `giveBack`. */
  take(): Place | null
  giveBack(place: Place): void
}

/** A place of the pool, whose process may change. */
export interface Place {
  readonly index: number
  worker: Worker
}

/** One kind of misfortune, for a bounded time: it does its harm, waits, and undoes it. */
export interface FaultKind {
  readonly name: string
  readonly pools: readonly PoolKind[]
  /** What happens to a process itself, or to what lies between them. */
  readonly lane: 'process' | 'network'
  /** A live member may be removed for it. Without this, a member that is removed meanwhile is removed falsely. */
  readonly removes: boolean
  /** How the history names it, where that decides what is judged meanwhile: `slow` and `drift` excuse deadlines. */
  readonly noted?: string
  /** Why it cannot be had here, or null. */
  readonly missing?: () => string | null
  run(victims: Victims): Promise<void>
}

const everywhere: readonly PoolKind[] = ['local', 'proxies', 'namespaces']

/** A fault of one process. */
function ofOne(
  name: string,
  removes: boolean,
  act: (place: Place, victims: Victims) => Promise<void>,
  more: Partial<FaultKind> = {},
): FaultKind {
  return {
    name,
    removes,
    lane: 'process',
    pools: everywhere,
    ...more,
    async run(victims) {
      const place = victims.take()
      if (place === null) return
      const over = victims.stage.fault(more.noted ?? name, place.worker.name)
      try {
        await act(place, victims)
      } finally {
        over()
        victims.giveBack(place)
      }
    },
  }
}

async function stopFor(worker: Worker, stage: Stage, forMs: number): Promise<void> {
  stage.stop(worker)
  await pause(forMs)
  stage.resume(worker)
}

/** Restarts a place under other circumstances for a while, then as the others are. */
async function live(place: Place, stage: Stage, circumstances: Parameters<Stage['start']>[1], meanwhile: () => Promise<void>) {
  await stage.kill(place.worker)
  place.worker = await stage.startLabouring(place.index, circumstances)
  await meanwhile()
  await stage.kill(place.worker)
  place.worker = await stage.startLabouring(place.index)
}

/** The places of two sides, by number and by address, while a fault lies between them. */
interface Sides {
  readonly some: readonly number[]
  readonly others: readonly number[]
  readonly here: readonly string[]
  readonly there: readonly string[]
}

/** A fault of what lies between two sides, drawn anew: halves of any size, or one alone. */
interface Between {
  readonly pool: PoolKind
  /** Nothing passes in either direction, so the checker may expect that one side at most grants. */
  readonly parts?: boolean
  readonly removes?: boolean
  apply(sides: Sides, stage: Stage): void
  /** Default: half to two sessions of waiting. */
  last?(sides: Sides, victims: Victims): Promise<void>
}

function between(name: string, { pool, parts, removes, apply, last }: Between): FaultKind {
  return {
    name,
    removes: removes ?? true,
    lane: 'network',
    pools: [pool],
    ...(pool === 'namespaces' ? { missing: noNamespaces } : {}),
    async run(victims) {
      const { stage, random } = victims
      const order = shuffled([...stage.workers.keys()], random)
      const size = 1 + Math.floor(random() * (order.length >> 1))
      const [some, others] = [order.slice(0, size), order.slice(size)]
      const workers = (side: readonly number[]): Worker[] => side.map((index) => stage.workers[index] as Worker)
      const addresses = (side: readonly number[]): string[] => workers(side).map((worker) => worker.address)
      const sides = { some, others, here: addresses(some), there: addresses(others) }
      const text = `${some.map((index) => index + 1).join(' ')} | ${others.map((index) => index + 1).join(' ')}`
      apply(sides, stage)
      // Told when it is complete, and its end before it heals: what is judged of a partition is judged inside it.
      const over = stage.fault(name, text, parts === true ? [workers(others), workers(some)] : undefined)
      try {
        if (last === undefined) await pause(stage.sessionMs * (0.5 + random() * 1.5))
        else await last(sides, victims)
      } finally {
        over()
        stage.healNetwork()
      }
    },
  }
}

function treated(
  name: string,
  treatment: Treatment,
  how: 'one way' | 'both ways',
  more: Pick<Between, 'parts' | 'removes'> = {},
): FaultKind {
  return between(name, {
    pool: 'proxies',
    ...more,
    apply({ here, there }, { links }) {
      if (how === 'one way') links.treat(here, there, treatment)
      else links.treatBoth(here, there, treatment)
    },
  })
}

function broken(name: 'cut' | 'reset'): FaultKind {
  return between(name, {
    pool: 'proxies',
    removes: false,
    apply: ({ here, there }, { links }) => void links.break(name, here, there),
    async last({ here, there }, { stage, random }) {
      for (let time = 0; time < 3; time++) {
        await pause(300 + random() * 700)
        stage.links.break(name, here, there)
      }
    },
  })
}

function dropped(name: string, how: 'one way' | 'both ways'): FaultKind {
  return between(name, {
    pool: 'namespaces',
    parts: how === 'both ways',
    apply({ some, others }, { namespaces }) {
      namespaces?.drop(some, others)
      if (how === 'both ways') namespaces?.drop(others, some)
    },
  })
}

/** The same items in an order drawn from a seed. */
export function shuffled<T>(things: readonly T[], random: () => number): T[] {
  return things
    .map((thing) => ({ thing, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ thing }) => thing)
}

/** Every kind that there is. */
export const faultKinds: readonly FaultKind[] = [
  ofOne('kill', true, async (place, { stage, random }) => {
    await stage.kill(place.worker)
    await pause(random() * 3000)
    place.worker = await stage.startLabouring(place.index)
  }),
  ofOne('stop short', false, async ({ worker }, { stage, random }) => {
    await stopFor(worker, stage, Math.min(stage.sessionMs * (0.2 + random() * 0.3), 2000))
  }),
  ofOne('stop long', true, async ({ worker }, { stage, random }) => {
    await stopFor(worker, stage, stage.sessionMs * (1.1 + random()))
  }),
  ofOne('block 2 s', false, ({ worker }) => worker.ask('block', 2000), { noted: 'slow' }),
  ofOne('block long', true, ({ worker }, { stage, random }) => worker.ask('block', stage.sessionMs * (1.1 + random() * 0.5)), {
    noted: 'slow',
  }),
  ofOne(
    'wall clock jumps',
    true,
    async (place, { stage, random }) => {
      const file = join(stage.folder, `wall-${place.index}`)
      await live(place, stage, { environment: movableWall(file) }, async () => {
        for (const seconds of shuffled([3600, -3600, 365 * 86_400, -365 * 86_400], random).slice(0, 2)) {
          setWall(file, seconds)
          await pause(2500)
        }
        setWall(file, 0)
        await pause(1500)
      })
    },
    { missing: noFaketime },
  ),
  ofOne(
    'clocks run 0.5 % fast',
    true,
    (place, { stage }) => live(place, stage, { environment: otherRate(1.005) }, () => pause(stage.sessionMs * 2)),
    { missing: noFaketime, noted: 'drift' },
  ),
  ofOne('no descriptors', true, (place, { stage, random }) =>
    live(place, stage, { descriptorsMax: 128 }, async () => {
      await pause(1000)
      await place.worker.ask('exhaust', stage.sessionMs * (0.3 + random()))
      await pause(1000)
    }),
  ),
  treated('stall', { type: 'stall' }, 'both ways', { parts: true }),
  treated('stall one way', { type: 'stall' }, 'one way'),
  treated('delay', { type: 'delay', delayMs: 50, jitterMs: 40 }, 'both ways', { removes: false }),
  treated('drip', { type: 'drip', bytes: 40, everyMs: 5 }, 'both ways'),
  broken('cut'),
  broken('reset'),
  dropped('partition', 'both ways'),
  dropped('partition one way', 'one way'),
  {
    name: '5 % loss',
    pools: ['namespaces'],
    lane: 'network',
    removes: false,
    missing: noNamespaces,
    async run({ stage }) {
      const over = stage.fault('5 % loss', 'every node')
      stage.namespaces?.lose(5)
      await pause(6000)
      stage.healNetwork()
      over()
    },
  },
]
