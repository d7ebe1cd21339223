import { expect } from 'chai'
import { errorOf } from '../../engine.ts'
import { webLocksTests } from './given.ts'

webLocksTests('ifAvailable', (given) => {
  it('gives the callback a free lock, or null in the place of one that is taken here or elsewhere', async () => {
    const [a, b] = await given.two()
    expect(await a.request('a', { ifAvailable: true }, (lock) => lock?.name)).to.equal('a')
    await a.request('a', async () => {
      for (const web of [a, b]) {
        expect(await web.request('a', { ifAvailable: true }, (lock) => [lock])).to.deep.equal([null])
        expect(await web.request('different', { ifAvailable: true }, (lock) => lock?.name)).to.equal('different')
      }
    })
    // The release was seen.
    expect(await a.request('a', { ifAvailable: true }, (lock) => lock?.name)).to.equal('a')
  })

  it('passes on what a callback throws that got null', async () => {
    const web = await given.one()
    const own = new Error('mine')
    await web.request('a', async () => {
      const thrown = web.request('a', { ifAvailable: true }, (lock) => {
        expect(lock).to.equal(null)
        throw own
      })
      const rejected = web.request('a', { ifAvailable: true }, async () => {
        throw own
      })
      for (const request of [thrown, rejected]) expect(await errorOf(() => request)).to.equal(own)
    })
  })

  it('goes by the modes', async () => {
    const web = await given.one()
    const tried = (mode: 'exclusive' | 'shared') => web.request('a', { mode, ifAvailable: true }, (lock) => lock?.mode ?? null)
    await web.request('a', { mode: 'shared' }, async () => {
      expect([await tried('shared'), await tried('exclusive')]).to.deep.equal(['shared', null])
    })
    await web.request('a', async () => {
      expect([await tried('shared'), await tried('exclusive')]).to.deep.equal([null, null])
    })
  })

  it('finds a lock free whose release no one waited for', async () => {
    const web = await given.one()
    await web.request('a', async () => {
      await web.request('b', () => {})
      expect(await web.request('b', { ifAvailable: true }, (lock) => lock?.name)).to.equal('b')
    })
  })
})
