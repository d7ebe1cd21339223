/** This file runs the user's `discovery` and keeps the latest list of addresses that it yielded. */
import { plainAddress, readAddress } from '../base/address.ts'
import { isPromise } from '../base/foreign.ts'
import { messageOf } from '../base/message-of.ts'
import { onRejection } from '../base/user-result.ts'
import type { Settings } from './options.ts'

/** How many addresses of one list are tried. */
const addressesMax = 1000

/**
 * Runs the user's `discovery` for as long as a tenure lasts: each list that it yields replaces the one before. When it ends, its
 * last list stays in use. When it throws, the logger gets a line, and the node goes on with its last list.
 */
export class Discovering {
  /** The addresses found last. */
  addresses: readonly string[] = []
  private readonly controller = new AbortController()
  private readonly settings: Settings
  private readonly found: () => void

  constructor(settings: Settings, found: () => void) {
    this.settings = settings
    this.found = found
  }

  async start(): Promise<void> {
    const { discovery, logger } = this.settings
    const { signal } = this.controller
    if (discovery === undefined) return
    try {
      for await (const addresses of iterableOf(discovery(signal))) {
        if (signal.aborted) return
        if (!Array.isArray(addresses)) throw new TypeError(`it yielded ${typeof addresses}, not a list of addresses`)
        this.addresses = addresses.slice(0, addressesMax).filter(isAddress).map(plainAddress)
        this.found()
      }
    } catch (error) {
      if (!signal.aborted) logger?.error(`discovery failed: ${messageOf(error)}`)
    }
  }

  stop(): void {
    this.controller.abort()
  }
}

/** The result of `discovery`. A promise is refused: it cannot be iterated, and its rejection would be unhandled. */
function iterableOf(given: AsyncIterable<readonly string[]>): AsyncIterable<readonly string[]> {
  if (!isPromise(given)) return given
  onRejection(given, () => {})
  throw new TypeError('it returned a promise, not an async iterable: write it as an async generator (async function*)')
}

function isAddress(value: unknown): value is string {
  return typeof value === 'string' && readAddress(value) !== null
}
