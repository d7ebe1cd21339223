import { expect } from 'chai'
import { webLocksTests } from './given.ts'

webLocksTests('query-empty', (given) => {
  it('tells empty lists while no lock is held, and after the last release', async () => {
    const web = await given.one()
    expect(await web.query()).to.deep.equal({ held: [], pending: [] })
    await web.request('a', () => {})
    expect(await web.query()).to.deep.equal({ held: [], pending: [] })
  })
})
