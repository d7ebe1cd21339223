import type { Context } from '../../lib/world/context.ts'
import type { TimerHandle } from '../../lib/world/world.ts'
import type { HoldfastError } from '../../lib/base/errors.ts'
import type { NodeId } from '../../lib/base/ids.ts'
import { Mode, type PlainMode } from '../../lib/base/mode.ts'
import { type Random, seededRandom } from '../../lib/base/random.ts'
import { LamportClock } from '../../lib/clock/lamport.ts'
import { NodeLocks, type LockTimer } from '../../lib/lock/locks.ts'
import type { LockHold } from '../../lib/lock/holds.ts'
import type { Owner, Waiter } from '../../lib/lock/waiter.ts'
import { algorithmKind } from '../../lib/mutex/algorithms.ts'
import type { Event } from '../../lib/observe/events.ts'
import { VirtualTime } from '../../lib/sim/virtual-time.ts'
import type { Carried, Claim, JointTestimony } from '../../lib/view/flush-host.ts'
import { type View, viewId } from '../../lib/view/view.ts'
import type { MessageOf } from '../../lib/wire/messages.ts'

export interface GroupOptions {
  readonly algorithm?: string
  readonly seed?: number
  readonly delayMs?: (random: Random) => number
  readonly limits?: Partial<{ waitersPerLockMax: number; locksMax: number; localHandoffsMax: number }>
}

/** A user's request in a test: notes what became of it. */
export class Client implements Waiter, LockHold {
  readonly name: string
  readonly mode: Mode
  readonly owner: Owner
  readonly priority: number
  readonly ifFree: boolean
  readonly meta = null
  readonly seat: Seat
  outcome: 'waiting' | 'held' | 'refused' | 'failed' | 'lost' | 'released' | 'cancelled' = 'waiting'
  isSuspect = false
  fence = 0n
  sinceMs = 0
  order = 0
  grantsBefore = 0
  error: HoldfastError | null = null
  onHeld: () => void = () => {}

  constructor(seat: Seat, name: string, mode: Mode, priority: number, ifFree: boolean) {
    this.seat = seat
    this.name = name
    this.mode = mode
    this.owner = seat.clients.length
    this.priority = priority
    this.ifFree = ifFree
  }

  get lockMode(): Mode {
    return this.mode
  }

  granted(fence: bigint, sinceMs: number): LockHold {
    if (this.outcome !== 'waiting') throw new Error(`granted when ${this.outcome}`)
    this.outcome = 'held'
    this.fence = fence
    this.sinceMs = sinceMs
    this.seat.group.judge.entered(this)
    this.seat.granted.push(this)
    return this
  }

  refused(): void {
    if (this.outcome !== 'waiting' || !this.ifFree) throw new Error(`refused when ${this.outcome}`)
    this.outcome = 'refused'
  }

  failed(error: HoldfastError): void {
    this.outcome = 'failed'
    this.error = error
  }

  lost(): boolean {
    if (this.outcome !== 'held') throw new Error(`lost when ${this.outcome}`)
    this.outcome = 'lost'
    this.seat.group.judge.left(this)
    return true
  }

  signalLost(): void {}

  suspected(suspected: boolean): void {
    this.isSuspect = suspected
  }

  release(): void {
    if (this.outcome !== 'held') return
    this.outcome = 'released'
    this.seat.group.judge.left(this)
    this.seat.locks.release(this)
  }

  cancel(): void {
    if (this.outcome !== 'waiting') return
    this.outcome = 'cancelled'
    this.seat.locks.cancel(this)
  }
}

/** Sees every entry and every exit, and throws when two are inside that must not be or a fence falls. */
export class Judge {
  readonly inside = new Set<Client>()
  readonly order: Client[] = []
  private readonly highest = new Map<string, { alone: bigint; any: bigint }>()

  entered(client: Client): void {
    const beside = [...this.inside].filter(({ name }) => name === client.name)
    for (const other of beside) {
      if (!other.lockMode.isCompatibleWith(client.lockMode)) throw new Error(`${describe(client)} beside ${describe(other)}`)
    }
    const alike = beside.filter((other) => other.lockMode.equals(client.lockMode))
    if (!client.lockMode.hasRoomBeside(alike.length)) throw new Error(`${describe(client)} beside ${alike.length} others`)
    const highest = this.highest.get(client.name) ?? { alone: 0n, any: 0n }
    if (!client.lockMode.isCounted) {
      const floor = client.lockMode.isAlone ? highest.any : highest.alone
      if (client.fence <= floor) throw new Error(`${describe(client)} after fence ${floor}`)
      if (client.lockMode.isAlone) highest.alone = client.fence
      if (client.fence > highest.any) highest.any = client.fence
      this.highest.set(client.name, highest)
    }
    this.inside.add(client)
    this.order.push(client)
  }

  left(client: Client): void {
    this.inside.delete(client)
  }
}

function describe({ seat, name, lockMode, fence }: Client): string {
  return `${seat.id} in '${name}' (${lockMode}, ${fence})`
}

/** One node's locks, with doors that lead into the group. */
export class Seat {
  readonly id: NodeId
  readonly group: Group
  readonly locks: NodeLocks
  readonly timers = new Map<string, TimerHandle>()
  readonly events: Event[] = []
  readonly clients: Client[] = []
  /** Those whose grant is still to be told of. */
  readonly granted: Client[] = []
  mayGrant = true
  wantsNewEpoch = 0
  /** When it took the newest view up, and the longest wait in it. */
  installedMs = 0
  longestMs = 0
  /** Gone for good: nothing reaches it any more. */
  isGone = false

  constructor(group: Group, id: NodeId) {
    this.group = group
    this.id = id
    const { time } = group
    const context: Context<LockTimer> = {
      self: id,
      random: seededRandom(1),
      nowMs: () => time.nowMs,
      wallMs: () => time.nowMs,
      bootMs: () => time.nowMs,
      send: (to, message) => group.send(id, to, message as MessageOf<'lock'>),
      broadcast: (to, message) => {
        for (const each of to) context.send(each, message)
      },
      sendLoose: () => {},
      setTimer: (key, delayMs, timer) => {
        context.clearTimer(key)
        this.timers.set(
          key,
          time.schedule(delayMs, () => {
            this.timers.delete(key)
            if (!this.isGone) this.locks.timer(timer)
          }),
        )
      },
      clearTimer: (key) => {
        time.cancel(this.timers.get(key))
        this.timers.delete(key)
      },
      emit: (event) => {
        this.events.push(event)
        if (event.type === 'lockGranted') this.granted.shift()?.onHeld()
      },
    }
    this.locks = new NodeLocks(context, {
      stamps: new LamportClock(id),
      algorithmOf: () => algorithmKind(group.options.algorithm ?? 'carvalho-roucairol'),
      limits: { waitersPerLockMax: 1000, locksMax: 1000, localHandoffsMax: 1, ...group.options.limits },
    })
    this.locks.guardBy({
      mayGrant: () => this.mayGrant,
      quarantineMs: (waitMs = this.longestMs) => Math.max(0, waitMs - (time.nowMs - this.installedMs)),
      wantNewEpoch: () => this.wantsNewEpoch++,
    })
  }

  ask(
    name: string,
    options: { mode?: PlainMode; priority?: number; ifFree?: boolean; onHeld?: (client: Client) => void } = {},
  ): Client {
    const client = new Client(this, name, Mode.of(options.mode ?? 'exclusive'), options.priority ?? 0, options.ifFree ?? false)
    if (options.onHeld !== undefined) client.onHeld = () => options.onHeld?.(client)
    this.clients.push(client)
    this.locks.acquire(client)
    return client
  }
}

/** Several nodes' locks on virtual time, links that keep their order, and view changes by hand. */
export class Group {
  readonly time = new VirtualTime()
  readonly judge = new Judge()
  readonly options: GroupOptions
  readonly random: Random
  readonly seats = new Map<NodeId, Seat>()
  readonly sent: Record<string, number> = {}
  readonly trace: string[] = []
  members: NodeId[] = []
  epoch = 100
  /** Those who may still be inside, and until when by true time. */
  readonly evicted = new Map<NodeId, { readonly overAtMs: number; readonly lastEpoch: number }>()
  private readonly since = new Map<NodeId, number>()
  private readonly arrivals = new Map<string, number>()
  private named = 0

  constructor(size: number, options: GroupOptions = {}) {
    this.options = options
    this.random = seededRandom(options.seed ?? 1)
    for (let i = 0; i < size; i++) this.members.push(this.add().id)
    for (const id of this.members) this.seat(id).locks.stop()
    for (const id of this.members) this.activate(id, this.viewOf(this.members), [])
  }

  get messages(): number {
    return Object.values(this.sent).reduce((sum, count) => sum + count, 0)
  }

  seat(at: number | NodeId): Seat {
    return this.seats.get(typeof at === 'number' ? (this.members[at] as NodeId) : at) as Seat
  }

  add(): Seat {
    const seat = new Seat(this, `n${String.fromCharCode(97 + this.named++)}`)
    this.seats.set(seat.id, seat)
    return seat
  }

  send(from: NodeId, to: NodeId, message: MessageOf<'lock'>): void {
    if (this.seat(from).isGone) return
    this.sent[message.body.kind] = (this.sent[message.body.kind] ?? 0) + 1
    this.trace.push(`${this.time.nowMs} ${from}>${to} ${message.lock} ${JSON.stringify(message.body)}`)
    const link = `${from}>${to}`
    const delayMs = this.options.delayMs?.(this.random) ?? 1
    const atMs = Math.max(this.time.nowMs + delayMs, this.arrivals.get(link) ?? 0)
    this.arrivals.set(link, atMs)
    this.time.schedule(atMs - this.time.nowMs, () => {
      const seat = this.seats.get(to)
      if (seat !== undefined && !seat.isGone) seat.locks.receive(from, message)
    })
  }

  viewOf(members: readonly NodeId[]): View {
    for (const id of members) if (!this.since.has(id)) this.since.set(id, this.epoch)
    return {
      cluster: 'test',
      epoch: this.epoch,
      members: members.map((id) => ({ id, address: '', since: this.since.get(id) ?? this.epoch })),
      voters: [],
      quarantine: [...this.evicted]
        .map(([id, { overAtMs, lastEpoch }]) => ({ id, remainingMs: overAtMs - this.time.nowMs, lastEpoch }))
        .filter(({ remainingMs }) => remainingMs > 0),
      config: { algorithm: '', algorithms: [], permits: [], clock: 'lamport', sessionMs: 1000, joinList: [] },
    }
  }

  /** Takes the view up: from here on its waits are counted. */
  install(id: NodeId, view: View): void {
    const seat = this.seat(id)
    seat.locks.stop()
    seat.installedMs = this.time.nowMs
    seat.longestMs = Math.max(0, ...view.quarantine.map(({ remainingMs }) => remainingMs))
  }

  activate(id: NodeId, view: View, carried: readonly Carried[], findings: readonly JointTestimony[] = []): void {
    this.seat(id).locks.activate(view, viewId(view), carried, findings, view.quarantine)
  }

  /**
   * The next view: members stop at different moments, their claims are merged, and they begin at different moments. Who is
   * evicted keeps its holds for `evictedMs`, and the others wait that out. A view that is not flushed stays as it is
   * until the next: only some of its members, or none, ever begin it.
   */
  change(members: readonly NodeId[], spreadMs: number, evictedMs = 0, done: () => void = () => {}, isFlushed = true): void {
    const carriedOver = members.filter((id) => this.members.includes(id))
    for (const id of this.members.filter((each) => !members.includes(each))) {
      if (evictedMs > 0) this.evicted.set(id, { overAtMs: this.time.nowMs + evictedMs, lastEpoch: this.epoch })
      this.time.schedule(evictedMs, () => {
        this.seat(id).locks.end({ reason: 'evicted', message: 'evicted' })
        this.seat(id).isGone = true
      })
    }
    this.epoch++
    const view = this.viewOf(members)
    this.members = [...members]
    const claims = new Map<NodeId, Claim>()
    const begin = (): void => {
      const carried = [...claims.values()].flatMap(({ holds }) => holds)
      const findings = this.seat(members[0] as NodeId).locks.findings(view, claims)
      for (const id of members) {
        // Half of those that should begin hear of it too late.
        if (!isFlushed && this.random.below(2) === 0) continue
        this.time.schedule(this.random.below(spreadMs + 1), () => this.activate(id, view, carried, findings))
      }
      this.time.schedule(spreadMs + 1, done)
    }
    for (const id of members) {
      this.time.schedule(this.random.below(spreadMs + 1), () => {
        this.install(id, view)
        if (!carriedOver.includes(id)) return
        claims.set(id, this.seat(id).locks.claim(view))
        if (claims.size === carriedOver.length) this.time.schedule(spreadMs + 1, begin)
      })
    }
    if (carriedOver.length === 0) this.time.schedule(spreadMs + 1, begin)
  }

  settle(forMs = 1000): void {
    this.time.runFor(forMs)
  }
}
