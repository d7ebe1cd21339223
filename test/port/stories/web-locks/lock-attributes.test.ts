import { expect } from 'chai'
import { inspect } from 'node:util'
import { webLocksTests } from './given.ts'

webLocksTests('lock-attributes', (given) => {
  for (const mode of ['exclusive', 'shared'] as const)
    it(`tells the name and the mode ${mode} that were asked for, and a fence`, async () => {
      const web = await given.one()
      await web.request('resource', { mode }, (lock) => {
        const { name, fence } = lock
        expect([name, lock.mode, typeof fence]).to.deep.equal(['resource', mode, 'bigint'])
        expect(JSON.parse(JSON.stringify(lock))).to.deep.equal({ name, mode, fence: String(fence) })
        expect(inspect(lock)).to.equal(`WebLock { name: 'resource', mode: '${mode}', fence: ${fence}n }`)
      })
    })

  it('has a fence that rises with each exclusive grant', async () => {
    const [a, b] = await given.two()
    const fences: bigint[] = []
    for (const web of [a, b, b, a]) fences.push(await web.request('a', (lock) => lock.fence))
    expect(fences).to.deep.equal([...new Set(fences)].sort((x, y) => (x < y ? -1 : 1)))
  })
})
