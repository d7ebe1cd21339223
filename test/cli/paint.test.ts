import { expect } from 'chai'
import { cell, clip, durationText, fill, grouped, painter, sparkline, table, widthOf } from '../../lib/cli/paint.ts'

const plain = painter(false)
const coloured = painter(true)

describe('painting text', () => {
  it('gives cells of an exact width', () => {
    expect(cell('abc', 5)).to.equal('abc  ')
    expect(cell('abc', 5, 'right')).to.equal('  abc')
    expect(cell('abcdef', 4)).to.equal('abc…')
    expect(cell('abc', 0)).to.equal('')
  })

  it('does not count colours as width', () => {
    const red = coloured('bad', 'abc')
    expect(red).not.to.equal('abc')
    expect(widthOf(red)).to.equal(3)
    expect(widthOf(fill(red, 6))).to.equal(6)
  })

  it('clips a coloured line at a width and closes the colour', () => {
    const line = clip(`${coloured('good', 'abcdef')}${coloured('bad', 'ghijkl')}`, 8)
    expect(widthOf(line)).to.equal(8)
    expect(line.endsWith('\u001b[0m')).to.equal(true)
    expect(clip(coloured('good', 'abc'), 3)).to.equal(coloured('good', 'abc'))
  })

  it('groups the digits of counts', () => {
    expect(grouped(1234567)).to.equal('1,234,567')
  })

  it('tells times with the digits that matter', () => {
    expect([0.0042, 0.84, 12.34, 456.7, 5210].map(durationText)).to.deep.equal([
      '4.2 µs',
      '0.84 ms',
      '12.3 ms',
      '457 ms',
      '5.2 s',
    ])
    expect(durationText(Number.NaN)).to.equal('–')
  })

  it('draws a pause as dots and the most as a full bar, the latest values only', () => {
    expect(sparkline([8, 0, 4, 8], 3)).to.equal('·▅█')
    expect(sparkline([0, 0], 5)).to.equal('··')
    expect(sparkline([], 5)).to.equal('')
  })

  it('aligns a table of any number of rows', () => {
    const rows = Array.from({ length: 200_000 }, (_, i) => String(i))
    const lines = table(
      rows,
      [
        { title: 'name', text: (row) => row },
        { title: 'of', text: () => 'x' },
      ],
      plain,
    ).split('\n')
    expect([lines.length, lines[0], lines.at(-1)]).to.deep.equal([200_001, 'name    of', '199999  x'])
  })

  it('aligns the columns of a table', () => {
    const rows = [
      { name: 'a', count: 5 },
      { name: 'longer', count: 12 },
    ]
    const text = table(
      rows,
      [
        { title: 'NAME', text: (row) => row.name },
        { title: 'N', align: 'right', text: (row) => String(row.count) },
      ],
      plain,
    )
    expect(text).to.equal('NAME     N\na        5\nlonger  12')
  })
})
