/**
 * The processes' notes laid side by side by the clock that they share: one history of entries in the order in which they were
 * made. It is judged as an observer of all processes would judge it. An entry begins when the user was told that it may enter,
 * and ends before the user began to release. So two entries that overlap really did.
 */
import { isBefore, type Stamp } from '../../clock/stamp.ts'
import type { ProcessLog } from './protocol.ts'

export interface RealEntry {
  /** Which process, from 0. */
  readonly place: number
  readonly arrivedMs: number
  readonly askedMs: number
  readonly enteredMs: number
  readonly leftMs: number
  readonly fence: bigint
  /** What the algorithm stamped the request with, if that was ever sent. */
  stamp: Stamp | null
}

/** A message that counts in the papers, or one outside their count. */
export interface RealMessage {
  readonly atMs: number
  readonly kind: string
  /** The request that it names. */
  readonly entry: RealEntry | null
}

export interface RealHistory {
  /** In the order in which they were made. */
  readonly entries: readonly RealEntry[]
  readonly messages: readonly RealMessage[]
}

/** Merges the notes of all processes of a run. */
export function mergedHistory(logs: readonly ProcessLog[]): RealHistory {
  const ofPlaces = logs.map((log, place) => entriesOf(log, place))
  const entries = ofPlaces.flat().sort((a, b) => a.enteredMs - b.enteredMs)
  const named = requestsByStamp(logs, ofPlaces)
  const messages: RealMessage[] = []
  for (const { sent } of logs) {
    for (let i = 0; i < sent.atMs.length; i++) {
      const entry = named.get(stampKey(sent, i)) ?? null
      messages.push({ atMs: sent.atMs[i] as number, kind: sent.kinds[sent.kind[i] as number] as string, entry })
    }
  }
  return { entries, messages }
}

/** What must not be, as sentences: entries that overlap, and fences that do not rise above `fenceBefore` and each other. */
export function violationsOf(entries: readonly RealEntry[], fenceBefore = 0n): string[] {
  const violations: string[] = []
  let last: RealEntry | null = null
  let highest = fenceBefore
  for (const entry of entries) {
    const who = `process ${entry.place + 1}`
    if (last !== null && entry.enteredMs < last.leftMs) {
      const earlyMs = (last.leftMs - entry.enteredMs).toFixed(3)
      violations.push(`${who} entered ${earlyMs} ms before process ${last.place + 1} had left`)
    }
    if (entry.fence <= highest) violations.push(`${who} entered with fence ${entry.fence}, after ${highest}`)
    if (entry.fence > highest) highest = entry.fence
    if (last === null || entry.leftMs > last.leftMs) last = entry
  }
  return violations
}

function entriesOf(log: ProcessLog, place: number): RealEntry[] {
  return Array.from(log.enteredMs, (enteredMs, i) => ({
    place,
    arrivedMs: log.arrivedMs[i] as number,
    askedMs: log.askedMs[i] as number,
    enteredMs,
    leftMs: log.leftMs[i] as number,
    fence: log.fences[i] as bigint,
    stamp: null,
  }))
}

/**
 * Which entry a stamp was made for. A process stamps a request when it asks, and has one request at a time. So the stamp belongs
 * to the process's last request at the moment when the stamp was first seen on the wire.
 */
function requestsByStamp(logs: readonly ProcessLog[], ofPlaces: readonly RealEntry[][]): Map<string, RealEntry> {
  const places = new Map(logs.map(({ id }, place) => [id, place]))
  const firstSeen = new Map<string, { readonly atMs: number; readonly stamp: Stamp }>()
  for (const { sent } of logs) {
    for (let i = 0; i < sent.atMs.length; i++) {
      const key = stampKey(sent, i)
      const atMs = sent.atMs[i] as number
      if (key === '' || (firstSeen.get(key)?.atMs ?? Number.POSITIVE_INFINITY) <= atMs) continue
      firstSeen.set(key, { atMs, stamp: stampAt(sent, i) })
    }
  }
  const named = new Map<string, RealEntry>()
  for (const [key, { atMs, stamp }] of firstSeen) {
    const own = ofPlaces[places.get(stamp.id) ?? -1]
    const entry = own === undefined ? undefined : lastAskedBy(own, atMs)
    if (entry === undefined) continue
    named.set(key, entry)
    if (entry.stamp === null || isBefore(stamp, entry.stamp)) entry.stamp = stamp
  }
  return named
}

function lastAskedBy(entries: readonly RealEntry[], atMs: number): RealEntry | undefined {
  let low = 0
  let high = entries.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((entries[middle] as RealEntry).askedMs <= atMs) low = middle + 1
    else high = middle
  }
  return entries[low - 1]
}

type Sent = ProcessLog['sent']

function stampAt(sent: Sent, i: number): Stamp {
  return { time: sent.time[i] as number, count: sent.count[i] as number, id: sent.ids[sent.of[i] as number] as string }
}

/** Empty for a message that names no request. */
function stampKey(sent: Sent, i: number): string {
  return (sent.of[i] as number) === -1 ? '' : `${sent.time[i]} ${sent.count[i]} ${sent.ids[sent.of[i] as number]}`
}
