/** This file makes the faults of a simulated network and undoes them: partitions, stalled links and cut connections. */
import { shapeClass } from '../base/shown.ts'
import { type Duration, parseDuration } from '../base/duration.ts'
import { BadOptionError } from '../base/errors.ts'
import { shownShortly } from '../base/message-of.ts'
import { checkRate } from './argument-checks.ts'
import type { SimNetwork } from './network.ts'
import { isAt, isOn, PerWay, type Way } from './per-way.ts'
import type { Trace } from './trace.ts'
import type { VirtualTime } from './virtual-time.ts'

/** The machines that there are, by name. */
export interface Hosts {
  has(name: string): boolean
  keys(): Iterable<string>
}

/**
 * What fails between processes, in pairs of a deed and its undoing: `partition` and `heal`, `stall` and `resume`; `cut`
 * needs no undoing, since the nodes dial again. A place is a host's name (all its processes), one process's address, or `*` for all. A host of
 * which the simulation has never heard is refused (BAD_OPTION): a fault without a victim proves nothing.
 *
 * A partition is noticed: its connections are cut, and dials time out until it heals. A stall is silent: everything that goes one
 * way is held up, no process is told, and at `resume` it all arrives in order. Frames that are delayed keep their order within a
 * connection and lose it across connections. A lost frame ends its connection and all later frames on it, as in a stream. Only
 * volatile frames (gossip, detours through a third) are lost by themselves, and only they can be overtaken within a connection.
 * Anything may arrive twice.
 */
export class Faults {
  private readonly network: SimNetwork
  private readonly trace: Trace
  private readonly time: VirtualTime
  private readonly hosts: Hosts
  private partitions: Way[] = []
  private stalls: Way[] = []
  private readonly delays = new PerWay()
  private readonly lags = new PerWay()
  private readonly losses = new PerWay()
  private readonly doubles = new PerWay()
  private readonly strays = new PerWay()

  constructor(network: SimNetwork, trace: Trace, time: VirtualTime, hosts: Hosts) {
    this.network = network
    this.trace = trace
    this.time = time
    this.hosts = hosts
  }

  /**
   * No process of the one side reaches one of the other, until `heal`, or until this very partition is undone.
   *
   * @throws BAD_OPTION when a side is no list of places.
   * @example const undo = faults.partition(['a'], ['b', 'c:7000'])
   */
  partition(side: readonly string[], otherSide: readonly string[]): () => void {
    this.checkSide(side, 'side')
    this.checkSide(otherSide, 'otherSide')
    this.note(`partition ${side.join(',')} ${otherSide.join(',')}`)
    const ways = side.flatMap((a) =>
      otherSide.flatMap((b) => [
        { from: a, to: b },
        { from: b, to: a },
      ]),
    )
    this.partitions.push(...ways)
    for (const a of side) for (const b of otherSide) this.cutBetween(a, b, 'partitioned')
    return () => {
      this.note(`undo partition ${side.join(',')} ${otherSide.join(',')}`)
      this.partitions = this.partitions.filter((way) => !ways.includes(way))
    }
  }

  /**
   * Ends every partition, or only those between the places named.
   *
   * @throws BAD_OPTION when a side is no list of places, or only one is given.
   */
  heal(side?: readonly string[], otherSide?: readonly string[]): void {
    if (side !== undefined || otherSide !== undefined) {
      this.checkSide(side, 'side')
      this.checkSide(otherSide, 'otherSide')
    }
    this.note(`heal ${side?.join(',') ?? '*'} ${otherSide?.join(',') ?? '*'}`)
    if (side === undefined || otherSide === undefined) this.partitions = []
    else {
      this.partitions = this.partitions.filter(
        ({ from, to }) => !(side.includes(from) && otherSide.includes(to)) && !(side.includes(to) && otherSide.includes(from)),
      )
    }
  }

  /**
   * Holds up everything on the way from one place to another, until `resume` or until this is undone; the opposite way goes on.
   *
   * @throws BAD_OPTION
   */
  stall(from: string, to: string): () => void {
    this.checkWay(from, to)
    this.note(`stall ${from} ${to}`)
    const way = { from, to }
    this.stalls.push(way)
    return () => {
      this.note(`undo stall ${from} ${to}`)
      this.stalls = this.stalls.filter((each) => each !== way)
      this.network.resumeStalled()
    }
  }

  /**
   * Lets what was held up arrive, in order. Without arguments: everywhere.
   *
   * @throws BAD_OPTION when an argument is no place, or only one is given.
   */
  resume(from?: string, to?: string): void {
    if (from !== undefined || to !== undefined) this.checkWay(from, to)
    this.note(`resume ${from ?? '*'} ${to ?? '*'}`)
    if (from === undefined || to === undefined) this.stalls = []
    else this.stalls = this.stalls.filter((stall) => stall.from !== from || stall.to !== to)
    this.network.resumeStalled()
  }

  /**
   * Breaks the connections between two places; what is in flight is lost, and both ends hear of it.
   *
   * @throws BAD_OPTION
   */
  cut(a: string, b: string): void {
    this.checkPlace(a, 'a')
    this.checkPlace(b, 'b')
    this.note(`cut ${a} ${b}`)
    this.cutBetween(a, b, 'cut')
  }

  /**
   * From now on frames on this way take longer, by a time drawn exponentially with this mean; 0 ends it.
   *
   * @throws BAD_OPTION
   */
  delay(from: string, to: string, mean: Duration): void {
    this.checkWay(from, to)
    const meanMs = parseDuration(mean, 'mean')
    this.note(`delay ${from} ${to} ${meanMs}`)
    this.delays.set(from, to, meanMs)
  }

  /**
   * From now on every frame on this way takes just this much longer; 0 ends it. On the way back of a question, the answer comes
   * when later questions have been asked.
   *
   * @throws BAD_OPTION
   */
  lag(from: string, to: string, duration: Duration): void {
    this.checkWay(from, to)
    const lateMs = parseDuration(duration, 'duration')
    this.note(`lag ${from} ${to} ${lateMs}`)
    this.lags.set(from, to, lateMs)
  }

  /**
   * From now on each frame on this way is lost with this probability; 0 ends it.
   *
   * @throws BAD_OPTION
   */
  lose(from: string, to: string, rate: number): void {
    this.checkRateOn(from, to, rate)
    this.note(`lose ${from} ${to} ${rate}`)
    this.losses.set(from, to, rate)
  }

  /**
   * From now on each frame on this way arrives twice with this probability; 0 ends it.
   *
   * @throws BAD_OPTION
   */
  duplicate(from: string, to: string, rate: number): void {
    this.checkRateOn(from, to, rate)
    this.note(`duplicate ${from} ${to} ${rate}`)
    this.doubles.set(from, to, rate)
  }

  /**
   * From now on each volatile frame on this way (gossip, detours) comes late and out of order with this probability; 0 ends it.
   *
   * @throws BAD_OPTION
   */
  reorder(from: string, to: string, rate: number): void {
    this.checkRateOn(from, to, rate)
    this.note(`reorder ${from} ${to} ${rate}`)
    this.strays.set(from, to, rate)
  }

  /** Ends everything that is going on between processes. */
  end(): void {
    this.heal()
    this.resume()
    for (const each of [this.delays, this.lags, this.losses, this.doubles, this.strays]) each.clear()
  }

  /** The mean of what frames on this way take longer. */
  delayOf(from: string, to: string): number {
    return this.delays.of(from, to)
  }

  /** How much longer every frame on this way takes. */
  lagOf(from: string, to: string): number {
    return this.lags.of(from, to)
  }

  /** How probable it is that a frame on this way is lost. */
  lossOf(from: string, to: string): number {
    return this.losses.of(from, to)
  }

  /** How probable it is that a frame on this way arrives twice. */
  duplicationOf(from: string, to: string): number {
    return this.doubles.of(from, to)
  }

  /** How probable it is that a volatile frame on this way leaves the order. */
  reorderingOf(from: string, to: string): number {
    return this.strays.of(from, to)
  }

  /** True when a new connection could come about on this way. */
  passes(from: string, to: string): boolean {
    return this.flows(from, to) && !this.partitions.some((way) => isOn(from, to, way))
  }

  /** True when frames of a living connection are not held up on this way. */
  flows(from: string, to: string): boolean {
    return this.stalls.length === 0 || !this.stalls.some((way) => isOn(from, to, way))
  }

  private cutBetween(a: string, b: string, reason: string): void {
    for (const connection of this.network.connections()) {
      const from = connection.dialler.owner.place
      const to = connection.listener.owner.place
      if ((isAt(from, a) && isAt(to, b)) || (isAt(from, b) && isAt(to, a))) this.network.cut(connection, reason)
    }
  }

  private checkSide(side: unknown, option: string): void {
    if (!Array.isArray(side)) {
      throw new BadOptionError(`${option} must be a list of places, such as ['a', 'b:7000'], got ${shownShortly(side)}`, {
        option,
      })
    }
    for (const place of side) this.checkPlace(place, option)
  }

  private checkWay(from: unknown, to: unknown): void {
    this.checkPlace(from, 'from')
    this.checkPlace(to, 'to')
  }

  private checkRateOn(from: unknown, to: unknown, rate: unknown): void {
    this.checkWay(from, to)
    checkRate(rate, 'rate')
  }

  private checkPlace(place: unknown, option: string): void {
    if (typeof place !== 'string') {
      throw new BadOptionError(`${option} must be a host's name, an address or '*', got ${shownShortly(place)}`, { option })
    }
    // In a host's name there is no colon.
    if (place === '*' || this.hosts.has(place.split(':', 1)[0] as string)) return
    const names = [...this.hosts.keys()].join(', ')
    const known = names === '' ? 'no host is named yet: world(host) or host(name) makes one' : `there are ${names}`
    throw new BadOptionError(`${option}: there is no host of ${shownShortly(place)}; ${known}`, { option })
  }

  private note(what: string): void {
    this.trace.add(this.time.nowMs, '*', what)
  }
}

shapeClass(Faults, () => ({}))
