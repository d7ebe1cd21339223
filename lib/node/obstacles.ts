/**
 * This file finds out why a node has no view: a clock, a disk, a peer with other options, or no majority. Errors and `explain`
 * show the result.
 */
import type { HoldfastError } from '../base/errors.ts'
import type { NodeId } from '../base/ids.ts'
import type { Event } from '../observe/events.ts'
import type { PeerStatus } from '../view/reasons.ts'
import { isQuorum, wallEpoch } from '../view/successor.ts'
import type { View } from '../view/view.ts'
import type { Settings } from './options.ts'
import { TurnedAway } from './turned-away.ts'
import { nameOf } from './event-log.ts'
import { Voteless } from './voteless.ts'

/** Epochs are tenths of a second; a burst of views may be ahead of the clock by a few. */
const epochLengthMs = 100
const setBackMsMin = 2000

/** What a node knows when it is asked for the obstacle. */
export interface Circumstances {
  readonly epochMax: number
  readonly wallMs: number
  readonly peers: Iterable<PeerStatus>
}

/** What this host stores on its disk: with a state, and a voter with its vote, the node does not wait for the wall clock. */
export interface HostMemory {
  readonly state: { readonly path: string } | null
  readonly vote: object | null
}

/**
 * Finds why a node waits in vain for a view, for the error at its deadline. Only "is a majority up?" would make people check the
 * network if the cause is a clock or a disk.
 */
export class Obstacles {
  private readonly settings: Settings
  private readonly address: string
  private readonly memory: HostMemory
  private readonly addressOf: (peer: NodeId) => string | undefined
  private readonly turnedAway = new TurnedAway()
  private readonly voteless: Voteless
  /** Why a vote could not be saved. */
  private unsaved: string | null = null
  /** A peer that has other options. */
  private apart: string | null = null
  /** Why this host could not store epochs, so that they depend on its clock. */
  private forgets: string | null = null

  /** @param addressOf where a peer can be dialled, if that is known. */
  constructor(settings: Settings, address: string, memory: HostMemory, addressOf: (peer: NodeId) => string | undefined) {
    this.addressOf = addressOf
    this.settings = settings
    this.address = address
    this.memory = memory
    this.voteless = new Voteless(settings.join, address)
    if (memory.state !== null && memory.vote === null && settings.config.joinList.length > 0)
      this.forgets = `the vote of this voter could not be opened in ${memory.state.path}`
  }

  saw(event: Event): void {
    if (event.type === 'voteUnsaved') this.unsaved = event.message
    else if (event.type === 'peerRefused' && event.code === 'CONFIG_MISMATCH')
      this.apart = `${nameOf(event.from, this.addressOf(event.from))} is of ${event.message}`
    else if (event.type === 'stateUnsaved') this.forgets = event.message
  }

  /** A fault that should be corrected although no request waits for it: for `explain`. */
  get advice(): readonly string[] {
    return [...this.forgetfulness, ...(this.voteless.mistake === null ? [] : [this.voteless.mistake])]
  }

  /** Why this node has no vote although it should perhaps have one; null without a sign of that. */
  get votelessness(): string | null {
    return this.voteless.complaint
  }

  private get forgetfulness(): readonly string[] {
    if (this.forgets === null) return []
    return [
      `a folder in which this host can store epochs over restarts (dataDir): without one fences depend on its clock,  ` +
        `which must not be set back while all nodes are down; at present: ${this.forgets}`,
    ]
  }

  /** The peer at this address accepted this node. */
  opened(address: string): void {
    this.turnedAway.opened(address)
    this.voteless.answered(address)
  }

  dialFailed(address: string, error: Error): void {
    this.turnedAway.failed(address, error)
    this.voteless.failed(address)
  }

  /** This node itself answered at an address that is not its own. */
  reachedSelf(address: string): void {
    this.voteless.reachedSelf(address)
  }

  /** Why the node cannot join the newest known view, or any; null while it may. */
  verdict(known: View | null): HoldfastError | null {
    return this.turnedAway.verdict(this.settings.join, known)
  }

  /** The latest refusal that is still valid, else why the latest dial failed. */
  get latest(): Error | null {
    return this.turnedAway.latest ?? this.turnedAway.lastFailure
  }

  /** Known faults of this node, apart from missing peers. */
  trouble({ epochMax, wallMs, peers }: Circumstances): string | null {
    const { joinList, sessionMs } = this.settings.config
    if (this.unsaved !== null) return `this voter can give no vote, since dataDir cannot be written: ${this.unsaved}`
    if (this.voteless.complaint !== null) return this.voteless.complaint
    const { state, vote } = this.memory
    const isVoter = joinList.includes(this.address)
    const isLocal = this.settings.join === 'local'
    const isForgetful = (isVoter && vote === null) || ((isVoter || isLocal) && (state === null || this.forgets !== null))
    return (
      (isForgetful ? clockSetBack(epochMax, wallMs) : null) ?? clocksApart(joinList, this.address, sessionMs, peers) ?? this.apart
    )
  }
}

/**
 * The clocks of the listed hosts that are linked allow no founding: no majority of the list is within a session's length of any
 * of them. Null if they do allow it, or if no majority is linked and clocks are not the obstacle.
 *
 * @param own This node's address; offsets are relative to its clock.
 */
function clocksApart(joinList: readonly string[], own: string, sessionMs: number, peers: Iterable<PeerStatus>): string | null {
  const offsets = new Map<string, number>()
  for (const { address, belief, wallOffsetMs } of peers)
    if (wallOffsetMs !== null && (belief === 'alive' || belief === 'suspect')) offsets.set(address, wallOffsetMs)
  if (joinList.includes(own)) offsets.set(own, 0)
  const offsetOf = (entry: number): number | undefined => offsets.get(joinList[entry] as string)
  if (!isQuorum(joinList, (entry) => offsetOf(entry) !== undefined)) return null
  const isNear = (entry: number, offsetMs: number): boolean => {
    const other = offsetOf(entry)
    return other !== undefined && Math.abs(other - offsetMs) <= sessionMs
  }
  const couldFound = joinList.some((address) => {
    const offsetMs = offsets.get(address)
    return offsetMs !== undefined && isQuorum(joinList, (entry) => isNear(entry, offsetMs))
  })
  if (couldFound) return null
  const told = joinList.filter((address) => address !== own && offsets.has(address)).map((address) => said(address, offsets))
  return (
    `the clocks of the listed hosts are too far apart to found a view (more than a session, ${sessionMs} ms): ` +
    `${told.join(', ')}, by the clock of this host; set them, by NTP for instance`
  )
}

function said(address: string, offsets: ReadonlyMap<string, number>): string {
  const offsetMs = Math.round(offsets.get(address) as number)
  return `${address} is ${Math.abs(offsetMs)} ms ${offsetMs < 0 ? 'behind' : 'ahead'}`
}

/**
 * The wall clock of this host is behind the epochs that this voter has seen. It founds, and votes for foundings, only when the
 * clock has reached them again, since after a restart only the clock would remember them. Null if the clock is not behind, or
 * only a little.
 */
function clockSetBack(epochMax: number, wallMs: number): string | null {
  const behindMs = (epochMax - wallEpoch(wallMs)) * epochLengthMs
  if (behindMs <= setBackMsMin) return null
  return (
    `the clock of this host was set back: it is ${Math.round(behindMs / 1000)} s behind the last view that this node was in or heard of, ` +
    'and no view is decided with its vote before it is there again; set it, by NTP for instance, or give this node a dataDir that can be written to'
  )
}
