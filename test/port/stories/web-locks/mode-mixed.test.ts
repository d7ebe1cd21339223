import { expect } from 'chai'
import { hold, webLocksTests } from './given.ts'

webLocksTests('mode-mixed', (given) => {
  it('grants in the order of the requests: a group of shared ones, an exclusive one, and a group', async () => {
    const web = await given.one()
    const granted: string[] = []
    const first = await Promise.all([1, 2, 3].map(() => hold(web, 'a', { mode: 'shared' })))
    const exclusive = hold(web, 'a')
    const later = [1, 2, 3].map(() => hold(web, 'a', { mode: 'shared' }))
    await web.request('b', () => granted.push('b'))
    expect(modes(await web.query())).to.deep.equal([
      ['shared', 'shared', 'shared'],
      ['exclusive', 'shared', 'shared', 'shared'],
    ])
    for (const { release } of first) release()
    const { release } = await exclusive
    expect(modes(await web.query())).to.deep.equal([['exclusive'], ['shared', 'shared', 'shared']])
    release()
    const last = await Promise.all(later)
    expect(modes(await web.query())).to.deep.equal([['shared', 'shared', 'shared'], []])
    for (const each of last) each.release()
    expect(granted).to.deep.equal(['b'])
  })
})

function modes({ held, pending }: { held: readonly { mode: unknown }[]; pending: readonly { mode: unknown }[] }): unknown {
  return [held.map(({ mode }) => mode), pending.map(({ mode }) => mode)]
}
