import { expect } from 'chai'
import type { Locks } from '../../lib/port/locks.ts'
import { type Cached, cached, type CachedOptions } from '../../lib/recipes/index.ts'
import { errorOf, watch } from '../port/engine.ts'
import { onEachEngine } from './engines.ts'
import { SpiedLocks } from './spied-locks.ts'

/** A store that all processes share, and a source from which values are loaded. */
class Shop {
  readonly store = new Map<string, string>()
  readonly source = new Map([['eur', 'old']])
  readonly loaded: string[] = []
  reads = 0
  /** Is waited for between the read of the source and the store. */
  pause: Promise<unknown> = Promise.resolve()

  cacheOn(locks: Locks, options: Partial<CachedOptions<string>> = {}): Cached<string> {
    return cached<string>(locks, 'rates', {
      ttl: '1m',
      get: (key) => {
        this.reads++
        return this.store.get(key)
      },
      load: async (key) => {
        this.loaded.push(key)
        const value = this.source.get(key) ?? `value of ${key}`
        await this.pause
        return value
      },
      set: (key, value) => this.store.set(key, value),
      remove: (key) => this.store.delete(key),
      ...options,
    })
  }
}

onEachEngine('cached', (given) => {
  /** Reads until the cache keeps copies: it begins to when the others see it. */
  const warm = async (...caches: Cached<string>[]): Promise<void> => {
    for (const cache of caches) {
      for (let times = 0; times < 200 && cache.size === 0; times++) {
        await cache.get('eur')
        await given().settle()
      }
      expect(cache.size).to.be.greaterThan(0)
    }
  }
  const closed = (...caches: Cached<string>[]): Promise<unknown> => Promise.all(caches.map((cache) => cache.close()))

  it('loads a missing value once in all processes, and gives the copy without a look at the store', async () => {
    const shop = new Shop()
    const caches = (await given().three()).map((client) => shop.cacheOn(client))
    const values = await Promise.all(Array.from({ length: 30 }, (_, i) => caches[i % 3]?.get('eur')))
    expect(new Set(values)).to.deep.equal(new Set(['old']))
    expect(shop.loaded).to.deep.equal(['eur'])
    await warm(...caches)
    const { reads } = shop
    for (const cache of caches) expect(await cache.get('eur')).to.equal('old')
    expect(shop.reads).to.equal(reads)
    await closed(...caches)
  })

  it('drops the copies of all processes when one invalidates, and keeps those of other keys', async () => {
    const shop = new Shop()
    const caches = (await given().three()).map((client) => shop.cacheOn(client)) as [Cached<string>, ...Cached<string>[]]
    await warm(...caches)
    for (const cache of caches) await cache.get('usd')
    shop.source.set('eur', 'new')
    await caches[0].invalidate('eur')
    expect([caches[0].size, await caches[0].get('eur')]).to.deep.equal([1, 'new'])
    await given().until(() => caches.every(({ size }) => size < 2 || shop.loaded.length > 3))
    for (let times = 0; times < 50; times++) await given().settle()
    for (const cache of caches) expect(await cache.get('eur')).to.equal('new')
    expect(shop.loaded).to.deep.equal(['eur', 'usd', 'eur'])
    await closed(...caches)
  })

  it('tells of many keys at once, and drops all copies when a process dies: it may have invalidated what was not heard', async () => {
    const [a, b] = await given().two()
    const shop = new Shop()
    const [one, two] = [shop.cacheOn(a), shop.cacheOn(b)]
    await warm(one, two)
    await two.get('usd')
    await two.get('key 3')
    await Promise.all(Array.from({ length: 200 }, (_, i) => one.invalidate(`key ${i}`)))
    const { reads } = shop
    await given().until(() => two.size < 3)
    expect(await two.get('key 3')).to.equal('value of key 3')
    expect(shop.reads).to.be.greaterThan(reads)
    await a.close({ drain: 0 })
    await given().until(() => two.size === 0)
    expect(two.size).to.equal(0)
    expect(await errorOf(() => one.get('eur'))).to.include({ code: 'CLOSED' })
    await two.close()
  })

  it('keeps no value that was read before it was invalidated, and does not share such a call', async () => {
    const a = await given().open()
    const shop = new Shop()
    let answer: () => void = () => {}
    let isSlow = false
    const cache = shop.cacheOn(a, {
      get: async (key) => {
        const value = shop.store.get(key)
        if (isSlow) await new Promise<void>((resolve) => (answer = resolve))
        return value
      },
    })
    await warm(cache)
    shop.store.set('usd', 'old')
    isSlow = true
    const early = cache.get('usd')
    isSlow = false
    const tell = answer
    shop.source.set('usd', 'new')
    await cache.invalidate('usd')
    expect(await cache.get('usd')).to.equal('new')
    tell()
    expect(await early).to.equal('old')
    expect(await cache.get('usd')).to.equal('new')
    await cache.close()
  })

  it('waits with `invalidate` for a process that loads the key, whose old value is then removed', async () => {
    const [a, b] = await given().two()
    const shop = new Shop()
    const [one, two] = [shop.cacheOn(a), shop.cacheOn(b)]
    let end: () => void = () => {}
    shop.pause = new Promise<void>((resolve) => (end = resolve))
    const loading = one.get('eur')
    await given().until(() => shop.loaded.length === 1)
    shop.source.set('eur', 'new')
    const invalidated = watch(two.invalidate('eur'))
    await given().settle()
    expect(invalidated.outcome).to.equal(undefined)
    end()
    expect(await loading).to.equal('old')
    await invalidated.promise
    expect(shop.store.has('eur')).to.equal(false)
    expect(await two.get('eur')).to.equal('new')
    await closed(one, two)
  })

  it('gives a stale copy while one process renews it, and asks the store again after `ttl`', async () => {
    const spied = new SpiedLocks(await given().open())
    const shop = new Shop()
    const cache = shop.cacheOn(spied, { ttl: '10s', stale: '5s' })
    await warm(cache)
    shop.store.set('eur', 'renewed')
    spied.time.advance(9_999)
    expect(await cache.get('eur')).to.equal('old')
    spied.time.advance(1)
    expect(await cache.get('eur')).to.equal('old')
    await given().settle()
    expect(await cache.get('eur')).to.equal('renewed')
    spied.time.advance(15_000)
    shop.store.delete('eur')
    shop.source.set('eur', 'loaded')
    expect(await cache.get('eur')).to.equal('loaded')
    // A failed renewal is told to the caller that finds no copy.
    const own = new Error('mine')
    shop.store.delete('eur')
    shop.pause = Promise.reject(own)
    shop.pause.catch(() => {})
    spied.time.advance(12_000)
    expect(await cache.get('eur')).to.equal('loaded')
    await given().settle()
    spied.time.advance(3_000)
    expect(await errorOf(() => cache.get('eur'))).to.equal(own)
    await cache.close()
  })

  it('has at most `max` copies, and drops the one unused for longest', async () => {
    const a = await given().open()
    const shop = new Shop()
    const cache = shop.cacheOn(a, { max: 2 })
    await warm(cache)
    await cache.get('usd')
    await cache.get('eur')
    await cache.get('gbp')
    expect(cache.size).to.equal(2)
    const { reads } = shop
    await cache.get('eur')
    await cache.get('gbp')
    expect(shop.reads).to.equal(reads)
    await cache.get('usd')
    expect(shop.reads).to.be.greaterThan(reads)
    await cache.close()
  })

  it('passes errors of the user on unchanged, and has the key free again', async () => {
    const a = await given().open()
    const shop = new Shop()
    const own = new Error('mine')
    const fail = (): never => {
      throw own
    }
    for (const part of ['get', 'load', 'set'] as const) {
      const cache = shop.cacheOn(a, { [part]: fail })
      expect(await errorOf(() => cache.get('eur')), part).to.equal(own)
      await cache.close()
    }
    const cache = shop.cacheOn(a, { remove: fail, get: async () => null })
    await warm(cache)
    expect(await errorOf(() => cache.invalidate('eur'))).to.equal(own)
    expect(cache.size).to.equal(1)
    await cache.close()
    await given().settle()
    expect((await a.query('rates*')).held).to.deep.equal([])
    expect(await errorOf(() => cache.get('eur'))).to.include({ code: 'CLOSED' })
    expect(await errorOf(() => cache.invalidate('eur'))).to.include({ code: 'CLOSED' })
  })

  it('leaves what others hold under its name aside, and trusts no count that falls', async () => {
    const [a, b] = await given().two()
    const shop = new Shop()
    const cache = shop.cacheOn(a)
    await warm(cache)
    const others: { setMeta(meta: unknown): Promise<void>; release(): Promise<unknown> }[] = []
    for (const meta of [
      undefined,
      5,
      { cache: 'x' },
      { cache: 'x', count: 1.5, hashes: [] },
      { cache: 'x', count: 1, hashes: 5 },
    ])
      others.push(await b.acquire('rates#caches', { mode: 'shared', meta }))
    for (let times = 0; times < 20; times++) await given().settle()
    expect(cache.size).to.equal(1)
    await others[0]?.setMeta({ cache: 'y', count: 0, hashes: [] })
    for (let times = 0; times < 20; times++) await given().settle()
    expect(cache.size).to.equal(1)
    for (const odd of [
      { cache: 'y', count: -1, hashes: [] },
      // More were invalidated than are named.
      { cache: 'y', count: 2, hashes: [1, 2] },
    ]) {
      await others[0]?.setMeta(odd)
      await given().until(() => cache.size === 0)
      expect(cache.size).to.equal(0)
      await warm(cache)
    }
    for (const hold of others) await hold.release()
    await cache.close()
  })

  it('keeps no copy before the first news, and leaves no hold behind when it is closed while it asks for one', async () => {
    const spied = new SpiedLocks(await given().open())
    let grant: () => void = () => {}
    spied.after = () => new Promise<void>((resolve) => (grant = resolve))
    const shop = new Shop()
    const early = shop.cacheOn(spied)
    await given().until(() => spied.asked.length === 1)
    await given().settle()
    await early.close()
    grant()
    await given().settle()
    expect((await spied.query('rates*')).held).to.deep.equal([])
    spied.after = () => undefined
    const silent = { next: () => new Promise<never>(() => {}), return: async () => ({ done: true, value: undefined }) }
    Object.assign(spied, { watch: () => ({ ...silent, [Symbol.asyncIterator]: () => silent }) })
    const cache = shop.cacheOn(spied)
    await given().settle()
    for (let times = 0; times < 3; times++) await cache.get('eur')
    expect(cache.size).to.equal(0)
    await cache.close()
  })

  it('refuses wrong arguments by their name, and an engine that cannot watch', async () => {
    const spied = new SpiedLocks(await given().open())
    const right = { ttl: 5, get: () => undefined, load: () => 1, set: () => 1, remove: () => 1 }
    for (const [option, options] of [
      ['ttl', { ...right, ttl: undefined }],
      ['ttl', { ...right, ttl: 0 }],
      ['stale', { ...right, stale: Number.NaN }],
      ['max', { ...right, max: 0 }],
      ['get', { ...right, get: 5 }],
      ['load', { ...right, load: undefined }],
      ['set', { ...right, set: null }],
      ['remove', { ...right, remove: undefined }],
      ['wait', { ...right, wait: 0 }],
      ['lookUp', { ...right, lookUp: 5 }],
      ['options', undefined],
    ] as const)
      expect(await errorOf(() => cached(spied, 'rates', options as never)), option).to.include({ code: 'BAD_OPTION', option })
    for (const name of ['', 'a*', 'x'.repeat(250)])
      expect(await errorOf(() => cached(spied, name, right))).to.include({ code: 'BAD_OPTION', option: 'name' })
    const cache = cached<number>(spied, 'rates', right)
    for (const key of ['', 5, 'x'.repeat(251)]) {
      expect(await errorOf(() => cache.get(key as string))).to.include({ code: 'BAD_OPTION', option: 'key' })
      expect(await errorOf(() => cache.invalidate(key as string))).to.include({ code: 'BAD_OPTION', option: 'key' })
    }
    await cache.close()
    const cannot = new Error('cannot watch')
    Object.assign(spied, {
      watch: () => {
        throw cannot
      },
    })
    expect(await errorOf(() => cached(spied, 'rates', right))).to.equal(cannot)
  })
})
