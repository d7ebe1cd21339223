import { expect } from 'chai'
import { webLocksTests } from './given.ts'

webLocksTests('mode-shared', (given) => {
  it('grants requests for one lock in their order', async () => {
    const web = await given.one()
    const granted: string[] = []
    await Promise.all(
      ['a1', 'b1', 'a2', 'b2'].map((each) => web.request(each[0] as string, { mode: 'shared' }, () => granted.push(each))),
    )
    for (const name of ['a', 'b']) expect(granted.filter((each) => each.startsWith(name))).to.deep.equal([`${name}1`, `${name}2`])
  })

  it('lets others share the lock, of the same client and another', async () => {
    const [a, b] = await given.two()
    const inner = await a.request('a', { mode: 'shared' }, () =>
      Promise.all([a, b].map((web) => web.request('a', { mode: 'shared' }, (lock) => lock.mode))),
    )
    expect(inner).to.deep.equal(['shared', 'shared'])
  })
})
