import { expect } from 'chai'
import { errorOf } from '../../engine.ts'
import { expectDomError, unreached, webLocksTests } from './given.ts'

webLocksTests('acquire', (given) => {
  it('needs a name and a function, and rejects with a TypeError without', async () => {
    const web = await given.one()
    const request = web.request as (...args: unknown[]) => Promise<unknown>
    for (const args of [[], ['a'], [5, unreached], [Symbol('a'), unreached], [null, unreached]])
      expect(await errorOf(() => request(...args))).to.be.instanceOf(TypeError)
    for (const callback of [undefined, null, 123, 'abc', [], {}, new Promise(() => {})]) {
      expect(await errorOf(() => request('a', callback))).to.be.instanceOf(TypeError)
      expect(await errorOf(() => request('a', {}, callback))).to.be.instanceOf(TypeError)
    }
    for (const options of [null, 5, 'exclusive', []])
      expect(await errorOf(() => request('a', options, unreached))).to.be.instanceOf(TypeError)
  })

  it('takes the modes exclusive and shared, and no other', async () => {
    const web = await given.one()
    for (const mode of ['foo', null, 3, 'upgradable'])
      expect(await errorOf(() => web.request('a', { mode: mode as never }, unreached))).to.be.instanceOf(TypeError)
    for (const mode of ['exclusive', 'shared'] as const)
      expect(await web.request('a', { mode }, (lock) => lock.mode)).to.equal(mode)
  })

  it('refuses options that exclude each other', async () => {
    const web = await given.one()
    const { signal } = new AbortController()
    for (const options of [
      { steal: true, ifAvailable: true },
      { steal: true, mode: 'shared' },
      { steal: true, signal },
      { ifAvailable: true, signal },
    ] as const)
      await expectDomError('NotSupportedError', () => web.request('a', options, unreached))
    expect(await web.request('a', { steal: false, ifAvailable: false, signal }, () => 7)).to.equal(7)
  })

  it('names a wrong option that the browsers do not have, as acquire does', async () => {
    const web = await given.one()
    for (const [option, options] of [
      ['wait', { wait: 0 }],
      ['wait', { wait: Number.NaN }],
      ['maxHold', { maxHold: -1 }],
      ['priority', { priority: Number.POSITIVE_INFINITY }],
      ['meta', { meta: () => {} }],
      ['stael', { stael: true }],
    ] as const)
      expect(await errorOf(() => web.request('a', options as never, unreached)), option).to.include({
        code: 'BAD_OPTION',
        option,
      })
    for (const option of ['steal', 'ifAvailable'] as const)
      expect(await errorOf(() => web.request('a', { [option]: 'yes' as never }, unreached))).to.be.instanceOf(TypeError)
  })

  it('gives a promise that resolves after the callback has', async () => {
    const web = await given.one()
    const order: string[] = []
    let release = (): void => {}
    const holding = new Promise<void>((resolve) => (release = resolve))
    const request = web.request('a', () => holding)
    const told = [request.then(() => order.push('returned')), holding.then(() => order.push('holding'))]
    release()
    await Promise.all(told)
    expect(order).to.deep.equal(['holding', 'returned'])
    expect(Promise.resolve(request)).to.equal(request)
  })

  it('passes on what the callback throws or rejects with, a thenable too, and releases the lock', async () => {
    const web = await given.one()
    let isCalled = false
    const own = [{ name: 'test' }, Object.defineProperty({}, 'then', { value: () => (isCalled = true) }), undefined]
    for (const error of own) {
      const thrown = web.request('a', () => {
        throw error
      })
      const rejected = web.request('a', async () => {
        throw error
      })
      for (const request of [thrown, rejected]) {
        const outcome = await request.then(
          () => 'resolved',
          (reason: unknown) => [reason],
        )
        expect(outcome[0]).to.equal(error)
      }
    }
    expect(isCalled).to.equal(false)
    expect(await web.request('a', { ifAvailable: true }, (lock) => lock !== null)).to.equal(true)
  })

  it('waits no longer than `wait`, and rejects with InvalidStateError on a closed client', async () => {
    const [a, b] = await given.two()
    await a.request('a', async () => {
      expect(await errorOf(() => b.request('a', { wait: 20 }, unreached))).to.include({ code: 'TIMEOUT' })
    })
    await given.all[1]?.close()
    await expectDomError('InvalidStateError', () => b.request('a', unreached))
    await expectDomError('InvalidStateError', () => b.request('a', { steal: true }, unreached))
    await expectDomError('InvalidStateError', () => b.query())
  })
})
