/**
 * Random schedules of reads, writes, upgrades, downgrades, releases and aborts, judged after each step by a model of two queues. The model
 * predicts the state of each actor on the engine in memory, whose order is strict.
 */
import { expect } from 'chai'
import { seededRandom, type Random } from '../../../lib/base/random.ts'
import { memoryLocks } from '../../../lib/engines/memory/index.ts'
import type { Locks } from '../../../lib/port/locks.ts'
import type { RwHold, RwMode } from '../../../lib/recipes/rw-hold.ts'
import { type RwLock, rwLock } from '../../../lib/recipes/rw-lock.ts'
import { onEachEngine } from '../engines.ts'

/** A queue that grants in strict order, many shared or one exclusive. */
class ModelLock {
  private readonly inside = new Map<number, 'shared' | 'exclusive'>()
  private waiting: { readonly who: number; readonly mode: 'shared' | 'exclusive'; readonly granted: () => void }[] = []

  ask(who: number, mode: 'shared' | 'exclusive', granted: () => void): void {
    this.waiting.push({ who, mode, granted })
    this.serve()
  }

  leave(who: number): void {
    this.inside.delete(who)
    this.waiting = this.waiting.filter((each) => each.who !== who)
    this.serve()
  }

  has(who: number): boolean {
    return this.inside.has(who)
  }

  private serve(): void {
    for (let [next] = this.waiting; next !== undefined; [next] = this.waiting) {
      const modes = [...this.inside.values()]
      if (modes.includes('exclusive') || (next.mode === 'exclusive' && modes.length > 0)) return
      this.waiting.shift()
      this.inside.set(next.who, next.mode)
      next.granted()
    }
  }
}

/** What an actor is in: nothing, a mode, or a wait for one. */
type Phase = 'out' | RwMode | `to ${string}`

class Model {
  readonly phases: Phase[]
  private readonly gate = new ModelLock()
  private readonly main = new ModelLock()

  constructor(actors: number) {
    this.phases = Array.from({ length: actors }, () => 'out' as const)
  }

  acquire(who: number, mode: RwMode): void {
    this.phases[who] = `to ${mode}`
    const enter = (): void => this.main.ask(who, mode === 'exclusive' ? 'exclusive' : 'shared', () => (this.phases[who] = mode))
    if (mode === 'shared') enter()
    else this.gate.ask(who, 'exclusive', enter)
  }

  upgrade(who: number): void {
    this.main.leave(who)
    this.phases[who] = 'to upgrade'
    this.main.ask(who, 'exclusive', () => (this.phases[who] = 'exclusive'))
  }

  downgrade(who: number, to: 'shared' | 'upgradable'): void {
    if (this.phases[who] === 'exclusive') this.main.leave(who)
    if (to === 'upgradable') {
      this.phases[who] = 'upgradable'
      return
    }
    this.phases[who] = 'to be shared'
    const open = (): void => {
      this.phases[who] = 'shared'
      this.gate.leave(who)
    }
    if (this.main.has(who)) open()
    else this.main.ask(who, 'shared', open)
  }

  /** Its wait for a lock, or for an upgrade, is aborted. */
  abort(who: number): void {
    const isUpgrade = this.phases[who] === 'to upgrade'
    this.phases[who] = isUpgrade ? 'upgradable' : 'out'
    this.main.leave(who)
    if (!isUpgrade) this.gate.leave(who)
  }

  release(who: number): void {
    this.phases[who] = 'out'
    this.main.leave(who)
    this.gate.leave(who)
  }
}

/** One actor, and what it sees of its calls. */
class Actor {
  phase: Phase = 'out'
  hold: RwHold | null = null
  aborter = new AbortController()
  private readonly lock: RwLock

  constructor(lock: RwLock) {
    this.lock = lock
  }

  acquire(mode: RwMode): void {
    this.phase = `to ${mode}`
    this.aborter = new AbortController()
    const call = { shared: this.lock.read, upgradable: this.lock.upgradable, exclusive: this.lock.write }[mode]
    call({ signal: this.aborter.signal }).then(
      (hold) => {
        this.hold = hold
        this.phase = hold.mode
      },
      () => (this.phase = 'out'),
    )
  }

  change(phase: Phase, change: (hold: RwHold, signal: AbortSignal) => Promise<void>): void {
    const hold = this.hold as RwHold
    this.phase = phase
    this.aborter = new AbortController()
    const settled = (): void => {
      if (this.hold === hold) this.phase = hold.mode
    }
    change(hold, this.aborter.signal).then(settled, settled)
  }

  release(): void {
    void this.hold?.release()
    this.hold = null
    this.phase = 'out'
  }
}

/** One step of one actor, in the model and for real. Gives what it was. */
function step(random: Random, who: number, actor: Actor, model: Model, withAborts: boolean): string {
  const phase = model.phases[who] as Phase
  const of = <T>(...choices: readonly T[]): T => choices[random.below(choices.length)] as T
  const isWaiting = phase.startsWith('to ')
  const what = isWaiting
    ? of('wait', 'abort', 'release')
    : phase === 'out'
      ? 'acquire'
      : of('upgrade', 'downgrade', 'release', 'release')
  if (what === 'acquire') {
    const mode = of<RwMode>('shared', 'shared', 'upgradable', 'exclusive')
    model.acquire(who, mode)
    actor.acquire(mode)
  } else if (what === 'abort' && withAborts && phase !== 'to be shared') {
    model.abort(who)
    actor.aborter.abort()
  } else if (what === 'release' && actor.hold !== null) {
    model.release(who)
    actor.release()
  } else if (what === 'upgrade' && phase === 'upgradable') {
    model.upgrade(who)
    actor.change('to upgrade', (hold, signal) => hold.upgrade({ signal }))
  } else if (what === 'downgrade' && (phase === 'upgradable' || phase === 'exclusive')) {
    const to = of('shared' as const, 'upgradable' as const)
    model.downgrade(who, to)
    actor.change('to be shared', (hold) => hold.downgrade(to))
  } else return `${who} waits`
  return `${who} ${what}`
}

/** Lets all promises settle that wait for nothing else. */
async function settled(): Promise<void> {
  for (let i = 0; i < 2; i++) await new Promise((resolve) => setImmediate(resolve))
}

function expectExclusion(actors: readonly Actor[], story: string): void {
  const modes = actors.flatMap(({ hold }) => (hold === null ? [] : [hold.mode]))
  const count = (mode: RwMode): number => modes.filter((each) => each === mode).length
  const isSound = count('exclusive') + count('upgradable') <= 1 && (count('exclusive') === 0 || modes.length === 1)
  expect(isSound, `${modes.join(', ')} after ${story}`).to.equal(true)
}

describe('rwLock, against a model of two queues', () => {
  it('has each actor in the state that the model predicts, after each step of 200 random schedules', async () => {
    let upgraded = 0
    for (let seed = 1; seed <= 200; seed++) {
      const random = seededRandom(seed)
      const locks = memoryLocks({ cluster: `rw model ${process.pid} ${seed}` })
      const actors = Array.from({ length: 4 }, () => new Actor(rwLock(locks, 'file')))
      const model = new Model(actors.length)
      const steps: string[] = []
      for (let i = 0; i < 40; i++) {
        const who = random.below(actors.length)
        steps.push(step(random, who, actors[who] as Actor, model, true))
        await settled()
        const story = `seed ${seed}: ${steps.join(', ')}`
        expect(
          actors.map(({ phase }) => phase),
          story,
        ).to.deep.equal(model.phases)
        expectExclusion(actors, story)
        if (steps.at(-1)?.endsWith('upgrade') === true) upgraded++
      }
      await locks.close({ drain: 0 })
    }
    expect(upgraded).to.be.greaterThan(100)
  }).timeout(60_000)
})

onEachEngine('rwLock, in random schedules', (given) => {
  it('lets no two in that exclude each other, and grants everything once all are released', async () => {
    const clients = await given().three()
    for (let seed = 1; seed <= 8; seed++) {
      const random = seededRandom(seed)
      const actors = Array.from({ length: 6 }, (_, i) => new Actor(rwLock(clients[i % 3] as Locks, `file ${seed}`)))
      // The model follows what really happened: only the mesh decides its order.
      const model = new Model(actors.length)
      const steps: string[] = []
      for (let i = 0; i < 25; i++) {
        const who = random.below(actors.length)
        actors.forEach(({ phase }, each) => (model.phases[each] = phase))
        steps.push(step(random, who, actors[who] as Actor, model, true))
        await (random.below(3) === 0 ? given().settle() : settled())
        expectExclusion(actors, `seed ${seed}: ${steps.join(', ')}`)
      }
      for (let round = 0; round < 50 && actors.some(({ phase }) => phase !== 'out'); round++) {
        for (const actor of actors) if (actor.hold !== null) actor.release()
        await given().settle()
      }
      expect(actors.map(({ phase }) => phase)).to.deep.equal(actors.map(() => 'out'))
      await (await rwLock(clients[0], `file ${seed}`).write({ wait: '5s' })).release()
    }
  }).timeout(60_000)
})
