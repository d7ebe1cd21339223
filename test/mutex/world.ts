import type { NodeId } from '../../lib/base/ids.ts'
import { excludes, type Mode } from '../../lib/base/mode.ts'
import type { Random } from '../../lib/base/random.ts'
import type { Stamp } from '../../lib/clock/stamp.ts'
import type { Algorithm, AlgorithmKind, Site } from '../../lib/mutex/contract.ts'
import type { Carried } from '../../lib/view/flush-host.ts'
import type { LockBody } from '../../lib/wire/messages.ts'

/** What a site of a test is to do, in this order. */
export interface Wish {
  readonly mode: Mode
  readonly ifFree?: boolean
  /** May be withdrawn while it waits. */
  readonly fickle?: boolean
}

interface Seat {
  algorithm: Algorithm
  clock: number
  wishes: Wish[]
  pending: Wish | null
  pendingStamp: Stamp | null
  inside: number
  mode: Mode
  paused: boolean
  rested: boolean
  /** How often it may still rest before the end. */
  naps: number
  /** Stopped for good, as at the end of a view; the peers that it then said could not be inside. */
  denied: readonly NodeId[] | null
}

/** One step that may happen next, by name: an exploration tries them all, a walk draws one. */
export type Step =
  | { readonly do: 'request' | 'release' | 'cancel' | 'wake' | 'rest' | 'stop'; readonly at: NodeId }
  | { readonly do: 'deliver'; readonly from: NodeId; readonly to: NodeId }

export interface WorldOptions {
  readonly kind: AlgorithmKind
  readonly wishes: readonly (readonly Wish[])[]
  readonly carried?: readonly Carried[]
  readonly firstPlace?: NodeId
  /** Sites rest when everything else is over. */
  readonly rests?: boolean
  /** Every site may rest so often in the middle as well, whenever it neither waits nor is inside. */
  readonly napsMax?: number
  /** One site may stop at any moment, and what it says then of the others must stay true without it. */
  readonly stops?: boolean
}

/**
 * A few sites of one algorithm and the messages between them, in order on each link and otherwise in any order at all. It
 * checks at every step that nobody is inside who must not be, and that `mayHold` never denies somebody who is, or who
 * enters after the one that was asked has stopped. As the lock layer does, it forgets an instance that is idle.
 */
export class World {
  readonly ids: readonly NodeId[]
  readonly seats = new Map<NodeId, Seat>()
  readonly links = new Map<string, LockBody[]>()
  readonly sent: Record<string, number> = {}
  readonly entries: { readonly at: NodeId; readonly stamp: Stamp }[] = []
  refusals = 0
  private readonly options: WorldOptions

  constructor(options: WorldOptions, copied?: World) {
    this.options = options
    this.ids = options.wishes.map((_, i) => String.fromCharCode(97 + i))
    if (copied !== undefined) return
    for (const id of this.ids) {
      const carried = (options.carried ?? []).filter(({ holder }) => holder === id)
      this.seats.set(id, {
        algorithm: options.kind.create(this.siteOf(id)),
        clock: 0,
        wishes: [...(options.wishes[this.ids.indexOf(id)] ?? [])],
        pending: null,
        pendingStamp: null,
        inside: carried[0]?.mode === 'shared' ? 1 : carried.length,
        mode: carried[0]?.mode ?? 'exclusive',
        paused: false,
        rested: false,
        naps: options.napsMax ?? 0,
        denied: null,
      })
    }
    // A fresh token may have asked for its pause before its seat was there.
    for (const id of this.pausedEarly) this.seat(id).paused = true
  }

  private readonly pausedEarly = new Set<NodeId>()

  seat(id: NodeId): Seat {
    return this.seats.get(id) as Seat
  }

  /** Everything that may happen next. Resting is left to the end. */
  steps(): Step[] {
    const steps: Step[] = []
    const mayStop = this.options.stops === true && ![...this.seats.values()].some(({ denied }) => denied !== null)
    for (const id of this.ids) {
      const seat = this.seat(id)
      if (seat.denied !== null) continue
      if (mayStop) steps.push({ do: 'stop', at: id })
      if (seat.naps > 0 && seat.pending === null && seat.inside === 0) steps.push({ do: 'rest', at: id })
      const wish = seat.wishes[0]
      const beside = seat.inside === 0 || (typeof wish?.mode === 'number' && wish.mode === seat.mode)
      if (wish !== undefined && seat.pending === null && beside) steps.push({ do: 'request', at: id })
      if (seat.inside > 0) steps.push({ do: 'release', at: id })
      if (seat.pending?.fickle === true) steps.push({ do: 'cancel', at: id })
    }
    for (const [link, queue] of this.links) {
      if (this.seats.get(link[2] as string)?.denied) continue
      // When only the farewells are left their order makes no difference.
      if (queue.length > 0 && !(steps.length > 0 && [...this.seats.values()].every(({ rested }) => rested)))
        steps.push({ do: 'deliver', from: link[0] as string, to: link[2] as string })
    }
    if (steps.length === 0)
      for (const id of this.ids) if (this.seat(id).paused && this.seat(id).denied === null) steps.push({ do: 'wake', at: id })
    if (steps.length === 0 && this.options.rests === true) {
      const awake = this.ids.find((id) => !this.seat(id).rested && this.seat(id).denied === null)
      if (awake !== undefined) steps.push({ do: 'rest', at: awake })
    }
    return steps
  }

  take(step: Step): void {
    switch (step.do) {
      case 'request':
        this.request(step.at)
        break
      case 'release': {
        const seat = this.seat(step.at)
        seat.inside--
        seat.algorithm.release()
        break
      }
      case 'cancel': {
        const seat = this.seat(step.at)
        seat.pending = null
        seat.algorithm.cancel()
        break
      }
      case 'wake':
        this.seat(step.at).paused = false
        this.seat(step.at).algorithm.wake?.()
        break
      case 'rest':
        if (this.seat(step.at).naps > 0) this.seat(step.at).naps--
        else this.seat(step.at).rested = true
        this.seat(step.at).algorithm.rest()
        break
      case 'stop': {
        const { algorithm } = this.seat(step.at)
        this.seat(step.at).denied = this.ids.filter((id) => id !== step.at && !algorithm.mayHold(id))
        break
      }
      case 'deliver': {
        const body = this.links.get(`${step.from}>${step.to}`)?.shift() as LockBody
        const seat = this.seat(step.to)
        if ('stamp' in body) seat.clock = Math.max(seat.clock, body.stamp.time)
        seat.algorithm.receive(step.from, body)
      }
    }
    this.forgetIfIdle(step.do === 'deliver' ? step.to : step.at)
    this.check()
  }

  /** An idle instance is as good as a new one, and as good as none. */
  private forgetIfIdle(id: NodeId): void {
    const seat = this.seat(id)
    if (seat.denied !== null || seat.pending !== null || seat.inside > 0 || !seat.algorithm.idle()) return
    const { kind, carried = [], firstPlace = 'a' } = this.options
    seat.algorithm = kind.create(this.siteOf(id))
    const own = carried.filter(({ holder }) => holder === id)
    const entries = own[0]?.mode === 'shared' ? 1 : own.length
    for (let i = 0; i < entries; i++) seat.algorithm.release()
    if (!seat.algorithm.idle()) throw new Error(`${id} was idle, and a fresh one is not: ${print(seat.algorithm)}`)
    for (const peer of this.ids) {
      if (peer !== id && !kind.untouched(carried, firstPlace, id, peer) && seat.algorithm.mayHold(peer))
        throw new Error(`without an instance ${id} denies that ${peer} is inside`)
    }
  }

  /** Asks for the next wish of a site, or for this one. */
  request(id: NodeId, wish?: Wish): void {
    const seat = this.seat(id)
    const next = wish ?? (seat.wishes.shift() as Wish)
    seat.pending = next
    seat.pendingStamp = { time: ++seat.clock, count: 0, id }
    seat.algorithm.request(seat.pendingStamp, next.mode, next.ifFree === true)
  }

  /** Delivers whatever is on its way, and what that causes, oldest link first. */
  settle(): void {
    for (let steps = this.steps(); ; steps = this.steps()) {
      const step = steps.find((each) => each.do === 'deliver')
      if (step === undefined) return
      this.take(step)
    }
  }

  /** Goes on at random until nothing can happen. */
  walk(random: Random, stepsMax: number): void {
    for (let i = 0; i < stepsMax; i++) {
      const steps = this.steps()
      if (steps.length === 0) return
      this.take(steps[random.below(steps.length)] as Step)
    }
    throw new Error(`still going after ${stepsMax} steps`)
  }

  get messages(): number {
    return Object.values(this.sent).reduce((sum, count) => sum + count, 0)
  }

  /** Throws unless everything has come to rest with nobody left waiting. */
  checkEnd(): void {
    if ([...this.seats.values()].some(({ denied }) => denied !== null)) return
    for (const id of this.ids) {
      if (this.seat(id).pending !== null) throw new Error(`${id} waits for ever`)
    }
    for (const id of this.ids) {
      const seat = this.seat(id)
      if (this.options.rests === true && !seat.algorithm.idle())
        throw new Error(`${id} is not idle at the end: ${print(seat.algorithm)}`)
    }
  }

  /** Everything that decides the future, as a text. */
  fingerprint(): string {
    return print([[...this.seats.values()], [...this.links].filter(([, queue]) => queue.length > 0)])
  }

  /** The same moment in another world, which then goes its own way. */
  copy(): World {
    const world = new World(this.options, this)
    const known = new Map<object, object>()
    for (const id of this.ids) known.set(this.sites.get(id) as object, world.siteOf(id))
    for (const [id, seat] of this.seats) world.seats.set(id, copyOf(seat, known))
    for (const [link, queue] of this.links) world.links.set(link, [...queue])
    return world
  }

  private check(): void {
    const inside = this.ids.filter((id) => this.seat(id).inside > 0)
    for (const i of inside) {
      for (const j of inside) {
        if (i !== j && excludes(this.seat(i).mode, this.seat(j).mode)) throw new Error(`${i} and ${j} are inside together`)
      }
      const { mode } = this.seat(i)
      const sum = inside.reduce((total, id) => total + this.seat(id).inside, 0)
      if (typeof mode === 'number' && sum > mode) throw new Error(`${sum} have ${mode} permits`)
      for (const j of this.ids) {
        if (i === j) continue
        const { denied, algorithm } = this.seat(j)
        if (denied === null ? !algorithm.mayHold(i) : denied.includes(i)) throw new Error(`${j} denies that ${i} is inside`)
      }
    }
  }

  private readonly sites = new Map<NodeId, Site>()

  private siteOf(id: NodeId): Site {
    const at = this.ids.indexOf(id)
    const site: Site = {
      self: id,
      peers: [...this.ids.slice(at + 1), ...this.ids.slice(0, at)],
      carried: this.options.carried ?? [],
      firstPlace: this.options.firstPlace ?? 'a',
      send: (to, body) => {
        this.sent[body.kind] = (this.sent[body.kind] ?? 0) + 1
        const link = `${id}>${to}`
        const queue = this.links.get(link)
        if (queue === undefined) this.links.set(link, [body])
        else queue.push(body)
      },
      granted: () => {
        const seat = this.seat(id)
        if (seat.pending === null) throw new Error(`${id} is granted what it does not want`)
        this.entries.push({ at: id, stamp: seat.pendingStamp as Stamp })
        seat.mode = seat.pending.mode
        seat.pending = null
        seat.inside++
      },
      refused: () => {
        const seat = this.seat(id)
        if (seat.pending?.ifFree !== true) throw new Error(`${id} is refused what it did not ask for so`)
        seat.pending = null
        this.refusals++
      },
      pause: () => {
        const seat = this.seats.get(id)
        if (seat === undefined) this.pausedEarly.add(id)
        else seat.paused = true
      },
    }
    this.sites.set(id, site)
    return site
  }
}

/**
 * Tries every order in which things can happen.
 *
 * @returns how many different moments there are.
 */
export function explore(options: WorldOptions, momentsMax = 400_000): number {
  const seen = new Set<string>()
  const stack = [{ world: new World(options), story: null as Story | null }]
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { world, story } = next
    const steps = world.steps()
    try {
      if (steps.length === 0) world.checkEnd()
      for (const step of steps) {
        const after = world.copy()
        const tale = { step, before: story }
        try {
          after.take(step)
        } catch (error) {
          throw new Error(`${(error as Error).message} after ${tell(tale)}`)
        }
        const key = after.fingerprint()
        if (seen.has(key)) continue
        seen.add(key)
        if (seen.size > momentsMax) throw new Error(`more than ${momentsMax} moments`)
        stack.push({ world: after, story: tale })
      }
    } catch (error) {
      if ((error as Error).message.includes(' after ')) throw error
      throw new Error(`${(error as Error).message} after ${tell(story)}`)
    }
  }
  return seen.size
}

interface Story {
  readonly step: Step
  readonly before: Story | null
}

function tell(story: Story | null): string {
  const words: string[] = []
  for (let at = story; at !== null; at = at.before) {
    const { step } = at
    words.unshift(step.do === 'deliver' ? `${step.from}>${step.to}` : `${step.at} ${step.do}`)
  }
  return words.join(', ')
}

function print(value: unknown): string {
  return JSON.stringify(value, (key, each: unknown) => {
    if (key === 'site') return undefined
    if (each instanceof Map) return [...each].sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1))
    if (each instanceof Set) return [...each].sort()
    return each
  })
}

function copyOf<T>(value: T, known: Map<object, object>): T {
  if (typeof value !== 'object' || value === null) return value
  const before = known.get(value)
  if (before !== undefined) return before as T
  const remember = <C extends object>(copy: C): C => {
    known.set(value, copy)
    return copy
  }
  if (value instanceof Map) {
    const copy = remember(new Map<unknown, unknown>())
    for (const [key, each] of value) copy.set(key, copyOf(each, known))
    return copy as T
  }
  if (value instanceof Set) return remember(new Set(value)) as T
  if (Array.isArray(value)) {
    const copy = remember([] as unknown[])
    for (const each of value) copy.push(copyOf(each, known))
    return copy as T
  }
  const copy = remember(Object.create(Object.getPrototypeOf(value) as object) as Record<string, unknown>)
  for (const [key, each] of Object.entries(value)) copy[key] = copyOf(each, known)
  return copy as T
}
