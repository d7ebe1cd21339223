import { expect } from 'chai'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sharesBootClock } from '../../lib/mesh/clock.ts'
import { readSession, removeSession, writeSession } from '../../lib/mesh/directory-sessions.ts'

const at = (ms: number) => ({ monotonicMs: ms, bootMs: ms })

describe('the note of how long a session can last', () => {
  let folder: string

  beforeEach(function () {
    if (!sharesBootClock()) this.skip()
    folder = mkdtempSync(join(tmpdir(), 'sessions-'))
  })

  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('is read as it was written last', () => {
    expect(readSession(folder, 'a')).to.equal(null)
    writeSession(folder, 'a', at(1000.25))
    writeSession(folder, 'a', at(2000.5))
    const read = readSession(folder, 'a')
    expect(read?.bootMs).to.equal(2000.5)
    // The way through the kernel's clock costs some rounding.
    expect(read?.monotonicMs).to.be.closeTo(2000.5, 1)
    expect(readSession(folder, 'b')).to.equal(null)
  })

  it('is invalid if it is cut off, empty or not a number', () => {
    for (const text of ['', '123 456', '\n', '123\n', 'soon later\n', '-5 -5\n', '1 Infinity\n']) {
      writeFileSync(join(folder, 'a.session'), text)
      expect(readSession(folder, 'a'), JSON.stringify(text)).to.equal(null)
    }
  })

  it('that cannot be written is taken away, since the one before would be a lie', () => {
    writeSession(folder, 'a', at(1000))
    // In the way of what is written before it is put in place.
    mkdirSync(join(folder, 'a.session.new'))
    writeSession(folder, 'a', at(2000))
    expect(readSession(folder, 'a')).to.equal(null)
  })

  it('that can neither be written nor taken away is an error, and so no renewal', () => {
    mkdirSync(join(folder, 'a.session.new'))
    mkdirSync(join(folder, 'a.session'))
    expect(() => writeSession(folder, 'a', at(2000))).to.throw(/EISDIR/)
  })

  it('goes with its node', () => {
    writeSession(folder, 'a', at(1000))
    removeSession(folder, 'a')
    removeSession(folder, 'a')
    expect(readdirSync(folder)).to.deep.equal([])
  })
})
