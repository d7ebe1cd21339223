import { expect } from 'chai'
import fc from 'fast-check'
import { Mode, modeKinds } from '../../lib/base/mode.ts'
import { entriesOf, ModeCounts } from '../../lib/base/mode-counts.ts'

const modes = [...modeKinds.filter((kind) => kind !== 'permits').map((kind) => Mode.of(kind)), Mode.permits(2), Mode.permits(3)]
const anyMode = fc.constantFrom(...modes)

describe('base: how many there are of each mode', () => {
  it('is what a plain list says, after any changes', () => {
    const change = fc.record({ mode: anyMode, adds: fc.boolean() })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        const counts = new ModeCounts()
        const list: Mode[] = []
        for (const { mode, adds } of changes) {
          const at = list.findIndex((each) => each.equals(mode))
          if (adds) {
            counts.add(mode)
            list.push(mode)
          } else if (at === -1) expect(() => counts.remove(mode)).to.throw(/was counted/)
          else {
            counts.remove(mode)
            list.splice(at, 1)
          }
          const of = (wanted: Mode): number => list.filter((each) => each.equals(wanted)).length
          expect(counts.size).to.equal(list.length)
          expect(modes.map((each) => counts.of(each))).to.deep.equal(modes.map(of))
          expect(modes.map((each) => counts.exclude(each))).to.deep.equal(
            modes.map((each) => list.some((other) => !other.isCompatibleWith(each))),
          )
          expect([...counts].reduce((sum, each) => sum + each.count, 0)).to.equal(list.length)
          expect(counts.isAlone).to.equal(list.length > 0 && list.every(({ isAlone }) => isAlone))
        }
        for (const each of list) counts.remove(each)
        expect(counts).to.deep.equal(new ModeCounts())
      }),
    )
  })

  it('leaves room for one more that goes together with all, up to the number of its permits', () => {
    const counts = new ModeCounts()
    counts.add(Mode.of('intention-shared'), 2)
    counts.add(Mode.of('intention-exclusive'))
    const admitted = (): unknown[] => modes.filter((mode) => counts.admit(mode)).map(({ plain }) => plain)
    expect(admitted()).to.deep.equal(['intention-shared', 'intention-exclusive'])
    counts.remove(Mode.of('intention-exclusive'))
    counts.add(Mode.of('upgradable'))
    expect(admitted()).to.deep.equal(['shared', 'intention-shared'])
    const permits = new ModeCounts()
    permits.add(Mode.permits(2))
    expect([permits.admit(Mode.permits(2)), permits.admit(Mode.permits(3))]).to.deep.equal([true, false])
    permits.add(Mode.permits(2))
    expect(permits.admit(Mode.permits(2))).to.equal(false)
  })

  it('of a holder is one for all its readers, one for each intention, and one for each permit', () => {
    const words = ['intention-shared', 'intention-shared', 'shared', 'upgradable'] as const
    const holds = [...words.map((word) => ({ holder: 'a', mode: Mode.of(word) })), { holder: 'b', mode: Mode.shared }]
    const counted = (holder: string): unknown => [...entriesOf(holds, holder)].map(({ mode, count }) => [mode.plain, count])
    expect(counted('a')).to.deep.equal([
      ['intention-shared', 1],
      ['shared', 1],
      ['upgradable', 1],
    ])
    expect(counted('b')).to.deep.equal([['shared', 1]])
    const permits = [1, 2].map(() => ({ holder: 'c', mode: Mode.permits(3) }))
    expect(entriesOf(permits, 'c').of(Mode.permits(3))).to.equal(2)
  })
})
