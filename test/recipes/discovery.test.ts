import { expect } from 'chai'
import { inspect } from 'node:util'
import { announce, discover, observeService, type ServiceMember, type ServiceWatch } from '../../lib/recipes/index.ts'
import { errorOf, watch } from '../port/engine.ts'
import { onEachEngine } from './engines.ts'
import { SpiedLocks } from './spied-locks.ts'

/** Reads lists until one has so many members. */
async function until(changes: ServiceWatch, size: number): Promise<readonly ServiceMember[]> {
  for (let times = 0; times < 20; times++) {
    const { done, value } = await changes.next()
    if (done !== true && value.length === size) return value
  }
  return expect.fail('no such list')
}

onEachEngine('discovery', (given) => {
  it('finds the members of a service by their tags, until they withdraw', async () => {
    const [a, b, c] = await given().three()
    const old = await announce(a, 'api', { version: 2, url: 'a' })
    const two = await announce(b, 'api', { version: 3, url: 'b', zone: { name: 'north', racks: [1, 2] } })
    await using three = await announce(b, 'api', { version: 3, url: 'c' })
    expect((await discover(c, 'api')).map(({ tags }) => tags['url'])).to.have.members(['a', 'b', 'c'])
    expect(await discover(c, 'api', { version: 3 })).to.deep.equal([
      { id: b.id, tags: two.tags },
      { id: b.id, tags: three.tags },
    ])
    expect(await discover(c, 'api', { zone: { racks: [1, 2], name: 'north' } })).to.deep.equal([{ id: b.id, tags: two.tags }])
    for (const filter of [
      { zone: { name: 'north' } },
      { zone: { racks: [1], name: 'north' } },
      { version: '3' },
      { other: undefined },
    ])
      expect(await discover(c, 'api', filter as never)).to.deep.equal([])
    expect(await discover(c, 'api', ({ url }) => url === 'a')).to.deep.equal([{ id: a.id, tags: { version: 2, url: 'a' } }])
    await old.withdraw()
    await old.withdraw()
    expect([old.isSeen, two.isSeen]).to.deep.equal([false, true])
    expect(await discover(a, 'api', { version: 2 })).to.deep.equal([])
    await two.withdraw()
  })

  it('tells each change that the filter lets through: tags, comers and goers', async () => {
    const [a, b, c] = await given().three()
    const changes = observeService(c, 'api', { version: 3 })
    expect(await changes.next()).to.deep.equal({ done: false, value: [] })
    await announce(a, 'api', { version: 2 })
    const announced = await announce(b, 'api', { version: 3, load: 1 })
    expect(await until(changes, 1)).to.deep.equal([{ id: b.id, tags: { version: 3, load: 1 } }])
    await announced.update({ version: 3, load: 2 })
    expect(announced.tags).to.deep.equal({ version: 3, load: 2 })
    expect(await until(changes, 1)).to.deep.equal([{ id: b.id, tags: { version: 3, load: 2 } }])
    await announce(a, 'api', { version: 3 })
    await until(changes, 2)
    // A member that dies is gone for the others.
    await b.close({ drain: 0 })
    expect(await until(changes, 1)).to.deep.equal([{ id: a.id, tags: { version: 3 } }])
    const step = watch(changes.next())
    // The filter does not let this one through.
    await announce(c, 'api', { version: 2 })
    for (let times = 0; times < 20; times++) await given().settle()
    expect(step.outcome).to.equal(undefined)
    await changes.return()
    expect(await step.promise).to.deep.equal({ done: true, value: undefined })
  })

  it('says that an announcement is over when its client is closed', async () => {
    const a = await given().open()
    const announced = await announce(a, 'api', { version: 3 })
    expect(JSON.parse(JSON.stringify(announced))).to.deep.equal({ name: 'api', tags: { version: 3 }, isSeen: true })
    expect(inspect(announced)).to.match(/^Announcement \{/)
    await a.close({ drain: 0 })
    expect(announced.isSeen).to.equal(false)
    expect(await errorOf(() => announced.update({ version: 4 }))).to.include({ code: 'CLOSED' })
    expect(announced.tags).to.deep.equal({ version: 3 })
    await announced.withdraw()
  })

  it('keeps what was announced when the caller changes its object later, and when an update is refused', async () => {
    const [a, b] = await given().two()
    const tags = { zone: { name: 'north' } }
    const announced = await announce(a, 'api', tags)
    tags.zone.name = 'south'
    expect(announced.tags).to.deep.equal({ zone: { name: 'north' } })
    for (const wrong of [{ text: 'x'.repeat(2000) }, { fn: () => 1 }, { at: Number.NaN }])
      expect((await errorOf(() => announced.update(wrong))).code).to.equal('BAD_OPTION')
    expect(announced.tags).to.deep.equal({ zone: { name: 'north' } })
    expect(await discover(b, 'api')).to.deep.equal([{ id: a.id, tags: { zone: { name: 'north' } } }])
    await announced.withdraw()
    expect(await errorOf(() => announced.update({ x: 1 }))).to.include({ code: 'NOT_OWNER' })
  })

  it('passes an error of a filter on unchanged, and ends the list of changes with it', async () => {
    const a = await given().open()
    await using announced = await announce(a, 'api', { version: 3 })
    const own = new Error('mine')
    const fail = (): never => {
      throw own
    }
    expect(await errorOf(() => discover(a, 'api', fail))).to.equal(own)
    const changes = observeService(a, 'api', fail)
    expect(await errorOf(() => changes.next())).to.equal(own)
    expect(await changes.next()).to.deep.equal({ done: true, value: undefined })
    expect(await errorOf(() => discover(a, 'api', (async () => false) as never))).to.include({
      code: 'BAD_OPTION',
      option: 'filter',
    })
    expect(announced.name).to.equal('api')
  })

  it('leaves what others hold under the name aside, and ends by its signal', async () => {
    const [a, b] = await given().two()
    const others = [
      await b.acquire('api', { mode: 'shared' }),
      await b.acquire('api', { mode: 'shared', meta: 'x' }),
      await b.acquire('api', { mode: 'shared', meta: { tags: 5 } }),
    ]
    expect(await discover(a, 'api')).to.deep.equal([])
    for (const hold of others) await hold.release()
    const hold = await b.acquire('api')
    expect(await errorOf(() => announce(a, 'api', {}, { wait: 20 }))).to.include({ code: 'TIMEOUT' })
    const stop = new AbortController()
    const waiting = watch(announce(a, 'api', {}, { signal: stop.signal }))
    const changes = observeService(a, 'api', undefined, { signal: stop.signal })
    await changes.next()
    stop.abort()
    expect(await errorOf(() => waiting.promise)).to.include({ code: 'ABORTED' })
    expect(await errorOf(() => changes.next())).to.include({ code: 'ABORTED' })
    await hold.release()
    await given().settle()
    expect((await a.query('api')).held).to.deep.equal([])
  })

  it('refuses wrong arguments by their name, before anything is taken, and an engine that cannot watch', async () => {
    const spied = new SpiedLocks(await given().open())
    const loop: Record<string, unknown> = {}
    loop['self'] = loop
    const own = new Error('mine')
    const thrower = {
      get x() {
        throw own
      },
    }
    expect(await errorOf(() => announce(spied, 'api', thrower))).to.include({ code: 'BAD_OPTION', option: 'tags', cause: own })
    for (const tags of [null, 5, 'x', [], new Date(), loop, () => 1])
      expect(await errorOf(() => announce(spied, 'api', tags as never))).to.include({ code: 'BAD_OPTION', option: 'tags' })
    for (const filter of [null, 5, 'x', [], loop])
      for (const call of [discover, observeService])
        expect(await errorOf(() => call(spied, 'api', filter as never))).to.include({ code: 'BAD_OPTION', option: 'filter' })
    for (const name of ['', 'a*', 5]) {
      expect(await errorOf(() => announce(spied, name as string, {}))).to.include({ code: 'BAD_OPTION', option: 'name' })
      expect(await errorOf(() => discover(spied, name as string))).to.include({ code: 'BAD_OPTION', option: 'name' })
      expect(await errorOf(() => observeService(spied, name as string))).to.include({ code: 'BAD_OPTION', option: 'name' })
    }
    expect(await errorOf(() => announce(spied, 'api', {}, { wait: 0 }))).to.include({ code: 'BAD_OPTION', option: 'wait' })
    expect(await errorOf(() => announce(spied, 'api', {}, { meta: 1 } as never))).to.include({ option: 'meta' })
    const cannot = new Error('cannot watch')
    Object.assign(spied, {
      watch: () => {
        throw cannot
      },
    })
    for (const call of [() => announce(spied, 'api', {}), () => discover(spied, 'api'), () => observeService(spied, 'api')])
      expect(await errorOf(call)).to.equal(cannot)
    expect(spied.asked).to.deep.equal([])
  })
})
