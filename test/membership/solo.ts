import type { Context } from '../../lib/world/context.ts'
import type { NodeId } from '../../lib/base/ids.ts'
import { seededRandom } from '../../lib/base/random.ts'
import { Membership, type MembershipOptions, type SwimTimer } from '../../lib/membership/membership.ts'
import { type SwimProfile, swimProfiles } from '../../lib/membership/profile.ts'
import { VirtualTime } from '../../lib/sim/virtual-time.ts'
import type { Message, MessageOf, MessageType, Update } from '../../lib/wire/messages.ts'

export interface Sent {
  readonly atMs: number
  readonly to: NodeId
  readonly message: Message
}

/** One node, `self`, whose peers are played by the test. */
export class Solo {
  readonly time = new VirtualTime()
  readonly sent: Sent[] = []
  /** What the listener heard, as `type id`. */
  readonly heard: string[] = []
  readonly membership: Membership
  readonly profile: SwimProfile

  constructor(
    profile: Partial<SwimProfile> = {},
    seed = 1,
    judges: Pick<MembershipOptions, 'believes' | 'isVouchedFor' | 'isShownAlive'> = {},
  ) {
    this.profile = { ...swimProfiles.lan, ...profile }
    const note = (type: string) => (id: NodeId) => void this.heard.push(`${type} ${id}`)
    this.membership = new Membership(
      this.context(seed),
      { address: 'self:1', profile: this.profile, ...judges },
      {
        found: note('found'),
        suspected: note('suspected'),
        refuted: note('refuted'),
        down: note('down'),
        left: note('left'),
      },
    )
  }

  /** Opens connections to these peers, whose addresses are `ID:1`. */
  connect(...ids: NodeId[]): this {
    for (const id of ids) this.membership.peerConnected({ id, address: `${id}:1`, role: 'member', wallOffsetMs: 0 })
    return this
  }

  hear(from: NodeId, ...updates: Update[]): void {
    this.membership.receive(from, { type: 'swim.gossip', updates })
  }

  /** Messages of a type sent so far, the oldest first. */
  sentOf<Type extends MessageType>(type: Type, to?: NodeId): (Sent & { readonly message: MessageOf<Type> })[] {
    return this.sent.filter((sent): sent is Sent & { readonly message: MessageOf<Type> } => {
      return sent.message.type === type && (to === undefined || sent.to === to)
    })
  }

  incarnationOf(id: NodeId): number | undefined {
    return this.membership.state.beliefs.peers.get(id)?.incarnation
  }

  get health(): number {
    return this.membership.state.health.score
  }

  private context(seed: number): Context<SwimTimer> {
    const timers = new Map<string, unknown>()
    const post = (to: NodeId, message: Message): void => void this.sent.push({ atMs: this.time.nowMs, to, message })
    return {
      self: 'self',
      random: seededRandom(seed),
      nowMs: () => this.time.nowMs,
      wallMs: () => this.time.nowMs,
      bootMs: () => this.time.nowMs,
      send: post,
      broadcast: (to, message) => {
        for (const each of to) post(each, message)
      },
      sendLoose: post,
      emit: () => undefined,
      setTimer: (key, delayMs, timer) => {
        this.time.cancel(timers.get(key))
        timers.set(
          key,
          this.time.schedule(delayMs, () => {
            timers.delete(key)
            this.membership.timer(timer)
          }),
        )
      },
      clearTimer: (key) => {
        this.time.cancel(timers.get(key))
        timers.delete(key)
      },
    }
  }
}

export function alive(id: NodeId, incarnation = 0, address = `${id}:1`): Update {
  return { id, address, state: 'alive', incarnation, by: id }
}

export function suspect(id: NodeId, by: NodeId, incarnation = 0): Update {
  return { id, address: `${id}:1`, state: 'suspect', incarnation, by }
}

export function down(id: NodeId, by: NodeId, incarnation = 0): Update {
  return { id, address: `${id}:1`, state: 'down', incarnation, by }
}

export function left(id: NodeId, incarnation = 0): Update {
  return { id, address: `${id}:1`, state: 'left', incarnation, by: id }
}
