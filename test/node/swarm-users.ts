import type { Hold } from '../../lib/node/hold.ts'
import type { Node } from '../../lib/node/node.ts'
import { modeText } from './judge.ts'
import type { Ask } from './swarm-plan.ts'
import { isThere, type Process, type Stage } from './swarm-stage.ts'

/** A call of `acquire` or `tryAcquire` that has not been answered. */
interface Waiting {
  readonly process: Process
  readonly what: string
  readonly sinceMs: number
  readonly waitMs: number | undefined
  readonly pausedBeforeMs: number
}

const expectedCodes = ['TIMEOUT', 'NO_QUORUM', 'ABORTED', 'CLOSED']

/** Those who want the locks: each thinks, asks, and when it holds, reads what the lock guards, writes it back and leaves. */
export class Users {
  private readonly stage: Stage
  private readonly waiting = new Set<Waiting>()

  constructor(stage: Stage) {
    this.stage = stage
  }

  /** Those who wait at this moment, for a node that is there. */
  get unanswered(): Set<Waiting> {
    return new Set([...this.waiting].filter(({ process }) => isThere(process)))
  }

  describe({ process, what, sinceMs }: Waiting): string {
    return `${process.name} (${process.node?.state}): ${what}, since ${sinceMs.toFixed(0)}`
  }

  moveIn(process: Process): void {
    for (let user = 0; user < this.stage.plan.usersPerProcess; user++) this.thinkAndAsk(process)
  }

  private thinkAndAsk(process: Process): void {
    const { stage } = this
    stage.laterIn(process, this.draw(process, stage.plan.thinkMsMax), () => {
      const { node } = process
      if (node !== null && process.state === 'running' && stage.phase !== 'last call') this.ask(process, node)
    })
  }

  private ask(process: Process, node: Node): void {
    const { stage } = this
    const ask = stage.plan.drawAsk(process.random)
    const entry: Waiting = {
      process,
      what: `${ask.how} '${ask.lock}' ${modeText(ask.mode)}${ask.waitMs === undefined ? '' : ` within ${ask.waitMs}`}`,
      sinceMs: stage.nowMs,
      waitMs: ask.waitMs,
      pausedBeforeMs: process.pausedMs,
    }
    this.waiting.add(entry)
    stage.tell(process.name, entry.what)
    this.call(process, node, ask).then(
      (hold) => {
        this.answered(entry)
        if (hold !== null) return this.inside(process, hold)
        stage.count('null')
        stage.tell(process.name, `null for '${ask.lock}'`)
        this.thinkAndAsk(process)
      },
      (error: Error & { code?: string }) => {
        const code = error.code ?? 'an error without a code'
        this.answered(entry)
        stage.count(code)
        stage.tell(process.name, `${code} for '${ask.lock}'`)
        if (!expectedCodes.includes(code)) stage.judge.problem(`${process.name}: ${error.stack}`)
        if (code === 'CLOSED' && process.state === 'running')
          stage.judge.problem(`${process.name} says CLOSED and is not closing`)
        this.thinkAndAsk(process)
      },
    )
  }

  private call(process: Process, node: Node, { how, lock, mode, waitMs, abortMs }: Ask): Promise<Hold | null> {
    const aborter = new AbortController()
    if (abortMs !== undefined) this.stage.laterIn(process, abortMs, () => aborter.abort(new Error('changed my mind')))
    return node[how](lock, { mode, signal: aborter.signal, ...(waitMs === undefined ? {} : { wait: waitMs }) })
  }

  private answered(entry: Waiting): void {
    this.waiting.delete(entry)
    if (entry.waitMs === undefined) return
    const pausedMs = entry.process.pausedMs - entry.pausedBeforeMs
    // By the slowest of the clocks.
    const lateMs = this.stage.nowMs - entry.sinceMs - pausedMs - entry.waitMs * 1.02
    if (lateMs > 5) this.stage.judge.problem(`answered ${lateMs.toFixed(0)} ms after the deadline: ${this.describe(entry)}`)
  }

  /** Reads at the beginning and writes at the end, whatever happened in between: a zombie writes late. */
  private inside(process: Process, hold: Hold): void {
    const { judge, plan } = this.stage
    this.stage.tell(process.name, `holds '${hold.name}' ${modeText(hold.mode)}, fence ${hold.fence}`)
    judge.granted(hold, process.name, () => process.world.isAlive)
    const read = hold.mode === 'exclusive' ? judge.read(hold) : null
    // Nobody keeps the others waiting beyond the calm.
    const endMs = Math.max(300, plan.faultsMs - this.stage.nowMs)
    const holdMsMax = Math.min(plan.holdMsMax, endMs)
    this.stage.laterIn(process, this.draw(process, holdMsMax), () => {
      judge.checkExclusion(hold.name)
      if (read !== null) judge.write(hold, read)
      judge.over(hold)
      const expected = hold.state === 'lost' ? 'lost' : 'released'
      void hold.release().then((outcome) => {
        this.stage.count(outcome)
        this.stage.tell(process.name, `${outcome} '${hold.name}', fence ${hold.fence}`)
        if (outcome !== expected) judge.problem(`${process.name} released '${hold.name}' and heard ${outcome}, not ${expected}`)
        this.thinkAndAsk(process)
      })
    })
  }

  /** Most often short, now and then as long as it may be. */
  private draw({ random }: Process, maxMs: number): number {
    return Math.exp(random.next() * Math.log(maxMs + 1)) - 1
  }
}
