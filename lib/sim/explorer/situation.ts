/** This file declares what is explored: the sites, their requests, what may fail, and the steps that follow from it. */
import type { NodeId } from '../../base/ids.ts'
import type { PlainMode } from '../../base/mode.ts'
import type { AlgorithmKind, Body } from '../../mutex/contract.ts'
import type { Carried } from '../../view/flush-host.ts'

/** One request that a site will make. */
export interface Wish {
  /** What the site asks for. */
  readonly mode: PlainMode
  /** Rather refused than kept waiting, as `tryAcquire` asks. */
  readonly ifFree?: boolean
  /** May be withdrawn while it waits. */
  readonly fickle?: boolean
  /** For algorithms that have priorities. Default: 0. */
  readonly priority?: number
}

/** A hold with which it begins. */
export interface CarriedWish extends Omit<Carried, 'mode'> {
  /** What the site holds. */
  readonly mode: PlainMode
}

/** A small configuration: who there is, what each wants in turn, and what may go wrong. */
export interface Situation {
  /** The algorithm that is explored. */
  readonly kind: AlgorithmKind<Body>
  /** For each site, what it wants, one after the other. Sites are called `a`, `b`, `c` and so on. */
  readonly wishes: readonly (readonly Wish[])[]
  /** Who holds the lock as it begins. */
  readonly carried?: readonly CarriedWish[]
  /** Where a token begins. Default: `a`. */
  readonly firstPlace?: NodeId
  /**
   * An entry that others may be beside is never released. Sites may then wait at the end, but one of them for an entry that excludes
   * it: none waits for a request that was withdrawn.
   */
  readonly stays?: boolean
  /** Sites rest when everything else is over, and must then be idle. Not with `stays`. */
  readonly rests?: boolean
  /** How often each site may rest in the middle as well, whenever it neither waits nor is inside. */
  readonly napsMax?: number
  /** How often a site may begin to suspect another, all sites together; it hears it again whenever that comes about. Default: never. */
  readonly suspicionsMax?: number
  /** One site may stop at any moment, and what it says then of the others must stay true without it. */
  readonly stops?: boolean
  /**
   * One site may be cut off at any moment: a view without it follows, while it goes on believing in its session until
   * that is over. A site that may be inside then is waited for.
   */
  readonly crash?: boolean
  /** One message may be lost; a view of the same members follows, as when a flush does not come to its end. */
  readonly loss?: boolean
  /** Fences are counted as well: more states. */
  readonly fences?: boolean
  /** Messages on one link may overtake each other. */
  readonly unordered?: boolean
  /** A pause may end at any moment, as a time-out does; otherwise only when nothing else can happen. */
  readonly timeouts?: boolean
  /** At least one wish must be granted: when all sites try at once, the algorithm may not refuse every try. */
  readonly wins?: boolean
}

/** One step that may happen next. */
export type Step = StepOfSite | StepOfSuspicion | StepOfMessage

/**
 * A step of one site. `evict`: it is cut off, and a view without it is decided. `install`: it learns of that view, stops its instance
 * and makes its claim. `activate`: it begins that view with what all have claimed. `expire`: the session of the site that was cut off
 * is over. `repeat`: a view of the same members is decided, because a message was lost.
 */
export interface StepOfSite {
  /** What happens. */
  readonly do:
    | 'request'
    | 'release'
    | 'cancel'
    | 'wake'
    | 'rest'
    | 'stop'
    | 'evict'
    | 'install'
    | 'activate'
    | 'expire'
    | 'repeat'
  /** The site. */
  readonly at: NodeId
  /** Which of its entries is over, if they have several modes. */
  readonly mode?: PlainMode
  /** Which of its pending requests is withdrawn, if it has several. Default: 0, the oldest. */
  readonly nth?: number
}

/** One site begins to suspect another, or hears it again. */
export interface StepOfSuspicion {
  /** What happens. */
  readonly do: 'suspect' | 'hear'
  /** The site that suspects or hears. */
  readonly at: NodeId
  /** The other. */
  readonly peer: NodeId
}

/** A message arrives or is lost. */
export interface StepOfMessage {
  /** What happens. */
  readonly do: 'deliver' | 'lose'
  /** The site that sent it. */
  readonly from: NodeId
  /** The site that it is sent to. */
  readonly to: NodeId
  /** On a link that keeps no order, its place among what is on it. Default: 0. */
  readonly nth?: number
}
