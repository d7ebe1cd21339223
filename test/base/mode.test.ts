import { expect } from 'chai'
import { BadOptionError } from '../../lib/base/errors.ts'
import { carries, Mode, type ModeKind, modeKinds, notCarried, parseMode, permitsMax } from '../../lib/base/mode.ts'

const of = (kind: ModeKind): Mode => (kind === 'permits' ? Mode.permits(3) : parseMode(kind))

/** Table 1 of Gray, Lorie, Putzolu and Traiger 1976; its rows and columns have the order of `columns`. */
const columns: readonly ModeKind[] = [
  'intention-shared',
  'intention-exclusive',
  'shared',
  'shared-intention-exclusive',
  'exclusive',
]
const gray = ['yes yes yes yes no', 'yes yes no no no', 'yes no yes no no', 'yes no no no no', 'no no no no no']

describe('base: modes', () => {
  it('go together as in the table of Gray et al., and in both directions alike', () => {
    for (const [i, row] of gray.entries()) {
      const found = columns.map((column) => (of(columns[i] as ModeKind).isCompatibleWith(of(column)) ? 'yes' : 'no'))
      expect(found.join(' '), columns[i]).to.equal(row)
    }
    for (const a of modeKinds)
      for (const b of modeKinds) expect(of(a).isCompatibleWith(of(b)), `${a}, ${b}`).to.equal(of(b).isCompatibleWith(of(a)))
  })

  it('let an upgradable holder in beside readers, and beside no other holder that may write', () => {
    const beside = modeKinds.filter((kind) => of('upgradable').isCompatibleWith(of(kind)))
    expect(beside).to.have.members(['shared', 'intention-shared'])
  })

  it('let permits in beside permits of the same number only', () => {
    const beside = modeKinds.filter((kind) => of('permits').isCompatibleWith(of(kind)))
    expect(beside).to.deep.equal(['permits'])
    for (const [a, b] of [
      [2, 3],
      [permitsMax, permitsMax - 1],
    ] as const) {
      expect(Mode.permits(a).isCompatibleWith(Mode.permits(b))).to.equal(false)
      expect(Mode.permits(a).isCompatibleWith(Mode.permits(a))).to.equal(true)
    }
  })

  it('are one value for each number of permits, however large', () => {
    for (const count of [1, 1000, 1001, permitsMax]) {
      expect(Mode.permits(count).equals(Mode.permits(count))).to.equal(true)
      expect(Mode.permits(count).equals(Mode.permits(count + 1))).to.equal(false)
    }
    const codes = new Set(modeKinds.map((kind) => of(kind).code))
    expect(codes.size).to.equal(modeKinds.length)
    expect(Object.isFrozen(Mode.shared)).to.equal(true)
  })

  it('say how many holders there is room for, and how many entries of one site those are', () => {
    const room = (mode: Mode): readonly boolean[] => [0, 1, 2, 3].map((entries) => mode.hasRoomBeside(entries))
    expect(room(Mode.exclusive)).to.deep.equal([true, false, false, false])
    expect(room(Mode.permits(2))).to.deep.equal([true, true, false, false])
    expect(room(Mode.shared)).to.deep.equal([true, true, true, true])
    expect([Mode.shared, Mode.permits(9)].map((mode) => [0, 1, 5].map((holders) => mode.entriesOf(holders)))).to.deep.equal([
      [0, 1, 1],
      [0, 1, 5],
    ])
  })

  it('are written down as a word or the number of permits, and read again', () => {
    for (const mode of [...modeKinds.map(of), Mode.permits(permitsMax)]) {
      expect(Mode.from(JSON.parse(JSON.stringify(mode)))?.equals(mode)).to.equal(true)
      expect(Mode.of(mode.plain).equals(mode)).to.equal(true)
      expect(Mode.fromCode(mode.code)?.equals(mode)).to.equal(true)
    }
    expect([Mode.exclusive, Mode.permits(3)].map(String)).to.deep.equal(['exclusive', '1 of 3 permits'])
    for (const raw of ['', 'X', 0, -1, 0.5, Number.NaN, permitsMax + 1, null, undefined, {}, ['shared'], 3n])
      expect(Mode.from(raw), String(raw)).to.equal(null)
  })
})

describe('base: a mode that a caller gives', () => {
  it('is one of three permits as a number and as an object alike', () => {
    for (const given of [3, { permits: 3 }, Object.freeze({ permits: 3 })]) expect(parseMode(given).plain).to.equal(3)
  })

  it('is read once, and what the caller changes later counts for nothing', () => {
    let reads = 0
    const given = {
      get permits() {
        return ++reads
      },
    }
    const mode = parseMode(given)
    expect([mode.plain, reads]).to.deep.equal([1, 1])
  })

  it('is BAD_OPTION, which says what to give, if it is not a mode', () => {
    const throwing = {
      get permits(): number {
        throw new Error('not today')
      },
    }
    const cases: readonly (readonly [unknown, RegExp])[] = [
      ['alone', /must be 'exclusive', 'shared', 'intention-shared', .*'upgradable', or \{ permits: 3 \} .*got 'alone'/],
      [null, /got 'null'/],
      [{}, /got an object without permits/],
      [[3], /must be 'exclusive'/],
      [{ permits: 3, of: 4 }, /got an object with 'of'/],
      [{ premits: 3 }, /got an object with 'premits'/],
      [throwing, /cannot be read: not today/],
      ...[0, -1, 1.5, Number.NaN, Infinity, permitsMax + 1].flatMap((count) => [
        [count, /an integer from 1 to 1000000/] as const,
        [{ permits: count }, /an integer from 1 to 1000000/] as const,
      ]),
      [{ permits: '3' }, /an integer from 1 to 1000000, got 3/],
      [{ permits: undefined }, /got an object without permits/],
    ]
    for (const [given, message] of cases) {
      expect(() => parseMode(given), String(message))
        .to.throw(BadOptionError, message)
        .that.includes({ option: 'mode' })
    }
  })

  it('is refused by what does not carry it, with the name of that and what to choose', () => {
    const carrier = { name: 'token-ring', modes: ['exclusive'] as const }
    expect([Mode.exclusive, Mode.shared].map((mode) => carries(carrier, mode))).to.deep.equal([true, false])
    const error = notCarried(Mode.shared, 'the algorithm of x, token-ring,', carrier, 'Choose another')
    expect(error).to.include({ code: 'BAD_OPTION', option: 'mode' })
    expect(error.message).to.equal("the algorithm of x, token-ring, has no mode 'shared', only exclusive. Choose another")
  })
})
