/** This file asks one Redis for locks: it takes, waits in the queue of Redis, and is woken by a message when it is the first. */
import type { ServerGrant, EngineServer } from '../client/server.ts'
import type { Withdrawal } from '../client/withdrawal.ts'
import { clearSystemTimeout, setSystemTimeout, sinceStartMs } from '../common/time.ts'
import type { RedisConnection } from './connection.ts'
import { RedisGrant } from './grant.ts'
import { dropScript, renewScript, takeScript } from './scripts.ts'

/** How the locks of a client are kept in Redis. */
export interface RedisSettings {
  readonly cluster: string
  readonly id: string
  readonly leaseMs: number
  readonly isFair: boolean
}

export class RedisServer implements EngineServer {
  private readonly connection: RedisConnection
  private readonly settings: RedisSettings
  /** All keys of a cluster have one hash tag, so that they are in one slot. */
  private readonly prefix: string
  /** What wakes a request that waits, by its token. */
  private readonly asleep = new Map<string, () => void>()
  private requests = 0

  constructor(connection: RedisConnection, settings: RedisSettings) {
    this.connection = connection
    this.settings = settings
    this.prefix = `holdfast:{${encodeURIComponent(settings.cluster)}}:`
  }

  async take(name: string, withdrawal: Withdrawal): Promise<ServerGrant> {
    const token = this.nextToken()
    let { isHeard } = this.connection
    try {
      for (;;) {
        withdrawal.throwIfAsked()
        // A message that comes before the answer counts too.
        const sleep = this.sleepOf(token, withdrawal)
        const { grant, leftMs } = await this.ask(name, token, true)
        if (grant !== null) {
          sleep.end()
          return grant
        }
        await this.connection.subscribe(`${this.wake}${this.settings.id}`, (woken) => this.asleep.get(woken)?.())
        if (!isHeard) {
          // A message before the subscription was not heard: ask once more.
          isHeard = true
          sleep.end()
          continue
        }
        await sleep.until(Math.min(leftMs + 1, this.settings.leaseMs / 3))
      }
    } catch (error) {
      this.asleep.get(token)?.()
      // The request may be in the queue, or may have been granted without an answer.
      const dropped = this.drop(name, token)
      if (withdrawal.isAsked) await dropped.catch(() => {})
      else dropped.catch(() => {})
      throw error
    }
  }

  async tryTake(name: string): Promise<ServerGrant | null> {
    const token = this.nextToken()
    try {
      return (await this.ask(name, token, false)).grant
    } catch (error) {
      this.drop(name, token).catch(() => {})
      throw error
    }
  }

  async close(): Promise<void> {
    this.connection.close()
  }

  private get wake(): string {
    return `${this.prefix}wake:`
  }

  private nextToken(): string {
    return `${this.settings.id}#${++this.requests}`
  }

  private async ask(name: string, token: string, joins: boolean): Promise<{ grant: ServerGrant | null; leftMs: number }> {
    const { leaseMs, isFair } = this.settings
    const sentMs = sinceStartMs()
    const args = [token, String(leaseMs), isFair ? '1' : '0', joins ? '1' : '0']
    const [fence = 0, leftMs = 0] = await this.connection.run(takeScript, this.keysOf(name), args)
    if (fence === 0) return { grant: null, leftMs }
    const commands = {
      renew: async () => (await this.connection.run(renewScript, this.keysOf(name), [token, String(leaseMs)]))[0] === 1,
      drop: () => this.drop(name, token),
    }
    return { grant: new RedisGrant(BigInt(fence), leaseMs, sentMs, commands), leftMs: 0 }
  }

  private async drop(name: string, token: string): Promise<boolean> {
    return (await this.connection.run(dropScript, this.keysOf(name), [token, this.wake]))[0] === 1
  }

  private keysOf(name: string): readonly string[] {
    return [`${this.prefix}lock:${name}`, `${this.prefix}fence`, `${this.prefix}queue:${name}`, `${this.prefix}alive:${name}`]
  }

  /** A sleep that ends by its time, by a message for the token, or by the withdrawal. */
  private sleepOf(token: string, withdrawal: Withdrawal): { readonly end: () => void; until(ms: number): Promise<void> } {
    let timer: ReturnType<typeof setSystemTimeout> | undefined
    let end = (): void => {}
    let isOver = false
    const over = new Promise<void>((resolve) => {
      end = () => {
        isOver = true
        clearSystemTimeout(timer)
        withdrawal.offAsk(end)
        if (this.asleep.get(token) === end) this.asleep.delete(token)
        resolve()
      }
    })
    this.asleep.set(token, end)
    withdrawal.onAsk(end)
    return {
      end,
      async until(ms) {
        if (!isOver) timer = setSystemTimeout(end, ms)
        await over
      },
    }
  }
}
