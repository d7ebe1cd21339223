/**
 * This file keeps the questions that this node's users have asked of actors and that are still open. An answer that comes too
 * late finds no question here and is dropped.
 */
import type { World } from '../world/world.ts'
import { AbortedError, ClosedError, type HoldfastError, OverloadedError, TimeoutError } from '../base/errors.ts'
import { waitFrom } from '../base/duration.ts'
import { errorOf } from './question.ts'
import { reasonOf, unwatchAbort, watchAbort } from '../base/abort-watch.ts'
import { type OptionTable, takeOptions } from '../base/options.ts'
import { checkSignal } from '../base/option-checks.ts'
import type { AskOptions } from './actor.ts'

const table = {
  wait: waitFrom('call tell, which does not wait for an answer'),
  signal: checkSignal,
} satisfies OptionTable<AskOptions>
const askWaitMs = 5_000
const asksMax = 100_000

interface Ask {
  readonly peer: string
  settle(): void
  resolve(answer: unknown): void
  reject(error: HoldfastError): void
}

export class Asks {
  private readonly world: World
  private readonly open = new Map<number, Ask>()
  private sequence = 0

  constructor(world: World) {
    this.world = world
  }

  get size(): number {
    return this.open.size
  }

  /** Sends a question with `send`, and resolves with its answer. No path out of here leaves a timer or a listener. */
  put(peer: string, what: string, options: AskOptions, send: (sequence: number) => void): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const { wait: waitMs = askWaitMs, signal } = takeOptions(options, table, 'ask')
      if (signal?.aborted === true) throw new AbortedError(`asking ${what} was aborted`, { cause: reasonOf(signal) })
      if (this.open.size >= asksMax)
        throw new OverloadedError(`${asksMax} questions to actors are open, the most at a time: wait for their answers`)
      const sequence = ++this.sequence
      const onAbort = (): void =>
        give(new AbortedError(`asking ${what} was aborted`, { cause: reasonOf(signal), definite: false }))
      const settle = (): void => {
        this.open.delete(sequence)
        this.world.clearTimer(timer)
        if (signal !== undefined) unwatchAbort(signal, onAbort)
      }
      const give = (error: HoldfastError): void => {
        settle()
        reject(error)
      }
      const timer = this.world.setTimer(waitMs, () => {
        give(new TimeoutError(`${what} did not answer within ${waitMs} ms`, { definite: false }))
      })
      if (signal !== undefined) watchAbort(signal, onAbort)
      this.open.set(sequence, { peer, settle, resolve, reject })
      try {
        send(sequence)
      } catch (error) {
        settle()
        throw error
      }
    })
  }

  /** Takes an answer. An answer that comes too late, or from a node that was not asked, is dropped. */
  answered(peer: string, sequence: number, ok: boolean, code: string, body: unknown): void {
    const ask = this.open.get(sequence)
    if (ask === undefined || ask.peer !== peer) return
    ask.settle()
    if (ok) ask.resolve(body)
    else ask.reject(errorOf(code, body))
  }

  /** These nodes are gone: they will not answer open questions. */
  closed(concerns: (peer: string) => boolean, reason: string): void {
    for (const ask of [...this.open.values()]) {
      if (!concerns(ask.peer)) continue
      ask.settle()
      ask.reject(new ClosedError(reason, { definite: false, reason: 'gone' }))
    }
  }
}
