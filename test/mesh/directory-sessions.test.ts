import { expect } from 'chai'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
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

  it('is invalid if it is cut off, empty, half written or not a number', () => {
    const half = '0000000002000.500 0000000002000.500\n0000000001000.250 0000000001000.250\n'
    for (const text of [
      '',
      '123.0 456.0\n',
      '\n',
      '123.0\n123.0\n',
      'soon later\nsoon later\n',
      '-5.0 -5.0\n-5.0 -5.0\n',
      half,
    ]) {
      writeFileSync(join(folder, 'a.session'), text)
      expect(readSession(folder, 'a'), JSON.stringify(text)).to.equal(null)
    }
  })

  it('is written over the one before, which takes no space and makes no other file', () => {
    writeSession(folder, 'a', at(1000))
    const { ino, size } = statSync(join(folder, 'a.session'))
    writeSession(folder, 'a', at(123_456_789))
    expect(statSync(join(folder, 'a.session'))).to.include({ ino, size })
    expect(readdirSync(folder)).to.deep.equal(['a.session'])
  })

  it('that cannot be written is taken away, since the one before would be a lie', () => {
    // A link in its place is not followed.
    const elsewhere = join(folder, 'elsewhere')
    writeFileSync(elsewhere, '')
    symlinkSync(elsewhere, join(folder, 'a.session'))
    writeSession(folder, 'a', at(2000))
    expect(readSession(folder, 'a')).to.equal(null)
    expect(readdirSync(folder)).to.deep.equal(['elsewhere'])
    expect(statSync(elsewhere).size).to.equal(0)
  })

  it('that can neither be written nor taken away is an error, and so no renewal', () => {
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
