/**
 * This file decides when each address is dialled again. It retries for ever, at intervals that grow and are jittered. It does
 * not open connections itself.
 */
import type { TimerHandle, World } from '../world/world.ts'

const firstDelayMs = 50
const delayMsMax = 5000
/** After this time without news of an address it is dialled again, even if the dial before has not ended. */
const silenceMs = 15_000

interface Wanted {
  attempts: number
  timer: TimerHandle
}

/**
 * Keeps trying to reach addresses, for ever, at growing and jittered intervals: at once when an address is new, soon when a
 * connection broke, every few seconds when no node answers. An address under which no node announces itself (an alias in a join
 * list) is dialled now and then even while its node is connected under another address: when that connection ends, there would be
 * no other way back.
 */
export class Dialler {
  private readonly world: World
  private readonly dial: (address: string) => void
  private readonly wanted = new Map<string, Wanted>()

  constructor(world: World, dial: (address: string) => void) {
    this.world = world
    this.dial = dial
  }

  wants(address: string): boolean {
    return this.wanted.has(address)
  }

  /** Begins to dial; no effect if it already does. */
  want(address: string): void {
    if (this.wanted.has(address)) return
    const wanted: Wanted = { attempts: 0, timer: undefined }
    this.wanted.set(address, wanted)
    this.attempt(address, wanted)
  }

  /** The attempt failed, or the connection broke: the next one follows in a while. */
  again(address: string): void {
    const wanted = this.wanted.get(address)
    if (wanted === undefined) return
    const delayMs = Math.min(delayMsMax, firstDelayMs * 2 ** wanted.attempts++) * (0.5 + this.world.random.next())
    this.arm(address, wanted, delayMs)
  }

  /** Connected: after the next break it is dialled soon again. */
  reached(address: string): void {
    const wanted = this.wanted.get(address)
    if (wanted === undefined) return
    wanted.attempts = 0
    this.world.clearTimer(wanted.timer)
    wanted.timer = undefined
  }

  drop(address: string): void {
    const wanted = this.wanted.get(address)
    if (wanted === undefined) return
    this.world.clearTimer(wanted.timer)
    this.wanted.delete(address)
  }

  close(): void {
    for (const address of [...this.wanted.keys()]) this.drop(address)
  }

  private attempt(address: string, wanted: Wanted): void {
    // The timer is set first: the outcome may come within the call.
    this.arm(address, wanted, silenceMs * (0.5 + this.world.random.next()))
    this.dial(address)
  }

  private arm(address: string, wanted: Wanted, delayMs: number): void {
    this.world.clearTimer(wanted.timer)
    wanted.timer = this.world.setTimer(delayMs, () => this.attempt(address, wanted))
  }
}
