import { expect } from 'chai'
import { errorOf, watch } from '../../engine.ts'
import { expectDomError, hold, unreached, webLocksTests } from './given.ts'

webLocksTests('signal', (given) => {
  it('must be an AbortSignal', async () => {
    const web = await given.one()
    for (const signal of ['string', 12.34, false, {}, Symbol('x'), () => {}, globalThis, null])
      expect(await errorOf(() => web.request('a', { signal: signal as never }, unreached))).to.be.instanceOf(TypeError)
  })

  for (const when of ['before the request', 'right after it', 'while it waits'] as const)
    it(`that is aborted ${when} rejects with its reason, and the next request is served`, async () => {
      const [a, b] = await given.two()
      for (const reason of [undefined, 'My dog ate it.', new Error('own')]) {
        const controller = new AbortController()
        const { signal } = controller
        const holding = when === 'while it waits' ? await hold(b, 'a') : null
        if (when === 'before the request') controller.abort(reason)
        const request = watch(a.request('a', { signal }, unreached))
        if (holding !== null) {
          await given.clients.settle()
          expect((await a.query()).pending).to.have.length(1)
        }
        const next = watch(a.request('a', () => 'resolved'))
        controller.abort(reason)
        expect(
          await errorOf(() => request.promise.catch((error) => Promise.reject(Object(error) === error ? error : { error }))),
        ).to.deep.equal(Object(signal.reason) === signal.reason ? signal.reason : { error: signal.reason })
        holding?.release()
        expect(await next.promise).to.equal('resolved')
      }
      const { signal } = new AbortController()
      expect(await a.request('a', { signal }, () => 7)).to.equal(7)
    })

  it('has the reason AbortError by default', async () => {
    const web = await given.one()
    await expectDomError('AbortError', () => web.request('a', { signal: AbortSignal.abort() }, unreached))
  })

  it('has no effect once the callback was called', async () => {
    const web = await given.one()
    const controller = new AbortController()
    const { signal } = controller
    const outcome = await web.request('a', { signal }, async (lock) => {
      controller.abort()
      await given.clients.settle()
      return ['resolved ok', lock.signal.aborted]
    })
    expect(outcome).to.deep.equal(['resolved ok', false])
  })
})
