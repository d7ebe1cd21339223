/**
 * This file keeps what a voter remembers beyond the end of its process: its vote, never its membership. With it a voter that
 * restarts promises and accepts nothing below what the process before it did, so that Paxos's acceptor (Lamport 2001, "Paxos made
 * simple", §2.2: "an acceptor must remember this information even if it fails and then restarts") is one entry of the join list
 * and not one process. The vote is written and synced before any answer is sent.
 */
import type { EpochMarks, Vault } from '../world/world.ts'
import { RefusedError } from '../base/errors.ts'
import { hash53 } from '../base/hash.ts'
import type { Ballot } from '../wire/messages.ts'
import type { ViewId } from './view.ts'

/** A voter's vote, as it is kept. */
export interface Vote {
  /** The view whose successor was voted on; null for a founding. */
  readonly after: ViewId | null
  /** The highest ballot promised in that instance. */
  readonly promised: Ballot | null
  /** What was accepted last in it. A restarted process has another id and goes on with none, but no epoch falls below. */
  readonly accepted: { readonly ballot: Ballot; readonly view: ViewId } | null
  /** The highest epoch accepted, installed or heard of when this was kept. */
  readonly epochMax: number
}

/** Fences have room for epochs below this: 2⁶³ / 2²⁸. */
export const epochLimit = 2 ** 35
/** Rounds go up by one; no honest proposer gets here. */
export const roundLimit = 2 ** 48

const format = 'holdfast vote 2'

/** The voter whose vote is in the vault: a vault of another voter is never used. */
export interface Voter {
  readonly cluster: string
  readonly address: string
  readonly joinList: readonly string[]
}

/** A vote belongs to one address and one join list: with another list it has no meaning. */
export function voterKey({ address, joinList }: Pick<Voter, 'address' | 'joinList'>): string {
  return [address, ...joinList].join(' ')
}

/** The vote of one voter, in a vault that this process alone has open; the highest epoch is marked for the whole cluster too. */
export class VoteKeeper {
  /** The vote of the process before this one; null without one. */
  readonly found: Vote | null
  private readonly vault: Vault
  private readonly voter: Voter
  private readonly marks: Pick<EpochMarks, 'mark'>
  private marked = 0
  private written: string | null = null

  /** @throws REFUSED, reason `data-dir`: what is kept cannot be read, is damaged, or is another voter's. */
  constructor(vault: Vault, voter: Voter, marks: Pick<EpochMarks, 'mark'>) {
    this.marks = marks
    this.vault = vault
    this.voter = voter
    const bytes = vault.load()
    this.found = bytes === null ? null : read(bytes, voter, vault.path)
  }

  /**
   * Saves the vote, so that it survives the process and the machine. Throws what the vault throws; then no answer may be sent.
   */
  keep(vote: Vote): void {
    const { after, promised, accepted, epochMax } = vote
    const content = JSON.stringify([format, this.voter.cluster, voterKey(this.voter), epochMax, after, promised, accepted])
    if (content === this.written) return
    this.written = null
    if (epochMax > this.marked) {
      const mark = markFor(epochMax)
      this.marks.mark(mark)
      this.marked = mark
    }
    this.vault.save(new TextEncoder().encode(`${content}\n${checkOf(content)}\n`))
    this.written = content
  }
}

/**
 * The mark for an epoch: a little ahead, so that not every view costs a write. A founding after a loss of all else lies above the
 * mark, so at most this much further ahead.
 */
export function markFor(epoch: number): number {
  return Math.min(epoch + 9, epochLimit - 2)
}

function checkOf(content: string): string {
  return `${hash53(content)} ${hash53(content, 1)}`
}

function read(bytes: Uint8Array, voter: Voter, path: string): Vote {
  const damaged = (what: string): Error =>
    refused(
      path,
      what,
      'make sure that the clocks of all listed hosts are right, then remove it:  ' +
        'this voter then goes on without a memory, and its fences rise by the clock',
    )
  const [content, check, ...rest] = new TextDecoder().decode(bytes).split('\n')
  if (content === undefined || rest.length !== 1 || check !== checkOf(content)) throw damaged('is damaged')
  const raw = parse(content)
  if (!Array.isArray(raw) || raw.length !== 7 || raw[0] !== format) throw damaged('is of another version, or is not a vote')
  const [, keptCluster, keptVoter, epochMax, after, promised, accepted] = raw as readonly unknown[]
  if (keptCluster !== voter.cluster)
    throw refused(
      path,
      `holds the vote of cluster ${shown(keptCluster)}, not of ${shown(voter.cluster)}`,
      'put it back where it was, or remove it',
    )
  if (keptVoter !== voterKey(voter))
    throw refused(
      path,
      `holds the vote of address and join list ${shown(keptVoter)}, not of ${shown(voterKey(voter))}`,
      'put it back where it was, or remove it',
    )
  if (!isBelow(epochMax, epochLimit)) throw damaged('holds no epoch')
  if (after !== null && !isViewId(after)) throw damaged('names no view')
  if (promised !== null && !isBallot(promised)) throw damaged('holds no ballot')
  if (accepted !== null && !isAccepted(accepted)) throw damaged('holds no vote')
  return { epochMax, after, promised, accepted }
}

function parse(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    return null
  }
}

function refused(path: string, problem: string, cure: string): Error {
  return new RefusedError(`dataDir ${path} ${problem}: ${cure}`, { reason: 'data-dir', option: 'dataDir' })
}

function isBelow(value: unknown, limit: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < limit
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isViewId(value: unknown): value is ViewId {
  return isObject(value) && isBelow(value['epoch'], epochLimit) && isBelow(value['digest'], 2 ** 53)
}

function isBallot(value: unknown): value is Ballot {
  return isObject(value) && isBelow(value['round'], roundLimit) && typeof value['proposer'] === 'string'
}

function isAccepted(value: unknown): value is NonNullable<Vote['accepted']> {
  return isObject(value) && isBallot(value['ballot']) && isViewId(value['view'])
}

function shown(value: unknown): string {
  return JSON.stringify(value).slice(0, 200)
}
