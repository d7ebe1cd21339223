import { expect } from 'chai'
import { webLocksTests } from './given.ts'

webLocksTests('mode-exclusive', (given) => {
  it('grants requests for one lock in their order', async () => {
    const web = await given.one()
    const granted: string[] = []
    await Promise.all(
      ['a1', 'b1', 'c1', 'a2', 'b2', 'c2'].map((each) => web.request(each[0] as string, () => granted.push(each))),
    )
    for (const name of ['a', 'b', 'c'])
      expect(granted.filter((each) => each.startsWith(name))).to.deep.equal([`${name}1`, `${name}2`])
  })

  it('lets one holder be inside at a time, of all clients', async () => {
    const clients = await given.two()
    let inside = 0
    const counts = await Promise.all(
      Array.from({ length: 10 }, (_, i) =>
        clients[i % 2]?.request('a', async () => {
          const count = ++inside
          await new Promise((resolve) => setImmediate(resolve))
          inside--
          return count
        }),
      ),
    )
    expect(new Set(counts)).to.deep.equal(new Set([1]))
  })
})
