/** This file moves money between two accounts of the demo's ledger, under the fence of one hold. */
import { sharedNowMs } from '../../mesh/shared-clock.ts'
import { setTimeout as pause } from 'node:timers/promises'
import { type Books, type Changes, credit, debit, type Ledger, type Transit } from './ledger.ts'
import type { Incident } from './protocol.ts'

/** The most coins of one transfer. */
const amountMax = 10

/** The input of one transfer. */
export interface TransferOrder {
  readonly worker: string
  readonly workMs: number
  /** The fence of the hold; absent in a run without locks. */
  readonly fence: bigint | undefined
  /** Aborted when the hold is lost: then the books are not touched any more. */
  readonly signal: AbortSignal | undefined
  readonly random: () => number
  /** Called with the money on the road: the worst moment for a death. */
  readonly onTheRoad: () => Promise<void>
  readonly notice: (incident: Incident) => void
}

/**
 * One entry: shows the fence, opens the books, first delivers what a dead carrier left on the road, then moves some
 * money between two accounts.
 */
export async function transfer(ledger: Ledger, order: TransferOrder): Promise<void> {
  const { fence, notice } = order
  const otherPid = ledger.enter()
  if (otherPid !== null) notice({ type: 'overlap', atMs: sharedNowMs(), otherPid })
  try {
    const stored = fence === undefined ? null : ledger.admit(fence)
    if (stored !== null) {
      notice({ type: 'fenceRegression', atMs: sharedNowMs(), fence: String(fence), stored: String(stored) })
      return
    }
    // The holder of the lock knows that the carrier is gone. Without a lock no worker can know that, so it overwrites the
    // transfer.
    if (fence !== undefined) deliverLeftovers(ledger, order)
    const transit = takeOut(ledger, order)
    await order.onTheRoad()
    // A hold that was lost in between must not write: its successor delivers this money, as if we had died.
    if (order.signal?.aborted === true) return
    await bringIn(ledger, transit, order)
  } finally {
    ledger.leave()
  }
}

function deliverLeftovers(ledger: Ledger, order: TransferOrder): void {
  const books = ledger.read()
  if (books.road === null) return
  const { carrierPid, amount } = books.road
  write(ledger, books, credit(books, books.road), order)
  order.notice({ type: 'finishedForOther', atMs: sharedNowMs(), carrierPid, amount })
}

function takeOut(ledger: Ledger, order: TransferOrder): Transit {
  const books = ledger.read()
  const from = Math.floor(order.random() * books.accounts.length)
  const step = 1 + Math.floor(order.random() * (books.accounts.length - 1))
  const to = (from + step) % books.accounts.length
  const amount = Math.min(books.accounts[from] as number, 1 + Math.floor(order.random() * amountMax))
  const transit: Transit = { to, amount, carrier: order.worker, carrierPid: ledger.pid }
  if (order.signal?.aborted !== true) write(ledger, books, debit(books, from, transit), order)
  return transit
}

/** The money is counted between the read and the write: without a lock another worker writes in that time. */
async function bringIn(ledger: Ledger, transit: Transit, order: TransferOrder): Promise<void> {
  const books = ledger.read()
  // Written over by another worker: there is nothing left to deliver.
  if (books.road?.carrierPid !== transit.carrierPid) return
  await pause(order.workMs)
  if (order.signal?.aborted !== true) write(ledger, books, credit(books, transit), order)
}

/** Writes, unless a holder with a higher fence has been here since: then this hold is over. */
function write(ledger: Ledger, read: Books, changed: Changes, order: TransferOrder): void {
  const stored = order.fence === undefined ? null : ledger.highestFence
  if (stored !== null && stored !== order.fence) {
    order.notice({ type: 'fenceRegression', atMs: sharedNowMs(), fence: String(order.fence), stored: String(stored) })
    return
  }
  const count = ledger.write(read, changed)
  if (count > 0) order.notice({ type: 'lostUpdates', atMs: sharedNowMs(), count })
}
