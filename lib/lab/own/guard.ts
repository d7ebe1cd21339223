/**
 * This file watches code that may do anything. What the code sends must be a message to another site, what it throws is told with
 * its place, and another thread can notice a call that does not return. Messages are copied on both ways, as a wire would.
 */
import type { NodeId } from '../../base/ids.ts'
import type { Mode } from '../../base/mode.ts'
import type { Stamp } from '../../clock/stamp.ts'
import type { Algorithm, AlgorithmKind, Body, Description, Site } from '../../mutex/contract.ts'
import { BrokenRule } from '../../sim/explorer/rules.ts'
import { messageCopy } from './message-copy.ts'
import { ThroughSite } from '../../mutex/through-site.ts'

/** Told of each call into the author's code, around it. */
export interface Watch {
  /** Runs the call. `what` is told as in `a: receive 'reply' from b`. */
  around<Result>(site: NodeId, method: string, call: () => Result): Result
  /** Where in the author's file an error comes from; empty when that cannot be told. */
  placeOf(error: unknown): string
}

/** The same algorithm, watched. */
export function guarded(kind: AlgorithmKind<Body>, watch: Watch): AlgorithmKind<Body> {
  const { name, modes, asksAlways } = kind
  return {
    name,
    modes,
    asksAlways,
    create: (site) => new Guarded(kind, site, watch),
    untouched: (...args) => kind.untouched(...args),
  }
}

/** More messages than this from one call are no algorithm any more. */
const sendsMax = 10_000

class GuardedSite extends ThroughSite<Body> {
  sends = 0

  override send(to: NodeId, message: Body): void {
    const { self, peers } = this.site
    if (to === self) throw new BrokenRule('bad message', `${self} sends to itself; do at once what that message would do`)
    if (!peers.includes(to)) {
      const whom = to === undefined || to === null ? 'no site' : `'${String(to)}'`
      throw new BrokenRule('bad message', `${self} sends to ${whom}, and its peers are ${peers.join(', ')}`)
    }
    if (++this.sends > sendsMax) throw new BrokenRule('endless', `${self} sends more than ${sendsMax} messages in one call`)
    const copied = messageCopy(message)
    if ('problem' in copied) throw new BrokenRule('bad message', `${self} sends ${to} ${copied.problem}`)
    this.site.send(to, copied.message)
  }
}

class Guarded implements Algorithm<Body> {
  private readonly site: GuardedSite
  private readonly own: Algorithm<Body>
  private readonly watch: { readonly of: () => Watch }

  constructor(kind: AlgorithmKind<Body>, site: Site<Body>, watch: Watch) {
    this.site = new GuardedSite(site)
    // Kept behind a function, so that neither copies nor hashes of this state go into it.
    this.watch = { of: () => watch }
    this.own = this.call('create', () => kind.create(this.site))
  }

  request(stamp: Stamp, mode: Mode, ifFree: boolean): void {
    this.call('request', () => this.own.request(stamp, mode, ifFree))
  }

  receive(from: NodeId, message: Body): void {
    const copied = messageCopy(message)
    if ('message' in copied) this.call(`receive '${message.kind}'`, () => this.own.receive(from, copied.message))
  }

  release(mode: Mode): void {
    this.call('release', () => this.own.release(mode))
  }

  cancel(stamp: Stamp): void {
    this.call('cancel', () => this.own.cancel(stamp))
  }

  wake(): void {
    this.call('wake', () => this.own.wake?.())
  }

  wanted(mode: Mode): boolean {
    return this.call('wanted', () => this.own.wanted(mode))
  }

  mayHold(peer: NodeId): boolean {
    return this.call('mayHold', () => this.own.mayHold(peer))
  }

  idle(): boolean {
    return this.call('idle', () => this.own.idle())
  }

  rest(): void {
    this.call('rest', () => this.own.rest())
  }

  describe(): Description {
    return this.call('describe', () => this.own.describe())
  }

  private call<Result>(method: string, call: () => Result): Result {
    const watch = this.watch.of()
    const { self } = this.site
    this.site.sends = 0
    try {
      return watch.around(self, method, call)
    } catch (error) {
      if (error instanceof BrokenRule) throw withPlace(error, watch)
      const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
      throw withPlace(new BrokenRule('throws', `${self} throws in ${method}: ${text}`), watch, error)
    }
  }
}

/** Told once, by the call that is nearest to the author's code. */
function withPlace(broken: BrokenRule, watch: Watch, cause: unknown = broken): BrokenRule {
  if (told.has(broken)) return broken
  const place = watch.placeOf(cause)
  const named = place === '' ? broken : new BrokenRule(broken.rule, `${broken.message} (${place})`)
  told.add(named)
  return named
}

const told = new WeakSet<BrokenRule>()
