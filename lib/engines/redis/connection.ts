/** This file speaks to Redis through the client of the user, ioredis or redis, which it tells apart by their methods. */
import { BadOptionError } from '../../base/errors.ts'
import { messageOf } from '../../base/message-of.ts'
import { answered } from '../common/late.ts'
import type { Script } from './scripts.ts'

/** The part of a client of `ioredis` that the engine uses. */
export interface IoRedisClient {
  /** Sends a command. */
  call(command: string, ...args: string[]): Promise<unknown>
  /** Makes a client with the same options but these. */
  duplicate(options?: object): IoRedisClient
  /** Subscribes to a channel. */
  subscribe(channel: string): Promise<unknown>
  /** Listens to messages, or to errors of the connection. */
  on(event: 'message', listener: (channel: string, message: string) => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
  /** Ends the connection. */
  disconnect(): void
}

/** The part of a client of `redis` that the engine uses. It must be connected. */
export interface NodeRedisClient {
  /** Sends a command. */
  sendCommand(args: string[]): Promise<unknown>
  /** Makes a client with the same options. */
  duplicate(): NodeRedisClient
  /** Opens the connection. */
  connect(): Promise<unknown>
  /** Listens to a channel. */
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>
  /** Listens to errors of the connection. */
  on(event: 'error', listener: (error: Error) => void): unknown
  /** Ends the connection. */
  destroy(): void
}

/** A client of the packages `ioredis` or `redis`. */
export type RedisClient = IoRedisClient | NodeRedisClient

/** Errors that a retry does not cure, by their first word, and the cure. */
const refusals: Readonly<Record<string, string>> = {
  NOAUTH: 'Give a client that has the password',
  WRONGPASS: 'Give a client that has the right password',
  NOPERM: 'Allow its user EVALSHA, EVAL, PUBLISH and SUBSCRIBE on holdfast:*',
  READONLY: 'Give a client of the primary: this server is a replica',
  MOVED: 'Give a client of the node that has this slot: the engine runs on one Redis',
}

export class RedisConnection {
  private readonly client: RedisClient
  private readonly answerMs: number
  private subscriber: RedisClient | null = null
  private subscribed: Promise<unknown> | null = null
  private isClosed = false

  /** @throws BAD_OPTION if it is no client. */
  constructor(client: unknown, answerMs: number) {
    if (!isIoRedis(client) && !isNodeRedis(client))
      throw new BadOptionError('client must be a client of the package ioredis or redis', { option: 'client' })
    this.client = client
    this.answerMs = answerMs
  }

  /**
   * Runs a script, and gives its number or numbers. Rejects with BAD_OPTION if Redis refuses the client, with another error if it
   * cannot be reached.
   */
  async run({ text, sha }: Script, keys: readonly string[], args: readonly string[]): Promise<readonly number[]> {
    const rest = [String(keys.length), ...keys, ...args]
    try {
      const answer = await this.command(['EVALSHA', sha, ...rest]).catch((error: unknown) => {
        if (!messageOf(error).startsWith('NOSCRIPT')) throw error
        return this.command(['EVAL', text, ...rest])
      })
      // The user's client may be set to give numbers as strings.
      return [answer].flat().map(Number)
    } catch (cause) {
      const [word = ''] = messageOf(cause).split(' ')
      const { [word]: cure } = refusals
      if (cure === undefined) throw cause
      throw new BadOptionError(`Redis refused the client: ${messageOf(cause)}. ${cure}`, { option: 'client', cause })
    }
  }

  /** It hears a channel. */
  get isHeard(): boolean {
    return this.subscriber !== null
  }

  /** Hears a channel in a connection of its own. A second call waits for the first. */
  subscribe(channel: string, heard: (message: string) => void): Promise<unknown> {
    this.subscribed ??= answered(this.open(channel, heard), this.answerMs, 'Redis').catch((error: unknown) => {
      this.subscribed = null
      this.disconnect()
      throw error
    })
    return this.subscribed
  }

  close(): void {
    this.isClosed = true
    this.disconnect()
  }

  private disconnect(): void {
    const { subscriber } = this
    this.subscriber = null
    if (subscriber === null) return
    if (isIoRedis(subscriber)) subscriber.disconnect()
    else subscriber.destroy()
  }

  private command(words: string[]): Promise<unknown> {
    const { client } = this
    const [command = '', ...args] = words
    const asked = isIoRedis(client) ? client.call(command, ...args) : client.sendCommand(words)
    return answered(asked, this.answerMs, 'Redis')
  }

  private async open(channel: string, heard: (message: string) => void): Promise<void> {
    const { client } = this
    // The subscription waits for the connection, also when the user's commands do not.
    const subscriber = isIoRedis(client) ? client.duplicate({ enableOfflineQueue: true }) : client.duplicate()
    this.subscriber = subscriber
    // The client connects again by itself, and the commands tell what is wrong.
    subscriber.on('error', () => {})
    if (isIoRedis(subscriber)) {
      subscriber.on('message', (_, message) => heard(message))
      await subscriber.subscribe(channel)
    } else {
      await subscriber.connect()
      await subscriber.subscribe(channel, heard)
    }
    if (this.isClosed) this.disconnect()
  }
}

function isIoRedis(client: unknown): client is IoRedisClient {
  return has(client, ['call', 'duplicate', 'subscribe', 'disconnect'])
}

function isNodeRedis(client: unknown): client is NodeRedisClient {
  return has(client, ['sendCommand', 'duplicate', 'subscribe', 'destroy'])
}

function has(client: unknown, methods: readonly string[]): boolean {
  if (typeof client !== 'object' || client === null) return false
  return methods.every((method) => typeof (client as Record<string, unknown>)[method] === 'function')
}
