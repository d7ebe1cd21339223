import { expect } from 'chai'
import type { Locks } from '../../../../lib/port/locks.ts'
import { webLocks } from '../../../../lib/port/web-locks/web-locks.ts'
import { SpiedLocks } from '../../../recipes/spied-locks.ts'
import { errorOf, watch } from '../../engine.ts'
import { expectDomError, hold, unreached, webLocksTests } from './given.ts'

webLocksTests('steal', (given) => {
  it('takes a free lock', async () => {
    const web = await given.one()
    expect(await web.request('a', { steal: true }, (lock) => lock.name)).to.equal('a')
  })

  it('ends the hold of another request with an AbortError, and gives the thief a higher fence', async () => {
    const web = await given.one()
    const { lock, request } = await hold(web, 'a')
    const aborted = expectDomError('AbortError', () => request.promise)
    expect((await web.request('a', { steal: true }, ({ fence }) => fence)) > lock.fence).to.equal(true)
    expect(lock.signal.reason).to.equal(await aborted)
  })

  it('ends all shared holds', async () => {
    const web = await given.one()
    const holdings = [await hold(web, 'a', { mode: 'shared' }), await hold(web, 'a', { mode: 'shared' })]
    const aborted = holdings.map(({ request }) => expectDomError('AbortError', () => request.promise))
    expect(await web.request('a', { steal: true }, () => 7)).to.equal(7)
    await Promise.all(aborted)
  })

  it('passes the waiters of its client, which are granted later', async () => {
    const web = await given.one()
    const order: string[] = []
    const { request } = await hold(web, 'a')
    const waiter = web.request('a', () => order.push('waiter'))
    await web.request('a', { steal: true }, () => order.push('thief'))
    await waiter
    await errorOf(() => request.promise)
    expect(order).to.deep.equal(['thief', 'waiter'])
  })

  it('is stolen by a later steal', async () => {
    const web = await given.one()
    void (await hold(web, 'a')).request
    const first = watch(web.request('a', { steal: true }, () => new Promise(() => {})))
    expect(await web.request('a', { steal: true }, () => 'last')).to.equal('last')
    await expectDomError('AbortError', () => first.promise)
  })

  it('ends the hold of another client, and of a call of acquire', async () => {
    const [a, b] = await given.two()
    const [, own] = given.all
    const far = await hold(a, 'far')
    const plain = await own?.acquire('plain')
    const aborted = expectDomError('AbortError', () => far.request.promise)
    expect((await b.request('far', { steal: true }, ({ fence }) => fence)) > far.lock.fence).to.equal(true)
    expect((await aborted).cause).to.include({ code: 'LOST', reason: 'forced' })
    expect(far.lock.signal.reason).to.equal(await aborted)
    expect(await b.request('plain', { steal: true }, () => plain?.state)).to.equal('lost')
  })

  it('rejects with the error of an order that is refused, and gives back what it is granted later', async () => {
    const [a, b] = await given.two()
    const { release, lock } = await hold(a, 'a')
    const own = new Error('mine')
    const engine = new SpiedLocks(given.all[1] as Locks)
    const refusing = webLocks(Object.assign(engine, { admin: { force: () => Promise.reject(own) } }))
    expect(await errorOf(() => refusing.request('a', { steal: true }, unreached))).to.equal(own)
    expect(lock.signal.aborted).to.equal(false)
    release()
    expect(await b.request('a', () => 7)).to.equal(7)
  })

  it('rejects with NotSupportedError, and touches nothing, on an engine that can end no hold of others', async () => {
    const [a, b] = await given.two()
    const far = await hold(a, 'far')
    const engine = webLocks(new SpiedLocks(given.all[1] as Locks))
    await expectDomError('NotSupportedError', () => engine.request('far', { steal: true }, unreached))
    expect(far.lock.signal.aborted).to.equal(false)
    far.release()
    await far.request.promise
    expect(await b.request('far', { steal: true }, () => 7)).to.equal(7)
  })
})
