import { expect } from 'chai'
import {
  describeShortage,
  descriptorLimit,
  isShortage,
  keepReserve,
  onShortage,
  parseLimit,
  releaseReserve,
  spare,
} from '../../lib/mesh/descriptors.ts'

const shortage = (code = 'EMFILE'): Error => Object.assign(new Error('too many open files, open /x'), { code })

describe('mesh: the descriptors of a process', () => {
  it('are as many as the system says, or a careful guess', () => {
    const text = (soft: string): string =>
      `Max cpu time unlimited\nMax open files            ${soft}                 1048576   files\n`
    expect(parseLimit(text('1024'))).to.equal(1_024)
    expect(parseLimit(text('unlimited'))).to.equal(Number.MAX_SAFE_INTEGER)
    expect(parseLimit('nothing of the kind')).to.equal(256)
    expect(descriptorLimit()).to.be.greaterThan(0)
  })

  it('are given up from the reserve for work that finds none, once, and taken back', () => {
    keepReserve()
    const told: string[] = []
    const stop = onShortage((message) => told.push(message))
    try {
      let attempts = 0
      const work = (): string => {
        if (attempts++ === 0) throw shortage()
        return 'done'
      }
      expect(spare(work)).to.equal('done')
      expect(attempts).to.equal(2)
      expect(told).to.have.length(1)
      expect(told[0]).to.match(/^EMFILE: this process has no file descriptor left/)
      // The reserve is there again.
      attempts = 0
      expect(spare(work)).to.equal('done')
    } finally {
      stop()
      releaseReserve()
    }
    expect(told).to.have.length(2)
  })

  it('that the reserve does not help with are named in the error, which keeps its code', () => {
    keepReserve()
    try {
      for (const code of ['EMFILE', 'ENFILE'])
        expect(() =>
          spare(() => {
            throw shortage(code)
          }),
        )
          .to.throw(new RegExp(`^${code}: .* \\(too many open files, open /x\\)$`))
          .with.property('code', code)
    } finally {
      releaseReserve()
    }
    // Without a reserve there is nothing to try again with.
    let attempts = 0
    expect(() =>
      spare(() => {
        attempts++
        throw shortage()
      }),
    ).to.throw(/ulimit -n/)
    expect(attempts).to.equal(1)
  })

  it('have nothing to do with other errors', () => {
    let attempts = 0
    expect(() =>
      spare(() => {
        attempts++
        throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
      }),
    ).to.throw(/^no such file$/)
    expect(attempts).to.equal(1)
    expect([shortage(), shortage('ENFILE'), new Error('x'), null].map(isShortage)).to.deep.equal([true, true, false, false])
    expect(describeShortage(shortage('ENFILE'))).to.match(/fs.file-max/)
  })
})
