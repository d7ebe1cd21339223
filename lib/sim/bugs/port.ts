/**
 * This file is the port of an algorithm: what passes between a lock and its algorithm, and between the algorithm and the other
 * sites. A mistake here needs no knowledge of the algorithm's fields or methods: it changes, drops or invents calls and messages.
 */
import type { NodeId } from '../../base/ids.ts'
import { Few } from '../../base/few.ts'
import type { Mode } from '../../base/mode.ts'
import { entriesOf, type ModeCounts } from '../../base/mode-counts.ts'
import { sameStamp, type Stamp } from '../../clock/stamp.ts'
import type { Algorithm, Body, Description, Site, WiredKind } from '../../mutex/contract.ts'
import { ThroughSite } from '../../mutex/through-site.ts'
import type { Bug } from './bug.ts'
import { replaceEntry, together } from './replace.ts'

/** A request of this site. */
interface Asked {
  readonly stamp: Stamp
  readonly mode: Mode
  readonly ifFree: boolean
}

/** The port of one instance. It passes everything on; a mistake overrides what it does otherwise. */
export class AlgorithmPort<Message extends Body> implements Algorithm<Message> {
  protected readonly site: Site<Message>
  protected readonly inner: Algorithm<Message>
  /** Requests of this site that have not entered, oldest first. */
  protected readonly asked = new Few<Asked>()
  /** How often this site is inside, by mode. */
  protected readonly inside: ModeCounts

  constructor(site: Site<Message>, create: (site: Site<Message>) => Algorithm<Message>) {
    this.site = site
    this.inside = entriesOf(site.carried, site.self)
    this.inner = create(new PortSite(site, this))
  }

  request(stamp: Stamp, mode: Mode, ifFree: boolean, priority?: number): void {
    this.asked.add({ stamp, mode, ifFree })
    this.inner.request(stamp, mode, ifFree, priority)
  }

  receive(from: NodeId, message: Message): void {
    this.inner.receive(from, message)
  }

  release(mode: Mode): void {
    this.inside.remove(mode)
    this.inner.release(mode)
  }

  cancel(stamp: Stamp): void {
    this.takeAsked(stamp)
    this.inner.cancel(stamp)
  }

  wanted(mode: Mode): boolean {
    return this.inner.wanted(mode)
  }

  raise(priority: number): void {
    this.inner.raise?.(priority)
  }

  mayHold(peer: NodeId): boolean {
    return this.inner.mayHold(peer)
  }

  idle(): boolean {
    return this.inner.idle()
  }

  rest(): void {
    this.inner.rest()
  }

  wake(): void {
    this.inner.wake?.()
  }

  silenceChanged(): void {
    this.inner.silenceChanged?.()
  }

  describe(): Description {
    return this.inner.describe()
  }

  /** The algorithm sends a message to another site. */
  sends(to: NodeId, message: Message): void {
    this.site.send(to, message)
  }

  /** The algorithm lets a pending request enter: the one so named, or the only one. */
  grants(stamp?: Stamp): void {
    const granted = this.takeAsked(stamp)
    if (granted !== null) this.inside.add(granted.mode)
    this.site.granted(stamp)
  }

  /** The algorithm refuses the pending request. */
  refuses(): void {
    this.takeAsked()
    this.site.refused()
  }

  /** The oldest request of this site that has not entered. */
  protected get pending(): Asked | null {
    return this.asked.first
  }

  /** How often this site is inside. */
  protected get entries(): number {
    return this.inside.size
  }

  /** Whether this site is inside, so that a request in that mode has to wait. */
  protected excludes(mode: Mode): boolean {
    return this.inside.exclude(mode)
  }

  private takeAsked(stamp?: Stamp): Asked | null {
    const { asked } = this
    const taken = stamp === undefined ? asked.first : asked.find((each) => sameStamp(each.stamp, stamp))
    if (taken !== null) asked.remove(taken)
    return taken
  }
}

/** The site as the algorithm behind the port sees it. */
class PortSite<Message extends Body> extends ThroughSite<Message> {
  private readonly port: AlgorithmPort<Message>

  constructor(site: Site<Message>, port: AlgorithmPort<Message>) {
    super(site)
    this.port = port
  }

  override send(to: NodeId, message: Message): void {
    this.port.sends(to, message)
  }

  override granted(stamp?: Stamp): void {
    this.port.grants(stamp)
  }

  override refused(): void {
    this.port.refuses()
  }
}

type PortClass<Message extends Body> = new (
  site: Site<Message>,
  create: (site: Site<Message>) => Algorithm<Message>,
) => AlgorithmPort<Message>

/** A mistake at the port of each instance that these algorithms make; the lab is given the first of them. */
export function atPortOf<Message extends Body>(
  kinds: readonly [WiredKind<Message>, ...(readonly WiredKind<Message>[])],
  mistake: PortClass<Message>,
): Pick<Bug, 'apply' | 'faulty'> {
  const [first] = kinds
  return {
    apply: () => together(...kinds.map((kind) => replaceEntry(kind, 'create', (create) => (site) => new mistake(site, create)))),
    faulty: () => ({ ...first, create: (site: Site<Message>) => new mistake(site, first.create) }),
  }
}
