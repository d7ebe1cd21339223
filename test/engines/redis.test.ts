import { expect } from 'chai'
import { Redis } from 'ioredis'
import { createClient, RESP_TYPES } from 'redis'
import { whenReady } from '../../lib/bench/server.ts'
import { redisLocks } from '../../lib/engines/redis/index.ts'
import { conformance } from '../port/conformance.ts'
import { errorOf, watch } from '../port/engine.ts'
import { withServer } from './servers.ts'

describe('the engine on Redis', () => {
  const server = withServer('redis-server', () => {
    io?.disconnect()
    if (node?.isOpen) node.destroy()
  })
  const url = (): string => `redis://127.0.0.1:${server.port()}`
  let io: Redis
  let node: ReturnType<typeof createClient>

  before(async () => {
    io = new Redis(server.port(), '127.0.0.1')
    io.on('error', () => {})
    await whenReady(() => io.ping())
    node = createClient({ url: url() })
    node.on('error', () => {})
    await node.connect()
  })

  conformance({
    name: 'the engine on Redis through ioredis',
    open: async (cluster) => redisLocks({ client: io, cluster }),
    isStrict: false,
    isPlain: true,
    reach: () => io.ping(),
  })

  conformance({
    name: 'the engine on Redis through redis',
    open: async (cluster) => redisLocks({ client: node, cluster }),
    isStrict: false,
    isPlain: true,
    reach: () => node.ping(),
  })

  it('leaves nothing on the server but the counter of fences', async () => {
    await io.flushall()
    const [a, b] = [redisLocks({ client: io, cluster: 'clean' }), redisLocks({ client: io, cluster: 'clean' })]
    const hold = await a.acquire('door')
    const late = errorOf(() => b.acquire('door', { wait: 20 }))
    expect((await late).message).to.include("'door'")
    const waiting = b.acquire('door')
    await hold.release()
    await (await waiting).release()
    await Promise.all([a.close(), b.close()])
    expect(await io.keys('*')).to.deep.equal(['holdfast:{clean}:fence'])
  })

  it('grants in the order in which clients asked', async () => {
    const clients = Array.from({ length: 4 }, () => redisLocks({ client: io, cluster: 'order' }))
    const hold = await (clients[0] as (typeof clients)[number]).acquire('door')
    const order: number[] = []
    const asked: Promise<void>[] = []
    for (const i of [1, 2, 3]) {
      asked.push((clients[i] as (typeof clients)[number]).withLock('door', () => void order.push(i)))
      await whenReady(async () => {
        if ((await io.llen('holdfast:{order}:queue:door')) < i) throw new Error('not yet')
      })
    }
    await hold.release()
    await Promise.all(asked)
    expect(order).to.deep.equal([1, 2, 3])
    await Promise.all(clients.map((client) => client.close()))
  })

  it('lets a request pass those that wait, if it is not fair', async () => {
    const client = redisLocks({ client: io, cluster: 'unfair', fair: false })
    // A waiter that no longer asks, as it would be while its message is under way.
    await io.rpush('holdfast:{unfair}:queue:door', 'other#1')
    await io.zadd('holdfast:{unfair}:alive:door', Date.now() + 60_000, 'other#1')
    expect((await client.tryAcquire('door'))?.state).to.equal('held')
    const fair = redisLocks({ client: io, cluster: 'unfair' })
    await client.close({ drain: 0 })
    expect(await fair.tryAcquire('door')).to.equal(null)
    await fair.close()
  })

  it('renews a lease, so that a hold outlasts it', async () => {
    const [a, b] = [redisLocks({ client: io, cluster: 'renewed', lease: 500 }), redisLocks({ client: io, cluster: 'renewed' })]
    const hold = await a.acquire('door')
    expect(await errorOf(() => b.acquire('door', { wait: 1200 }))).to.include({ code: 'TIMEOUT' })
    hold.check()
    expect(await hold.release()).to.equal('released')
    await Promise.all([a.close(), b.close()])
  })

  it('by ensure renews a lease that has too little left, and finds out at once that it is gone', async () => {
    const a = redisLocks({ client: io, cluster: 'ensured', lease: 2000 })
    const hold = await a.acquire('door')
    const untilMs = performance.now() + 60
    while (performance.now() < untilMs) {
      // 60 of its 2000 ms go by.
    }
    expect(await errorOf(() => hold.check(1940))).to.include({ code: 'EXPIRING' })
    await Promise.all([hold.ensure(1940), hold.ensure(1940)])
    hold.check(1900)
    const tooLong = await errorOf(() => hold.ensure(1980))
    expect(tooLong).to.include({ code: 'BAD_OPTION', option: 'time' })
    await io.del('holdfast:{ensured}:lock:door')
    expect(await errorOf(() => hold.ensure(1979.99))).to.include({ code: 'LOST', reason: 'session' })
    await a.close()
  })

  it('tells of a loss everywhere when the lease is gone from the server', async () => {
    const a = redisLocks({ client: io, cluster: 'gone', lease: 150 })
    const told = new Promise<{ reason: string; message: string }>((resolve) => a.on('lockLost', resolve))
    const hold = await a.acquire('door')
    const { signal } = hold
    await io.del('holdfast:{gone}:lock:door')
    const { reason, message } = await told
    expect(reason).to.equal('session')
    expect(signal.reason).to.include({ code: 'LOST', message })
    expect(await errorOf(() => hold.check())).to.equal(signal.reason)
    expect(await hold.release()).to.equal('lost')
    const next = await a.acquire('door')
    await io.del('holdfast:{gone}:lock:door')
    expect(await next.release(), 'found at the release').to.equal('lost')
    await a.close()
  })

  it('grants the lock of a holder that is silent when its lease is over', async () => {
    const silent = new Redis(server.port(), '127.0.0.1')
    const [a, b] = [redisLocks({ client: silent, cluster: 'silent', lease: 200 }), redisLocks({ client: io, cluster: 'silent' })]
    const hold = await a.acquire('door')
    const { signal } = hold
    const waiting = watch(b.acquire('door'))
    silent.disconnect()
    const next = await waiting.promise
    expect(signal.aborted, 'told before the next grant').to.equal(true)
    expect(next.fence > hold.fence).to.equal(true)
    await next.release()
    await Promise.all([a.close(), b.close()])
  })

  it('excludes others also through a client that gives numbers as strings', async () => {
    const strings = new Redis(server.port(), '127.0.0.1', { stringNumbers: true })
    const mapped = createClient({ url: url(), commandOptions: { typeMapping: { [RESP_TYPES.NUMBER]: String } } })
    await mapped.connect()
    for (const client of [strings, mapped]) {
      const [a, b] = [redisLocks({ client, cluster: 'strings', lease: 150 }), redisLocks({ client, cluster: 'strings' })]
      const hold = await a.acquire('door')
      expect(await b.tryAcquire('door')).to.equal(null)
      expect(await errorOf(() => b.acquire('door', { wait: 600 }))).to.include({ code: 'TIMEOUT' })
      expect(await hold.release()).to.equal('released')
      await Promise.all([a.close(), b.close()])
    }
    strings.disconnect()
    mapped.destroy()
  })

  it('waits with a client of ioredis that queues no command before it is connected', async () => {
    const client = new Redis(server.port(), '127.0.0.1', { enableOfflineQueue: false, lazyConnect: true })
    await client.connect()
    const [a, b] = [redisLocks({ client, cluster: 'no-queue' }), redisLocks({ client, cluster: 'no-queue' })]
    const hold = await a.acquire('door')
    expect(await errorOf(() => b.acquire('door', { wait: 100 }))).to.include({ code: 'TIMEOUT' })
    await hold.release()
    await Promise.all([a.close(), b.close()])
    client.disconnect()
  })

  it('gives NO_QUORUM when the server cannot be asked within the wait', async () => {
    const absent = new Redis(1, '127.0.0.1', { maxRetriesPerRequest: 0, retryStrategy: () => null })
    absent.on('error', () => {})
    const a = redisLocks({ client: absent })
    for (const call of ['acquire', 'tryAcquire'] as const)
      expect(await errorOf(() => a[call]('door', { wait: 100 }))).to.include({ code: 'NO_QUORUM' })
    await a.close()
    absent.disconnect()
  })

  it('refuses a replica, and what is no client', async () => {
    await io.replicaof('127.0.0.1', '1')
    const a = redisLocks({ client: io, cluster: 'replica' })
    try {
      const error = await errorOf(() => a.acquire('door'))
      expect(error).to.include({ code: 'BAD_OPTION', option: 'client' })
      expect(error.message).to.include('primary')
    } finally {
      await io.replicaof('NO', 'ONE')
      await a.close()
    }
    for (const [option, options] of [
      ['client', {}],
      ['client', { client: {} }],
      ['lease', { client: io, lease: 50 }],
      ['fair', { client: io, fair: 'no' }],
      ['ttl', { client: io, ttl: 5 }],
    ] as const)
      expect(await errorOf(() => redisLocks(options as never))).to.include({ code: 'BAD_OPTION', option })
  })

  it('names what else to choose for a mode that it has not', async () => {
    const a = redisLocks({ client: io })
    const error = await errorOf(() => a.acquire('door', { mode: 'shared' }))
    expect(error).to.include({ code: 'BAD_OPTION', option: 'mode' })
    expect(error.message).to.include('createNode')
    await a.close()
  })
})
