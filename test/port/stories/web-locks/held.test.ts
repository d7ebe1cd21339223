import { expect } from 'chai'
import { watch } from '../../engine.ts'
import { expectDomError, hold, webLocksTests } from './given.ts'

webLocksTests('held', (given) => {
  it('makes a promise of what the callback returns', async () => {
    const web = await given.one()
    expect(await web.request('a', () => 123)).to.equal(123)
  })

  for (const ends of ['resolves', 'rejects'] as const)
    it(`keeps the lock until the callback's promise ${ends}`, async () => {
      const [a, b] = await given.two()
      const order: string[] = []
      let end = (): void => {}
      const over = new Promise<void>((resolve, reject) => (end = ends === 'resolves' ? resolve : () => reject(new Error('own'))))
      let granted = (): void => {}
      const isGranted = new Promise<void>((resolve) => (granted = resolve))
      const first = watch(
        a.request('a', () => {
          granted()
          return over
        }),
      )
      await isGranted
      const next = [a, b].map((web) => web.request('a', () => order.push('next')))
      await given.clients.settle()
      order.push('end')
      end()
      await Promise.all([...next, first.promise.catch(() => {})])
      expect(order).to.deep.equal(['end', 'next', 'next'])
    })

  it('keeps the same client out', async () => {
    const web = await given.one()
    expect(await web.request('a', () => web.request('a', { ifAvailable: true }, (lock) => lock))).to.equal(null)
  })

  it('rejects with an AbortError as soon as the lock is lost, and tells the callback by its signal', async () => {
    const web = await given.one()
    const { lock, request, release } = await hold(web, 'a')
    expect(lock.signal.aborted).to.equal(false)
    const error = expectDomError('AbortError', () => request.promise)
    await given.all[0]?.close({ drain: 0 })
    expect((await error).cause).to.include({ code: 'LOST', reason: 'closed' })
    expect([lock.signal.aborted, lock.signal.reason]).to.deep.equal([true, await error])
    release()
  })

  it('rejects with an AbortError although the callback succeeds, if maxHold was over before', async () => {
    const web = await given.one()
    await expectDomError('AbortError', () =>
      web.request('a', { maxHold: 5 }, () => {
        const untilMs = performance.now() + 10
        while (performance.now() < untilMs);
        return 'done'
      }),
    )
  })
})
