import { expect } from 'chai'
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

  it('rejects with NotSupportedError, and touches nothing, if another call than a request here has the lock', async () => {
    const [a, b] = await given.two()
    const [, own] = given.all
    const far = await hold(a, 'far')
    const plain = await own?.acquire('plain')
    for (const name of ['far', 'plain'])
      await expectDomError('NotSupportedError', () => b.request(name, { steal: true }, unreached))
    expect([far.lock.signal.aborted, plain?.state]).to.deep.equal([false, 'held'])
    far.release()
    await far.request.promise
    expect(await b.request('far', { steal: true }, () => 7)).to.equal(7)
  })
})
