/** Promises of `watch` and of `setMeta`. */
import { expect } from 'chai'
import type { LockState, LockWatch } from '../../lib/port/watch.ts'
import { type Clients, errorOf, watch } from './engine.ts'

/** A state in short: who holds, and who waits. */
function short({ name, held, pending }: LockState): string {
  return `${name}: ${held.map(({ holder }) => holder)} | ${pending.map(({ node }) => node)}`
}

/** The next state, or undefined if the watch is over. */
async function next(states: LockWatch): Promise<LockState | undefined> {
  return (await states.next()).value
}

/** Reads states until one reads so. */
async function until(states: LockWatch, text: string): Promise<LockState> {
  for (let times = 0; times < 20; times++) {
    const state = (await next(states)) ?? expect.fail('the watch is over')
    if (short(state) === text) return state
  }
  return expect.fail(`never told: ${text}`)
}

export function itWatches(given: () => Clients): void {
  it('tells the state of one lock first, even if it is free, and then each state that a quick consumer asks for', async () => {
    const [a, b] = await given().two()
    const states = b.watch('door')
    expect(await next(states)).to.deep.equal({ name: 'door', held: [], pending: [] })
    const hold = await a.acquire('door', { meta: { job: 'nightly' } })
    const held = await until(states, `door: ${a.id} | `)
    expect(held.held[0]).to.deep.include({
      name: 'door',
      mode: 'exclusive',
      fence: hold.fence,
      holder: a.id,
      meta: { job: 'nightly' },
    })
    expect(held.held[0]?.heldMs).to.be.at.least(0)
    const second = b.acquire('door', { mode: given().shared, meta: 'mine' })
    const waiting = await until(states, `door: ${a.id} | ${b.id}`)
    expect(waiting.pending[0]).to.deep.include({ name: 'door', mode: given().shared, node: b.id, meta: 'mine' })
    await hold.release()
    const last = await until(states, `door: ${b.id} | `)
    expect(last.held[0]?.fence).to.equal((await second).fence)
    await (await second).release()
    await until(states, 'door:  | ')
    await states.return()
  })

  it('tells first of the locks in use that fit the pattern, and of no others', async () => {
    const [a, b] = await given().two()
    await a.acquire('invoice/1')
    await b.acquire('invoice/2')
    await b.acquire('order/1')
    const states = a.watch('invoice/*')
    const told = [await next(states), await next(states)].map((state) => short(state as LockState))
    expect(told).to.have.members([`invoice/1: ${a.id} | `, `invoice/2: ${b.id} | `])
    await b.acquire('order/2')
    await b.acquire('invoice/3')
    expect(short((await next(states)) as LockState)).to.equal(`invoice/3: ${b.id} | `)
    await states.return()
  })

  it('gives a slow consumer the latest state of each lock, and few of those between', async () => {
    const [a, b] = await given().two()
    const states = b.watch('*')
    const first = watch(states.next())
    await (await a.acquire('early')).release()
    const kept = await a.acquire('kept')
    await first.promise
    for (let times = 0; times < 30; times++) await (await a.acquire('busy')).release()
    await (await a.acquire('gone')).release()
    await kept.release()
    const last = await a.acquire('busy')
    await given().settle()
    let steps = 0
    const seen = new Map<string, string>()
    const isFree = (name: string): boolean => (seen.get(name) ?? `${name}:  | `) === `${name}:  | `
    const isLatest = (): boolean => seen.get('busy') === `busy: ${a.id} | ` && ['early', 'kept', 'gone'].every(isFree)
    // The news come when the engine has time for them; the test ends by its timeout if they do not come.
    for await (const state of states) {
      seen.set(state.name, short(state))
      steps++
      if (isLatest()) break
    }
    expect(steps).to.be.at.most(10)
    await last.release()
  })

  it('tells no state twice', async () => {
    const [a, b] = await given().two()
    const states = a.watch('door')
    await next(states)
    const following = watch(states.next())
    expect(await b.tryAcquire('other')).to.not.equal(null)
    const hold = await b.acquire('door')
    await following.promise
    const third = watch(states.next())
    expect(await a.tryAcquire('door')).to.equal(null)
    await given().settle()
    if (third.outcome !== undefined) expect(short((await third.promise).value as LockState)).to.not.equal(`door: ${b.id} | `)
    await hold.release()
    await states.return()
  })

  it('tells the meta that an owner has set, which query tells too, as copies', async () => {
    const [a, b] = await given().two()
    const hold = await a.acquire('door', { meta: 1 })
    const states = b.watch('door')
    await until(states, `door: ${a.id} | `)
    const meta = { value: [1], bytes: new Uint8Array([7]) }
    const following = states.next()
    await hold.setMeta(meta)
    meta.value.push(2)
    const told = ((await following).value as LockState).held[0]?.meta as typeof meta
    expect(told).to.deep.equal({ value: [1], bytes: new Uint8Array([7]) })
    told.bytes[0] = 9
    expect((await b.query('door')).held[0]?.meta).to.deep.equal({ value: [1], bytes: new Uint8Array([7]) })
    expect(await errorOf(() => hold.setMeta('x'.repeat(2000)))).to.include({ code: 'BAD_OPTION', option: 'meta' })
    expect(await errorOf(() => hold.setMeta(() => 1))).to.include({ code: 'BAD_OPTION', option: 'meta' })
    await hold.release()
    expect(await errorOf(() => hold.setMeta(2))).to.include({ code: 'NOT_OWNER' })
    const lost = await a.acquire('door')
    await a.close({ drain: 0 })
    expect(await errorOf(() => lost.setMeta(2))).to.include({ code: 'LOST' })
    await states.return()
  })

  it('ends by break, by return, by its signal and by close, also while a step waits', async () => {
    const [a, b] = await given().two()
    for await (const state of a.watch('door')) {
      expect(state.held).to.deep.equal([])
      break
    }
    const returned = a.watch('door')
    await next(returned)
    const waiting = watch(returned.next())
    await returned.return()
    expect(await waiting.promise).to.deep.equal({ done: true, value: undefined })
    expect(await returned.next()).to.deep.equal({ done: true, value: undefined })
    const stop = new AbortController()
    const aborted = a.watch('door', { signal: stop.signal })
    await next(aborted)
    const step = watch(aborted.next())
    stop.abort(new Error('enough'))
    expect(await errorOf(() => step.promise)).to.include({ code: 'ABORTED' })
    expect(await aborted.next()).to.deep.equal({ done: true, value: undefined })
    expect(await errorOf(() => a.watch('door', { signal: stop.signal }).next())).to.include({ code: 'ABORTED' })
    const [idle, busy] = [b.watch('door'), b.watch('door')]
    await next(idle)
    await next(busy)
    const open = watch(busy.next())
    const unused = b.watch()
    await b.close({ drain: 0 })
    expect(await errorOf(() => open.promise)).to.include({ code: 'CLOSED' })
    expect(await errorOf(() => idle.next())).to.include({ code: 'CLOSED' })
    expect(await idle.next()).to.deep.equal({ done: true, value: undefined })
    expect(await errorOf(() => unused.next())).to.include({ code: 'CLOSED' })
    expect(await errorOf(() => b.watch())).to.include({ code: 'CLOSED' })
  })

  it('refuses wrong patterns and options at the call', async () => {
    const a = await given().open()
    const call = a.watch.bind(a) as (pattern?: unknown, options?: unknown) => LockWatch
    for (const pattern of ['', 5, null, 'x'.repeat(257), '\ud800'])
      expect(await errorOf(() => call(pattern)), String(pattern)).to.include({ code: 'BAD_OPTION', option: 'pattern' })
    expect(await errorOf(() => call('a', { signal: 5 }))).to.include({ code: 'BAD_OPTION', option: 'signal' })
    expect(await errorOf(() => call('a', { wait: 5 }))).to.include({ code: 'BAD_OPTION', option: 'wait' })
    expect(await errorOf(() => call('a', null))).to.include({ code: 'BAD_OPTION', option: 'options' })
  })
}

/** What an engine does whose server tells no client of the locks of others. */
export function itRefusesToWatch(given: () => Clients): void {
  it('is refused by its name before anything else', async () => {
    const a = await given().open()
    expect(await errorOf(() => a.watch('door'))).to.include({ code: 'BAD_OPTION', option: 'watch' })
  })

  it('leaves setMeta, which query tells', async () => {
    const a = await given().open()
    const hold = await a.acquire('door', { meta: 1 })
    await hold.setMeta({ step: 2 })
    expect((await a.query('door')).held[0]?.meta).to.deep.equal({ step: 2 })
    await hold.release()
    expect(await errorOf(() => hold.setMeta(2))).to.include({ code: 'NOT_OWNER' })
  })
}
