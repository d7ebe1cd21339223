import { expect } from 'chai'
import { apiNameOf, lockNameOf } from '../../../../lib/port/web-locks/names.ts'
import { expectDomError, unreached, webLocksTests } from './given.ts'

webLocksTests('resource-names', (given) => {
  for (const name of ['', 'abc\x00def', '\uD800', '\uDC00', '\uDC00\uD800', '\uFFFF', '\\ud800', '\uD800\\'])
    it(`takes the name ${JSON.stringify(name)}, and tells it again`, async () => {
      const web = await given.one()
      await web.request(name, async (lock) => {
        expect(lock.name).to.equal(name)
        expect((await web.query()).held.map((row) => row.name)).to.deep.equal([name])
      })
    })

  it('takes names with unpaired surrogates for different names', async () => {
    const web = await given.one()
    expect(await web.request('\uD800', () => web.request('\uFFFD', () => web.request('\\ud800', () => 3)))).to.equal(3)
  })

  it('refuses names that begin with "-" and names that no lock can have', async () => {
    const web = await given.one()
    for (const name of ['-', '-foo', 'x'.repeat(257), '\uD800'.repeat(60)])
      await expectDomError('NotSupportedError', () => web.request(name, unreached))
    expect(await web.request('x-anything', (lock) => lock.name)).to.equal('x-anything')
  })
})

describe('the names of the Web Locks API', () => {
  it('stand for one lock each', () => {
    const units = ['', '\uD800', '\uDC00', '\\', 'u', 'd800', '-']
    const names = units.flatMap((a) => units.flatMap((b) => units.flatMap((c) => [`${a}${b}${c}`])))
    const own = [...new Set(names.filter((name) => !name.startsWith('-')))]
    expect(new Set(own.map(lockNameOf)).size).to.equal(own.length)
    for (const name of own) expect(apiNameOf(lockNameOf(name))).to.equal(name)
  })

  it('leave the name of a lock as it is that was not taken by this API', () => {
    for (const name of ['a', '-foo', '-\\', '--', '-\\u0041']) expect(apiNameOf(name)).to.equal(name)
  })
})
