/**
 * What locks are, written down without any engine: who may hold beside whom, and who may be granted next. It follows what an engine did and
 * throws at the first step that is wrong. A strict engine has one queue for each lock; any other promises an order only among the
 * like requests of one client.
 */
import type { PlainMode } from '../../lib/base/mode.ts'

/** A request. */
export interface Asked {
  readonly id: number
  readonly client: number
  readonly name: string
  readonly mode: PlainMode
  readonly priority: number
  readonly isTry: boolean
}

type Word = Exclude<PlainMode, number>

/** Which holders may be inside together: table 1 of Gray, Lorie, Putzolu and Traiger 1976, and the update mode of SQL Server. */
const together: { readonly [mode in Word]: readonly Word[] } = {
  'intention-shared': ['intention-shared', 'intention-exclusive', 'shared', 'shared-intention-exclusive', 'upgradable'],
  'intention-exclusive': ['intention-shared', 'intention-exclusive'],
  shared: ['intention-shared', 'shared', 'upgradable'],
  'shared-intention-exclusive': ['intention-shared'],
  upgradable: ['intention-shared', 'shared'],
  exclusive: [],
}

export class LocksModel {
  private readonly isStrict: boolean
  private waiting: Asked[] = []
  private holding: Asked[] = []
  private readonly highest = new Map<string, bigint>()

  constructor(isStrict: boolean) {
    this.isStrict = isStrict
  }

  asked(request: Asked): void {
    this.waiting.push(request)
  }

  withdrawn(id: number): void {
    this.waiting = this.waiting.filter((each) => each.id !== id)
  }

  released(id: number): void {
    this.holding = this.holding.filter((each) => each.id !== id)
  }

  /** A `tryAcquire` gave null. */
  refused(id: number): void {
    const request = this.taken(id)
    must(request.isTry, `request ${id} was refused, and only waits`)
    const others = [...this.holding, ...this.waiting].filter(({ name }) => name === request.name)
    must(others.length > 0, `try ${id} was refused on a free lock`)
    const isBeside = others.every((other) => this.holding.includes(other)) && this.fits(request)
    must(!this.isStrict || !isBeside, `try ${id} was refused although it fits beside the holders`)
  }

  /** These were granted since the step before, in any order. */
  granted(ids: readonly number[], fences: ReadonlyMap<number, bigint>): void {
    const granted = this.inOrder(this.waiting.filter(({ id }) => ids.includes(id)))
    must(granted.length === ids.length, `${ids.join()} were granted, and only ${granted.map(({ id }) => id).join()} waited`)
    for (const request of granted) {
      this.checkOrder(request)
      this.taken(request.id)
      must(this.fits(request), `request ${request.id} was granted beside ${JSON.stringify(this.holding)}`)
      this.holding.push(request)
      this.checkFence(request, fences.get(request.id) ?? 0n)
    }
    this.checkProgress()
  }

  /** Beside these answers a server owes another: to a try, or to a request for a lock that has no holder. */
  awaits(answered: readonly number[], refused: readonly number[]): boolean {
    const isTaken = (name: string): boolean =>
      this.holding.some((each) => each.name === name) ||
      this.waiting.some(({ id, name: its }) => its === name && answered.includes(id) && !refused.includes(id))
    return this.waiting.some(({ id, name, isTry }) => !answered.includes(id) && (isTry || !isTaken(name)))
  }

  /** Every hold was released: no one waits for nothing. */
  atRest(): void {
    must(this.waiting.length === 0, `${JSON.stringify(this.waiting)} wait, and there is no hold`)
  }

  private checkOrder(request: Asked): void {
    const before = this.queueOf(request.name).find(
      ({ client, mode, priority }) =>
        this.isStrict || (client === request.client && mode === request.mode && priority === request.priority),
    )
    must(before?.id === request.id, `request ${request.id} was granted before ${before?.id}`)
  }

  /** The first of the queue has no reason to wait when it fits; and where there is no hold, no one has. */
  private checkProgress(): void {
    for (const name of new Set(this.waiting.map((each) => each.name))) {
      const [first] = this.queueOf(name)
      if (first === undefined) continue
      const isHeld = this.holding.some((each) => each.name === name)
      must(isHeld && !(this.isStrict && this.fits(first)), `request ${first.id} waits, and nothing is in its way`)
      must(!first.isTry || !this.isStrict, `try ${first.id} waits`)
    }
  }

  private checkFence({ name, mode, id }: Asked, fence: bigint): void {
    const before = this.highest.get(name) ?? 0n
    if (mode === 'exclusive') must(fence > before, `the fence of request ${id} is not above ${before}`)
    if (typeof mode !== 'number' && fence > before) this.highest.set(name, fence)
  }

  private fits({ name, mode }: Asked): boolean {
    const beside = this.holding.filter((each) => each.name === name)
    if (typeof mode === 'number') return beside.every((each) => each.mode === mode) && beside.length < mode
    return beside.every((each) => typeof each.mode !== 'number' && together[mode].includes(each.mode))
  }

  private queueOf(name: string): Asked[] {
    return this.inOrder(this.waiting.filter((each) => each.name === name))
  }

  private inOrder(requests: readonly Asked[]): Asked[] {
    return [...requests].sort((a, b) => b.priority - a.priority || a.id - b.id)
  }

  private taken(id: number): Asked {
    const request = this.waiting.find((each) => each.id === id)
    if (request === undefined) throw new Error(`request ${id} waits no more`)
    this.withdrawn(id)
    return request
  }
}

function must(isTrue: boolean, otherwise: string): void {
  if (!isTrue) throw new Error(otherwise)
}
