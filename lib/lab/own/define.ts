/**
 * This file makes an algorithm for the lab from a user's short definition, and fills in safely what the definition leaves out.
 */
import type { PlainMode } from '../../base/mode.ts'
import type { Stamp } from '../../clock/stamp.ts'
import type { Algorithm, AlgorithmKind, Body, Site } from '../../mutex/contract.ts'
import type { CheckedMode } from './modes.ts'
import { Completed } from './completed.ts'

/**
 * An algorithm of one's own at one site: what it does when its user asks, when a message arrives, and when its user leaves.
 * Everything else may be left away.
 */
export interface OwnAlgorithm<Message extends Body = Body> {
  /** The user wants to enter. Later, or at once, call `site.granted()`. `stamp` is a Lamport time of the lab's, for who wants it. */
  request(stamp: Stamp, mode: PlainMode, ifFree: boolean): void
  /** A message of another site has arrived. */
  receive(from: string, message: Message): void
  /** The user leaves. */
  release(): void
  /** The user does not want to wait any more. Left away: the request stays, and what it is granted is given back at once. */
  cancel?(): void
  /**
   * The pause that `site.pause()` asked for is over: a time-out. It may end at any moment, also too early.
   */
  wake?(): void
  /** Another site waits. Left out: always, so that no site keeps the lock to itself. */
  wanted?(): boolean
  /** False only with proof that `peer` is not inside. Left away: true, there is no proof. */
  mayHold?(peer: string): boolean
  /** The state is that of a fresh instance, which may take its place. Left away: never. */
  idle?(): boolean
  /** The lock has not been used here for a while. */
  rest?(): void
  /** What an observer may be told. */
  describe?(): {
    /** Whether the token is here. */
    readonly token: boolean
    /** The sites that need not be asked again. */
    readonly permissions: readonly string[]
  }
}

/** How an algorithm of one's own is made. */
export interface OwnDefinition<Message extends Body = Body> {
  /** What it is called in tables: `my-mutex`. */
  readonly name: string
  /** Makes one site's instance. Keep all state in it: not in the module, where all sites would share it. */
  create(site: Site<Message>): OwnAlgorithm<Message>
  /** `unordered`: it must stand messages that overtake each other on one link. Default: `fifo`. */
  readonly links?: 'fifo' | 'unordered'
}

/** An algorithm of one's own, ready for the lab. */
export interface OwnKind<Message extends Body = Body> extends AlgorithmKind<Message> {
  /** What its links are like where it is checked. */
  readonly links: 'fifo' | 'unordered'
  /** It withdraws requests in its own way. */
  readonly cancels: boolean
  /** The modes in which it is checked. Default: those that it has of exclusive, shared and permits. */
  readonly checkedIn?: readonly CheckedMode[]
}

/**
 * An algorithm for the lab from little more than `request`, `receive` and `release`. Missing methods are filled in safely. A
 * withdrawn request is granted and given back at once. A try (`ifFree`) is refused unless it is granted before `request` returns.
 * No site is vouched for. Only exclusive use.
 *
 * @throws TypeError when there is no name or no `create`.
 * @example
 * interface Message { readonly kind: 'token' }
 *
 * class Ring implements OwnAlgorithm<Message> {
 *   …
 * }
 *
 * export const algorithm = defineAlgorithm<Message>({ name: 'my-ring', create: (site) => new Ring(site) })
 */
export function defineAlgorithm<Message extends Body>(definition: OwnDefinition<Message>): OwnKind<Message> {
  const { name, create, links = 'fifo' } = definition
  if (typeof name !== 'string' || name === '') throw new TypeError("defineAlgorithm: 'name' must say what it is called")
  if (typeof create !== 'function')
    throw new TypeError("defineAlgorithm: 'create' must be a function that makes one site's instance")
  if (links !== 'fifo' && links !== 'unordered') throw new TypeError("defineAlgorithm: 'links' must be 'fifo' or 'unordered'")
  return new DefinedKind(name, links, (site) => definition.create(site))
}

/** Asked of the first instance, since only that shows its methods. */
const methods = ['request', 'receive', 'release'] as const

class DefinedKind<Message extends Body> implements OwnKind<Message> {
  readonly name: string
  readonly links: 'fifo' | 'unordered'
  readonly modes = ['exclusive'] as const
  readonly asksAlways = true
  private readonly make: (site: Site<Message>) => OwnAlgorithm<Message>

  constructor(name: string, links: 'fifo' | 'unordered', make: (site: Site<Message>) => OwnAlgorithm<Message>) {
    this.name = name
    this.links = links
    this.make = make
  }

  /** Looked up in an instance that is thrown away. */
  get cancels(): boolean {
    const site = { self: 'a', peers: ['b'], carried: [], firstPlace: 'b' }
    const still = (): void => undefined
    try {
      const calls = { send: still, broadcast: still, granted: still, refused: still, pause: still, isSilent: () => false }
      return this.make({ ...site, ...calls }).cancel !== undefined
    } catch {
      // Told with its place when the algorithm is used.
      return false
    }
  }

  create(site: Site<Message>): Algorithm<Message> {
    return new Completed(site, (own) => {
      const made = this.make(own)
      for (const method of methods) {
        if (typeof made?.[method] !== 'function') throw new TypeError(`${this.name}: what 'create' returns has no ${method}()`)
      }
      return made
    })
  }

  untouched(): boolean {
    return true
  }
}
