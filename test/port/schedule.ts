/** Random schedules of calls, played on an engine and compared with a model after each step. */
import fc from 'fast-check'
import type { PlainMode } from '../../lib/base/mode.ts'
import type { Hold } from '../../lib/port/hold.ts'
import type { Clients, Watched } from './engine.ts'
import { watch } from './engine.ts'
import { LocksModel } from './model.ts'

/** One step. `at` picks among what there is at that time. */
export type Step =
  | {
      readonly type: 'acquire' | 'try'
      readonly client: number
      readonly lock: number
      readonly mode: PlainMode
      readonly priority: number
    }
  | { readonly type: 'release' | 'abort'; readonly at: number }

/** Modes of the requests of one run: those that most users have, and those of hierarchies and of readers that will write. */
export const modeDraws: { readonly [name: string]: readonly PlainMode[] } = {
  usual: ['exclusive', 'exclusive', 'shared', 'shared', 2, 3],
  mixed: ['intention-shared', 'intention-exclusive', 'shared', 'shared-intention-exclusive', 'upgradable', 'exclusive'],
}
const at = fc.nat(20)

/** Steps of so many clients. */
export function stepsOf(clients: number, modes: readonly PlainMode[]): fc.Arbitrary<Step[]> {
  const asks = {
    client: fc.nat(clients - 1),
    lock: fc.nat(1),
    mode: fc.constantFrom(...modes),
    priority: fc.constantFrom(0, 0, 0, 1),
  }
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 5, arbitrary: fc.record({ type: fc.constant('acquire' as const), ...asks }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('try' as const), ...asks }) },
    { weight: 3, arbitrary: fc.record({ type: fc.constant('release' as const), at }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant('abort' as const), at }) },
  )
  return fc.array(step, { maxLength: 30 })
}

interface Call {
  readonly id: number
  readonly aborter: AbortController
  readonly watched: Watched<Hold | null>
  isTold: boolean
}

let plays = 0

/** Plays the steps, and rejects at the first one whose outcome the model forbids. Afterwards everything is released, and every call has ended. */
export async function play(steps: readonly Step[], clients: Clients, isStrict: boolean): Promise<void> {
  const model = new LocksModel(isStrict)
  // A schedule that failed leaves holds behind: the next one has locks of its own.
  const prefix = `play ${++plays}`
  const calls: Call[] = []
  const holds = new Map<number, Hold>()

  const compare = async (): Promise<void> => {
    await clients.settle()
    if (clients.hasServer) {
      await clients.until(() => {
        const answered = calls.filter(({ isTold, watched }) => !isTold && watched.outcome !== undefined)
        const refused = answered.filter(
          ({ watched: { outcome } }) => outcome !== undefined && 'value' in outcome && !outcome.value,
        )
        return !model.awaits(
          answered.map(({ id }) => id),
          refused.map(({ id }) => id),
        )
      })
    }
    const granted: number[] = []
    const fences = new Map<number, bigint>()
    for (const call of calls) {
      const { outcome } = call.watched
      if (call.isTold || outcome === undefined) continue
      call.isTold = true
      if ('error' in outcome) throw outcome.error
      if (outcome.value === null) model.refused(call.id)
      else {
        granted.push(call.id)
        fences.set(call.id, outcome.value.fence)
        holds.set(call.id, outcome.value)
      }
    }
    model.granted(granted, fences)
  }

  for (const step of steps) {
    switch (step.type) {
      case 'acquire':
      case 'try': {
        const { client, mode, priority } = step
        const name = `${prefix} lock ${step.lock}`
        const id = calls.length
        const aborter = new AbortController()
        const options = { mode, priority, signal: aborter.signal }
        const { [client]: locks } = clients.all
        if (locks === undefined) throw new Error('a client that is there')
        model.asked({ id, client, name, mode, priority, isTry: step.type === 'try' })
        calls.push({
          id,
          aborter,
          watched: watch(step.type === 'try' ? locks.tryAcquire(name, options) : locks.acquire(name, options)),
          isTold: false,
        })
        break
      }
      case 'release': {
        const id = [...holds.keys()][step.at % Math.max(1, holds.size)]
        if (id === undefined) continue
        await holds.get(id)?.release()
        holds.delete(id)
        model.released(id)
        break
      }
      case 'abort': {
        const waiting = calls.filter(({ watched }) => watched.outcome === undefined)
        const call = waiting[step.at % Math.max(1, waiting.length)]
        if (call === undefined) continue
        call.isTold = true
        model.withdrawn(call.id)
        call.aborter.abort()
        await call.watched.promise.catch(() => {})
        break
      }
    }
    await compare()
  }
  while (holds.size > 0) {
    for (const [id, hold] of holds) {
      await hold.release()
      model.released(id)
    }
    holds.clear()
    await compare()
  }
  model.atRest()
}
