/**
 * One run of one algorithm under one seed, measured. The first entries are dropped (warm-up). After the last entry that counts,
 * no new user comes and the run settles, so that a late message still counts for the request that it names. A message that names
 * no request (most tokens) counts while the entries that count are made: saturated, that is one for one.
 */
import { Mode, type PlainMode } from '../../base/mode.ts'
import type { AlgorithmKind, Body } from '../../mutex/contract.ts'
import { jainIndex } from '../../observe/statistics.ts'
import { Arena } from '../arena/arena.ts'
import type { DelayLaw } from '../arena/delays.ts'
import { type Load, usersRandom } from '../arena/loads.ts'
import type { Request, Seat } from '../arena/seat.ts'
import { ByteSample } from './bytes.ts'
import { type Inversions, OrderMeasure } from './order.ts'
import { measureRecovery, type Recovery } from './recovery.ts'
import { jainOfMeans, type Spread, spreadOf } from './spread.ts'

export interface RunOptions<Message extends Body> {
  readonly kind: AlgorithmKind<Message>
  readonly nodes: number
  readonly load: Load
  readonly delay: DelayLaw
  readonly seed: number
  /** Entries that count. */
  readonly entries: number
  /** Entries before those, which do not. */
  readonly warmUp: number
  readonly sectionT: number
  readonly sectionVaries: boolean
  readonly unordered: boolean
  readonly mode: PlainMode
  /** Whether inversions against happens-before are counted. */
  readonly causality: boolean
}

/** What one run came to. Times are in units of T, the mean delay. */
export interface RunMeasures {
  readonly entries: number
  readonly messagesPerEntry: number
  readonly messagesByKind: Readonly<Record<string, number>>
  /** NaN for messages that the product has no form for. */
  readonly bytesPerEntry: number
  readonly syncDelay: Spread
  readonly waiting: Spread
  readonly response: Spread
  /** Entries in each T. */
  readonly throughput: number
  readonly jain: number
  readonly jainOfWaits: number
  readonly bypassMax: number
  readonly inversions: Readonly<Inversions>
  /** Of an exclusive lock that all sites ask for. */
  readonly recovery: Recovery | null
  readonly violations: number
  readonly firstViolation: string | null
  /** Messages that were simulated in all, and the processor time that took. */
  readonly simulatedMessages: number
  readonly cpuMs: number
}

/** When no site waits any more, so many steps for each node may follow: a token that circulates never comes to rest. */
const settleStepsMax = 200
/** Steps for each entry and node after which an algorithm is taken to go round in circles. */
const stepsPerEntryMax = 1000

export function measureRun<Message extends Body>(options: RunOptions<Message>, cpuMs: () => number): RunMeasures {
  const startedMs = cpuMs()
  const { nodes, load, delay, seed, entries, warmUp, sectionT } = options
  const arena = new Arena(options)
  const over = warmUp + entries
  const meter = new Meter(arena, warmUp, over)
  const visits = load.start(arena, { random: usersRandom(seed), sectionT, mayGoOn: () => arena.entries < over })
  meter.left = visits.left ?? null
  const circles = over * stepsPerEntryMax + nodes * stepsPerEntryMax
  const ended = arena.run(() => arena.entries >= over || arena.violations.length >= violationsMax, circles)
  arena.run(() => meter.waiting === 0 && meter.inside === 0, circles)
  arena.run(() => arena.inFlight === 0, settleStepsMax * nodes)
  arena.checkEnd()
  arena.closeAll()
  const violations = [...arena.violations.map(({ text }) => text)]
  if (!ended) violations.push(`no end after ${circles} steps`)
  const { measured } = meter
  const spentMs = cpuMs() - startedMs
  const spanT = meter.lastEnteredT - meter.firstEnteredT
  return {
    entries: measured,
    messagesPerEntry: meter.messages / measured,
    messagesByKind: Object.fromEntries(arena.counts.kinds.map((kind, at) => [kind, (meter.byKind[at] ?? 0) / measured])),
    bytesPerEntry: meter.bytes.meanSize * (meter.messages / measured),
    syncDelay: spreadOf(meter.syncDelays, delay.meanT),
    waiting: spreadOf(meter.waits, delay.meanT),
    response: spreadOf(meter.responses, delay.meanT),
    throughput: spanT > 0 ? ((measured - 1) / spanT) * delay.meanT : Number.NaN,
    jain: jainIndex(meter.grants),
    jainOfWaits: jainOfMeans(meter.waitTotals, meter.grants),
    bypassMax: meter.order.bypassMax,
    inversions: meter.order.inversions,
    recovery: load.name === 'saturated' && Mode.of(options.mode).isAlone ? measureRecovery(options) : null,
    violations: violations.length,
    firstViolation: violations[0] ?? null,
    simulatedMessages: arena.messages,
    cpuMs: spentMs,
  }
}

/** A broken algorithm is not measured to its end. */
const violationsMax = 100

/** Listens to an arena, and counts. */
class Meter<Message extends Body> {
  waiting = 0
  inside = 0
  measured = 0
  messages = 0
  readonly byKind: number[] = []
  readonly bytes = new ByteSample()
  readonly syncDelays: number[] = []
  readonly waits: number[] = []
  readonly responses: number[] = []
  readonly grants: number[]
  readonly waitTotals: number[]
  readonly order: OrderMeasure<Message>
  firstEnteredT = 0
  lastEnteredT = 0
  left: ((seat: Seat<Message>) => void) | null = null
  private readonly arena: Arena<Message>
  private readonly from: number
  private readonly to: number
  /** When the last one left, if a site waited then. */
  private freeSinceT = -1
  private unnamedBefore: readonly number[] | null = null

  constructor(arena: Arena<Message>, from: number, to: number) {
    this.arena = arena
    this.from = from
    this.to = to
    this.grants = new Array<number>(arena.seats.length).fill(0)
    this.waitTotals = new Array<number>(arena.seats.length).fill(0)
    this.order = new OrderMeasure(arena)
    arena.listener = {
      requested: (seat) => {
        this.waiting++
        this.order.asked(seat)
      },
      entered: (seat, request) => this.entered(seat, request),
      left: (seat, request) => {
        this.inside--
        this.freeSinceT = this.waiting > 0 && this.inside === 0 ? arena.nowT : -1
        if (this.counts(request)) this.responses.push(request.leftAtT - request.arrivedAtT)
        this.left?.(seat)
      },
      closed: (request) => this.closed(request),
      sent: ({ body }) => {
        if (body !== null) this.bytes.see(body)
      },
    }
  }

  private counts(request: Request): boolean {
    return request.entry >= this.from && request.entry < this.to
  }

  private entered(seat: Seat<Message>, request: Request): void {
    this.waiting--
    this.inside++
    const counts = this.counts(request)
    this.order.entered(seat, request, counts, this.waiting)
    if (request.entry === this.from) this.unnamedBefore = [...this.arena.counts.unnamed]
    if (request.entry === this.to - 1) this.closeWindow()
    if (!counts) return
    if (this.measured++ === 0) this.firstEnteredT = request.enteredAtT
    this.lastEnteredT = request.enteredAtT
    if (this.freeSinceT >= 0) this.syncDelays.push(request.enteredAtT - this.freeSinceT)
    const waitT = request.enteredAtT - request.arrivedAtT
    this.waits.push(waitT)
    this.grants[seat.index] = (this.grants[seat.index] as number) + 1
    this.waitTotals[seat.index] = (this.waitTotals[seat.index] as number) + waitT
  }

  private closed(request: Request): void {
    if (!this.counts(request)) return
    for (const [kind, count] of request.messages.entries()) this.add(kind, count)
  }

  /** From the first entry that counts to the last lie one fewer gaps than entries. */
  private closeWindow(): void {
    const gaps = this.to - 1 - this.from
    if (gaps === 0 || this.unnamedBefore === null) return
    for (const [kind, count] of this.arena.counts.unnamed.entries()) {
      this.add(kind, ((count - (this.unnamedBefore[kind] ?? 0)) * (gaps + 1)) / gaps)
    }
  }

  private add(kind: number, count: number): void {
    while (this.byKind.length <= kind) this.byKind.push(0)
    this.byKind[kind] = (this.byKind[kind] as number) + count
    this.messages += count
  }
}
