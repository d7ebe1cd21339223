/**
 * An instance as the list of what happened to it. The explorer copies states and compares them. It can do so with plain fields,
 * but not with what a closure or a `#private` field hides. A site that behaves the same whenever the same happens is known by its
 * history. So before each step the site is made afresh and lives through everything again, unheard (stateless model checking;
 * Godefroid 1997, "Model checking for programming languages using VeriSoft").
 *
 * A site that then acts differently keeps state outside of its instance, or leaves a choice to chance.
 */
import type { NodeId } from '../../base/ids.ts'
import type { Mode } from '../../base/mode.ts'
import type { Stamp } from '../../clock/stamp.ts'
import type { Algorithm, AlgorithmKind, Body, Description, Site } from '../../mutex/contract.ts'
import { BrokenRule } from '../../sim/explorer/rules.ts'
import { ThroughSite } from '../../mutex/through-site.ts'

/** One input of a site. */
type Input =
  | { readonly do: 'request'; readonly stamp: Stamp; readonly mode: Mode; readonly ifFree: boolean }
  | { readonly do: 'receive'; readonly from: NodeId; readonly message: Body }
  | { readonly do: 'cancel'; readonly stamp: Stamp }
  | { readonly do: 'release'; readonly mode: Mode }
  | { readonly do: 'wake' | 'rest' }

/** The same algorithm, whose instances are known by their histories. Slower, and good for code of any kind. */
export function replayed(kind: AlgorithmKind<Body>): AlgorithmKind<Body> {
  const { name, modes, asksAlways } = kind
  return {
    name,
    modes,
    asksAlways,
    create: (site) => new Replayed({ of: () => kind }, site),
    untouched: (...args) => kind.untouched(...args),
  }
}

/** Hears what an instance does; says it on when it is not the past. */
class Listening extends ThroughSite<Body> {
  readonly said: string[] = []
  isPast = true

  override send(to: NodeId, message: Body): void {
    this.said.push(`sends ${to} ${JSON.stringify(message)}`)
    if (!this.isPast) this.site.send(to, message)
  }

  override granted(stamp?: Stamp): void {
    this.said.push('is granted')
    if (!this.isPast) this.site.granted(stamp)
  }

  override refused(): void {
    this.said.push('is refused')
    if (!this.isPast) this.site.refused()
  }

  override pause(isBrief?: boolean): void {
    this.said.push('pauses')
    if (!this.isPast) this.site.pause(isBrief)
  }
}

/** The instances that have lived through just that, for questions that change nothing. */
const living = new WeakMap<readonly Input[], Algorithm<Body>>()

class Replayed implements Algorithm<Body> {
  private readonly kind: { readonly of: () => AlgorithmKind<Body> }
  private readonly site: Site<Body>
  private inputs: readonly Input[] = []
  /** What it did in all: the same again whenever it is replayed. */
  private said: readonly string[]

  constructor(kind: { readonly of: () => AlgorithmKind<Body> }, site: Site<Body>) {
    this.kind = kind
    this.site = site
    const listening = new Listening(site)
    listening.isPast = false
    kind.of().create(listening)
    this.said = listening.said
  }

  request(stamp: Stamp, mode: Mode, ifFree: boolean): void {
    this.live({ do: 'request', stamp, mode, ifFree })
  }

  receive(from: NodeId, message: Body): void {
    this.live({ do: 'receive', from, message })
  }

  release(mode: Mode): void {
    this.live({ do: 'release', mode })
  }

  cancel(stamp: Stamp): void {
    this.live({ do: 'cancel', stamp })
  }

  wake(): void {
    this.live({ do: 'wake' })
  }

  rest(): void {
    this.live({ do: 'rest' })
  }

  wanted(mode: Mode): boolean {
    return this.living().wanted(mode)
  }

  mayHold(peer: NodeId): boolean {
    return this.living().mayHold(peer)
  }

  idle(): boolean {
    return this.living().idle()
  }

  describe(): Description {
    return this.living().describe()
  }

  private live(input: Input): void {
    const { algorithm, listening } = this.again()
    listening.isPast = false
    this.inputs = [...this.inputs, input]
    apply(algorithm, input)
    this.said = listening.said
    living.set(this.inputs, algorithm)
  }

  private living(): Algorithm<Body> {
    let found = living.get(this.inputs)
    if (found === undefined) {
      found = this.again().algorithm
      living.set(this.inputs, found)
    }
    return found
  }

  /** A fresh instance that has lived through all that happened. */
  private again(): { algorithm: Algorithm<Body>; listening: Listening } {
    const listening = new Listening(this.site)
    const algorithm = this.kind.of().create(listening)
    for (const input of this.inputs) apply(algorithm, input)
    const at = this.said.findIndex((each, i) => each !== listening.said[i])
    if (at !== -1 || listening.said.length !== this.said.length) throw differs(this.site.self, this.said, listening.said)
    return { algorithm, listening }
  }
}

function apply(algorithm: Algorithm<Body>, input: Input): void {
  switch (input.do) {
    case 'request':
      return algorithm.request(input.stamp, input.mode, input.ifFree)
    case 'receive':
      return algorithm.receive(input.from, input.message)
    case 'release':
      return algorithm.release(input.mode)
    case 'cancel':
      return algorithm.cancel(input.stamp)
    case 'wake':
      return algorithm.wake?.()
    case 'rest':
      return algorithm.rest()
  }
}

/** The message for a site that acts differently when the same happens to it again. */
export function differs(self: NodeId, first: readonly string[], second: readonly string[]): BrokenRule {
  let at = 0
  while (at < first.length && first[at] === second[at]) at++
  const [before = 'does nothing', now = 'does nothing'] = [first[at], second[at]]
  return new BrokenRule(
    'unrepeatable',
    `${self} ${before} the first time, and ${now} when the same happens again: ` +
      'keep all state in what create returns, not in the module, and leave nothing to chance or to the clock on the wall',
  )
}
