import { expect } from 'chai'
import { inspect } from 'node:util'
import { election, type Leader, type LeaderWatch } from '../../lib/recipes/election.ts'
import { errorOf, watch } from '../port/engine.ts'
import { onEachEngine } from './engines.ts'
import { SpiedLocks } from './spied-locks.ts'

/** Reads leaders until one fits; null stands for a vacancy. */
async function until(leaders: LeaderWatch, fits: (leader: Leader | null) => boolean): Promise<Leader | null> {
  for (let times = 0; times < 20; times++) {
    const { done, value } = await leaders.next()
    if (done !== true && fits(value)) return value
  }
  return expect.fail('no such leader')
}

onEachEngine('election', (given) => {
  it('has one leader at a time, in the order in which they campaigned, under rising fences', async () => {
    const clients = await given().three()
    const [a, b, c] = clients.map((client) => election(client, 'mayor'))
    const first = (await a?.campaign('a')) as NonNullable<Awaited<ReturnType<NonNullable<typeof a>['campaign']>>>
    const second = watch(b?.campaign('b') as Promise<typeof first>)
    await given().settle()
    const third = watch(c?.campaign('c') as Promise<typeof first>)
    await given().settle()
    expect([second.outcome, third.outcome]).to.deep.equal([undefined, undefined])
    expect(await first.resign()).to.equal('released')
    expect(await first.resign()).to.equal('already')
    const next = await second.promise
    expect(next.fence > first.fence).to.equal(true)
    await next.resign()
    const last = await third.promise
    expect(last.fence > next.fence).to.equal(true)
    await last.resign()
  })

  it('tells observers the leader, what it proclaims, the vacancy and the next leader', async () => {
    const [one, two] = await given().two()
    const leaders = election(two, 'mayor').observe()
    expect(await leaders.next()).to.deep.equal({ done: false, value: null })
    const leadership = await election(one, 'mayor').campaign({ url: 'a' })
    const told = await until(leaders, (leader) => leader !== null)
    expect(told).to.deep.equal({ id: one.id, value: { url: 'a' }, fence: leadership.fence })
    await leadership.proclaim({ url: 'b' })
    expect(leadership.value).to.deep.equal({ url: 'b' })
    expect(await until(leaders, (leader) => leader !== null)).to.deep.equal({ ...told, value: { url: 'b' } })
    const next = election(two, 'mayor').campaign('c')
    await leadership.resign()
    expect((await until(leaders, (leader) => leader?.value === 'c'))?.fence).to.equal((await next).fence)
    const step = watch(leaders.next())
    await leaders.return()
    expect(await step.promise).to.deep.equal({ done: true, value: undefined })
    await (await next).resign()
  })

  it('runs a function as the leader, and resigns only when the function has settled', async () => {
    const [one, two] = await given().two()
    const [a, b] = [election(one, 'mayor'), election(two, 'mayor')]
    let finish: (value: number) => void = () => {}
    const leading = watch(a.lead('a', () => new Promise<number>((resolve) => (finish = resolve))))
    await given().settle()
    const next = watch(b.campaign('b'))
    await given().settle()
    expect(next.outcome).to.equal(undefined)
    finish(7)
    expect(await leading.promise).to.equal(7)
    await (await next.promise).resign()
    const mine = new Error('mine')
    expect(
      await errorOf(() =>
        a.lead('a', { wait: '5s' }, () => {
          throw mine
        }),
      ),
    ).to.equal(mine)
    expect(await errorOf(() => a.lead('a', () => Promise.reject(mine)))).to.equal(mine)
    await (await b.campaign('b', { wait: '5s' })).resign()
  })

  it('tells a leader of its loss by the signal, and lead rejects with LOST', async () => {
    const [one, two] = await given().two()
    const a = election(one, 'mayor')
    const leading = watch(
      a.lead('a', async ({ signal }) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
      }),
    )
    await given().settle()
    const next = watch(election(two, 'mayor').campaign('b'))
    await one.close({ drain: 0 })
    expect(await errorOf(() => leading.promise)).to.include({ code: 'LOST' })
    const leadership = await next.promise
    expect(JSON.parse(JSON.stringify(leadership))).to.include({ name: 'mayor', value: 'b', state: 'held' })
    expect(inspect(leadership)).to.match(/^Leadership \{/)
    await two.close({ drain: 0 })
    expect(await errorOf(() => leadership.proclaim('c'))).to.include({ code: 'LOST' })
    expect(() => leadership.check())
      .to.throw()
      .that.includes({ code: 'LOST' })
  })

  it('refuses wrong arguments by their name, and leaves no trace of a candidate that gave up', async () => {
    const [one, two] = await given().two()
    const a = election(one, 'mayor')
    expect(await errorOf(() => election(one, ''))).to.include({ code: 'BAD_OPTION', option: 'name' })
    expect(await errorOf(() => a.campaign(() => 1))).to.include({ code: 'BAD_OPTION' })
    expect(await errorOf(() => a.campaign('x', { meta: 1 } as never))).to.include({ code: 'BAD_OPTION', option: 'meta' })
    expect(await errorOf(() => a.campaign('x', { wait: Number.NaN }))).to.include({ code: 'BAD_OPTION', option: 'wait' })
    expect(await errorOf(() => a.lead('x', 5 as never))).to.include({ code: 'BAD_OPTION', option: 'fn' })
    expect(await errorOf(() => a.observe({ signal: 5 as never }))).to.include({ code: 'BAD_OPTION', option: 'signal' })
    const leadership = await a.campaign('a')
    const stop = new AbortController()
    const waiting = watch(election(two, 'mayor').campaign('b', { signal: stop.signal }))
    await given().settle()
    stop.abort()
    expect(await errorOf(() => waiting.promise)).to.include({ code: 'ABORTED' })
    expect(await errorOf(() => leadership.proclaim('x'.repeat(2000)))).to.include({ code: 'BAD_OPTION' })
    expect(leadership.value).to.equal('a')
    await leadership.resign()
    await given().settle()
    expect(await one.query('mayor')).to.deep.include({ held: [], pending: [] })
  })

  it('is refused before a candidate waits, on an engine that cannot watch', async () => {
    const spied = new SpiedLocks(await given().open())
    const cannot = new Error('cannot watch')
    Object.assign(spied, {
      watch: () => {
        throw cannot
      },
    })
    expect(await errorOf(() => election(spied, 'mayor'))).to.equal(cannot)
    expect(spied.asked).to.deep.equal([])
  })
})
