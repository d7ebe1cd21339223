/**
 * This file writes lines to the user's logger. It writes the first line of a kind at once, and sums up its repeats once a
 * minute.
 */
import type { TimerHandle } from '../world/world.ts'
import type { Logger } from './options.ts'

export type Level = keyof Logger

/** One line for a person. Lines with one `key` are written once, and then summed up. */
export interface Line {
  readonly level: Level
  readonly text: string
  /** Two lines with the same key are repeats; a line without a key is always written. */
  readonly key?: string
}

/** What the log needs of the world. */
export interface LogTimers {
  setTimer(delayMs: number, fire: () => void): TimerHandle
  clearTimer(handle: TimerHandle): void
}

interface Repeated {
  line: Line
  /** The number of repeats since the last line. */
  count: number
  timer: TimerHandle
}

/** How long repeats are counted before one line sums them up. */
const intervalMs = 60_000
/** Beyond this number of keys, further ones are counted under their first word: peers can invent any number of keys. */
const keysMax = 64

/**
 * Writes lines to the user's logger. The first line of a key is written at once; then at most one line a minute says how often it
 * repeated. A key without a line for a minute is new again.
 */
export class LogBook {
  private readonly target: Logger
  private readonly timers: LogTimers
  private readonly repeated = new Map<string, Repeated>()
  private isClosed = false

  constructor(target: Logger, timers: LogTimers) {
    this.target = target
    this.timers = timers
  }

  /** For callers without a key: the same text is a repeat. */
  readonly logger: Logger = {
    debug: (text) => this.say({ level: 'debug', text, key: `debug ${text}` }),
    info: (text) => this.say({ level: 'info', text, key: `info ${text}` }),
    warn: (text) => this.say({ level: 'warn', text, key: `warn ${text}` }),
    error: (text) => this.say({ level: 'error', text, key: `error ${text}` }),
  }

  say(line: Line): void {
    if (line.key === undefined || this.isClosed) return this.write(line.level, line.text)
    const key = this.repeated.has(line.key) || this.repeated.size < keysMax ? line.key : (line.key.split(' ')[0] as string)
    const before = this.repeated.get(key)
    if (before !== undefined) {
      before.line = line
      before.count++
      return
    }
    this.repeated.set(key, { line, count: 0, timer: this.sumUpLater(key) })
    this.write(line.level, line.text)
  }

  /** Writes the counts that were not written yet. From now on each line is written, and no timer is set. */
  close(): void {
    this.isClosed = true
    for (const { line, count, timer } of this.repeated.values()) {
      this.timers.clearTimer(timer)
      if (count > 0) this.writeSum(line, count)
    }
    this.repeated.clear()
  }

  private sumUpLater(key: string): TimerHandle {
    return this.timers.setTimer(intervalMs, () => this.sumUp(key))
  }

  private sumUp(key: string): void {
    const repeated = this.repeated.get(key) as Repeated
    const { line, count } = repeated
    if (count === 0) return void this.repeated.delete(key)
    repeated.count = 0
    repeated.timer = this.sumUpLater(key)
    this.writeSum(line, count)
  }

  private writeSum({ level, text }: Line, count: number): void {
    this.write(level, `${text} (${count} more in the last minute)`)
  }

  private write(level: Level, text: string): void {
    this.target[level](text)
  }
}
