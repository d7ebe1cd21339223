import { expect } from 'chai'
import { stripes } from '../../lib/recipes/stripes.ts'
import { onEachEngine } from './engines.ts'

const keys = Array.from({ length: 20_000 }, (_, i) => `user/${i}`)

onEachEngine('stripes', (given) => {
  it('let keys of one stripe exclude each other, in any client, and keys of two stripes not', async () => {
    const [a, b] = await given().two()
    const ours = stripes('account', 2)
    const theirs = stripes('account', 2)
    const [one, same, other] = ['alice', 'alice', keys.find((key) => ours.nameOf(key) !== ours.nameOf('alice')) as string]
    await a.withLock(ours.nameOf(one), async () => {
      expect(await b.tryAcquire(theirs.nameOf(same))).to.equal(null)
      const beside = await b.tryAcquire(theirs.nameOf(other))
      expect(beside?.name).to.equal(theirs.nameOf(other))
    })
  })
})

describe('stripes', () => {
  it('spread the keys evenly', () => {
    const { names, nameOf } = stripes('account', 16)
    const counts = new Map(names.map((name) => [name, 0]))
    for (const key of keys) counts.set(nameOf(key), (counts.get(nameOf(key)) ?? 0) + 1)
    expect(counts.size).to.equal(16)
    // 1,250 each on average, with a standard deviation of 34.
    for (const [name, count] of counts) expect(count, name).to.be.within(1_250 - 170, 1_250 + 170)
  })

  it('keep the stripe of a key when one is added, except for the keys that the new stripe takes', () => {
    for (const count of [1, 2, 7, 64]) {
      const [before, after] = [stripes('account', count), stripes('account', count + 1)]
      const moved = keys.filter((key) => before.nameOf(key) !== after.nameOf(key))
      for (const key of moved) expect(after.nameOf(key)).to.equal(`account/${count}`)
      const expected = keys.length / (count + 1)
      expect(moved.length, String(count)).to.be.within(expected - 5 * Math.sqrt(expected), expected + 5 * Math.sqrt(expected))
    }
  })

  it('give the names for several keys once each', () => {
    const one = stripes('account', 1)
    expect(one.namesOf(['alice', 'bob', 'alice'])).to.deep.equal(['account/0'])
    const many = stripes('account', 64)
    expect(new Set(many.namesOf(keys))).to.deep.equal(new Set(many.names))
    expect(many.namesOf([])).to.deep.equal([])
  })

  it('give the same names for the same key in a later version', () => {
    const { nameOf } = stripes('account', 64)
    expect(['alice', 'bob', 'é', '\ud800'].map(nameOf)).to.deep.equal(['account/41', 'account/34', 'account/19', 'account/10'])
  })

  it('refuse wrong arguments by their name, before any lock is taken', () => {
    const wrong: readonly (readonly [option: string, call: () => unknown])[] = [
      ['name', () => stripes('', 4)],
      ['name', () => stripes(5 as never, 4)],
      ['name', () => stripes('x'.repeat(255), 4)],
      ['name', () => stripes('x'.repeat(254), 11)],
      ...[0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 4_097, '4' as never].map(
        (count) => ['count', () => stripes('account', count)] as const,
      ),
      ...['', undefined as never, 5 as never, null as never].map(
        (key) => ['key', () => stripes('account', 4).nameOf(key)] as const,
      ),
      ['key', () => stripes('account', 4).namesOf(['a', ''])],
      ['keys', () => stripes('account', 4).namesOf('alice')],
      ['keys', () => stripes('account', 4).namesOf(null as never)],
    ]
    for (const [option, call] of wrong) expect(call, call.toString()).to.throw().that.includes({ code: 'BAD_OPTION', option })
    expect(stripes('x'.repeat(254), 10).names[9]).to.have.length(256)
  })
})
