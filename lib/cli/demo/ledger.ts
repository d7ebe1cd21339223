/** This file is the demo's ledger: a JSON file of accounts that every worker reads, changes and writes back whole. */
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, unlinkSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The books: an ordinary JSON file that each worker reads, changes and writes back whole. So if two workers do it at the same
 * time, one change is lost. The file is written beside and renamed into place: a worker that is killed while writing leaves the
 * former books, never half of the new ones.
 *
 * A transfer is two such rounds, debit and credit. In between the money is on the road, and the books say so; if its carrier dies
 * there, the next worker that opens the books delivers it.
 *
 * Three faults are noticed here, at the resource, independent of the locks:
 * - lost updates: every write raises `sequence` by one, so writes that were overwritten are missing in it;
 * - overlapping entries: a worker that enters puts up a marker that must not be there already;
 * - fences that fall: the highest fence seen is stored *before the books are read*, and a lower one is refused.
 */
export interface Books {
  readonly sequence: number
  readonly accounts: readonly number[]
  readonly road: Transit | null
}

/** What a write changes. */
export type Changes = Pick<Books, 'accounts' | 'road'>

/** Money between two accounts. */
export interface Transit {
  readonly to: number
  readonly amount: number
  readonly carrier: string
  readonly carrierPid: number
}

/** One worker's access to the books. */
export class Ledger {
  private readonly directory: string
  private readonly worker: string
  readonly pid: number
  /** Writes that this worker made. */
  writes = 0

  constructor(directory: string, worker: string, pid: number = process.pid) {
    this.directory = directory
    this.worker = worker
    this.pid = pid
  }

  /** Opens new books in which every account has the same amount. */
  static create(directory: string, accounts: number, amount: number): void {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    const books: Books = { sequence: 0, accounts: new Array<number>(accounts).fill(amount), road: null }
    writeFileSync(join(directory, 'books.json'), JSON.stringify(books))
  }

  /** Puts up the marker. If another worker's is there already, gives that process's id, and replaces it. */
  enter(): number | null {
    const path = join(this.directory, 'inside')
    try {
      const file = openSync(path, 'wx')
      writeSync(file, String(this.pid))
      closeSync(file)
      return null
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const other = Number(readIfThere(path))
      this.replace('inside', String(this.pid))
      // An empty or vanished marker belongs to a worker that is just entering or leaving, so it is inside as well.
      return other
    }
  }

  /** Removes the marker, if it is still this worker's own. */
  leave(): void {
    const path = join(this.directory, 'inside')
    if (readIfThere(path) !== String(this.pid)) return
    try {
      unlinkSync(path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }

  /** The highest fence shown so far; −1 before the first. */
  get highestFence(): bigint {
    return BigInt(readIfThere(join(this.directory, 'fence')) ?? '-1')
  }

  /** Stores the fence if it is greater than all before; else gives the greater one, and the caller must not read on. */
  admit(fence: bigint): bigint | null {
    const stored = this.highestFence
    if (fence <= stored) return stored
    this.replace('fence', String(fence))
    return null
  }

  read(): Books {
    return JSON.parse(readFileSync(join(this.directory, 'books.json'), 'utf8')) as Books
  }

  /**
   * Writes the new books. Returns how many writes of others this one overwrites: those since the read. (Another worker may still
   * write between this check and the rename; the count at the end is exact.)
   */
  write(read: Books, changed: Changes): number {
    const since = this.read().sequence - read.sequence
    this.replace('books.json', JSON.stringify({ sequence: read.sequence + 1, ...changed }))
    this.writes += 1
    return Math.max(0, since)
  }

  private replace(name: string, content: string): void {
    const beside = join(this.directory, `${name}.${this.worker}.${this.pid}`)
    writeFileSync(beside, content)
    renameSync(beside, join(this.directory, name))
  }
}

/** All money: in the accounts and on the road. */
export function total(books: Books): number {
  return books.accounts.reduce((sum, amount) => sum + amount, 0) + (books.road?.amount ?? 0)
}

/** The first round: takes the amount from one account and puts it on the road to another. */
export function debit(books: Books, from: number, transit: Transit): Changes {
  return { accounts: changed(books.accounts, from, -transit.amount), road: transit }
}

/** The second round: what is on the road arrives. */
export function credit(books: Books, transit: Transit): Changes {
  return { accounts: changed(books.accounts, transit.to, transit.amount), road: null }
}

function changed(accounts: readonly number[], index: number, by: number): readonly number[] {
  return accounts.map((amount, i) => (i === index ? amount + by : amount))
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}
