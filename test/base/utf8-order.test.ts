import fc from 'fast-check'
import { expect } from 'chai'
import { compareUtf8 } from '../../lib/base/utf8-order.ts'

describe('the order by UTF-8 bytes', () => {
  it('is the order of the encoded bytes, for any two strings', () => {
    const text = fc.string({ unit: 'binary' })
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareUtf8(a, b))).to.equal(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))))
      }),
      { numRuns: 2000 },
    )
  })

  it('puts the highest code points last, which UTF-16 does not', () => {
    expect(['\u{10000}', '\ufffd', '\ud7ff', 'a', ''].sort(compareUtf8)).to.deep.equal(['', 'a', '\ud7ff', '\ufffd', '\u{10000}'])
  })
})
