import type { NodeId } from '../base/ids.ts'
import type { Message } from '../wire/messages.ts'
import type { View } from './view.ts'

/**
 * What decides views. Two operations carry everything above: *decide the successor of e*, and *am I still in the
 * newest view, asked at s*. Sessions, quarantine and the flush are written once against them.
 */
export interface Register {
  /** Begins: looks for the newest view, or founds one with `self` in it when this node may. */
  start(listener: RegisterListener): void
  /** Tries to make `successor` the view after `current`. Whatever is decided instead arrives as `decided`. */
  propose(current: View, successor: View): void
  /** Asks whether this node is still in the newest view; `renewed` tells when that question was put. */
  renew(current: View): void
  /** A message of the register's own (`vote.*`, `session.*`). */
  receive(from: NodeId, message: Message): void
  stop(): void
}

export interface RegisterListener {
  /** This view is decided: nobody will ever hear of another with its predecessor. */
  decided(view: View): void
  /** A renewal that began at this monotonic, wall and boot time has succeeded. */
  renewed(started: Instant): void
  /** The register can never serve this membership again: the directory went away or was replaced. */
  failed(reason: string): void
}

/** One moment on the three clocks. */
export interface Instant {
  readonly monotonicMs: number
  readonly wallMs: number
  readonly bootMs: number
}
