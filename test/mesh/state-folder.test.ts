import { chmodSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { defaultStateFolder, openStateFolder } from '../../lib/mesh/state-folder.ts'

describe('the folder in which a host remembers', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'holdfast-state-'))
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  it('has the highest epoch of each cluster, from any process and in any order', () => {
    const [early, late] = [openStateFolder(root, 'a/b'), openStateFolder(root, 'a/b')]
    expect(early.highest()).to.equal(0)
    late.mark(70)
    // A process that slept between looking and marking.
    early.mark(60)
    expect(late.highest()).to.equal(70)
    late.mark(71)
    expect(early.highest()).to.equal(71)
    expect(readdirSync(late.path)).to.deep.equal(['epoch-71'])
    expect(openStateFolder(root, 'other').highest()).to.equal(0)
  })

  it('is not touched without a mark, and ignores other files', () => {
    const state = openStateFolder(join(root, 'deep', 'down'), 'c')
    expect(state.highest()).to.equal(0)
    expect(existsSync(join(root, 'deep'))).to.equal(false)
    state.mark(5)
    for (const name of ['epoch-', 'epoch-x', 'epoch-99999999999999999999', 'vote']) writeFileSync(join(state.path, name), '')
    expect(state.highest()).to.equal(5)
  })

  it('keeps the votes of its voters apart', () => {
    const state = openStateFolder(root, 'c')
    const [one, two] = [state.openVault('a:1 a:1'), state.openVault('a:1 a:1 b:1')]
    one.save(new Uint8Array([1]))
    expect(two.load()).to.equal(null)
    for (const vault of [one, two]) vault.close()
  })

  it('that cannot be written to says so at each mark, and keeps what it has', () => {
    const state = openStateFolder(root, 'c')
    state.mark(5)
    renameSync(state.path, join(root, 'aside'))
    writeFileSync(state.path, '')
    expect(() => state.mark(6)).to.throw(/ENOTDIR/)
    rmSync(state.path)
    renameSync(join(root, 'aside'), state.path)
    expect(state.highest()).to.equal(5)
    writeFileSync(join(root, 'file'), '')
    expect(() => openStateFolder(join(root, 'file'), 'c').mark(1)).to.throw(/ENOTDIR/)
  })

  it('is in the state folder of the user, and in the system one for a user without a home', () => {
    expect(defaultStateFolder({ XDG_STATE_HOME: root })).to.equal(join(root, 'holdfast'))
    expect(defaultStateFolder({ XDG_STATE_HOME: 'relative' })).to.equal(join(homedir(), '.local', 'state', 'holdfast'))
    const before = process.env['HOME']
    try {
      process.env['HOME'] = root
      expect(defaultStateFolder({})).to.equal(join(root, '.local', 'state', 'holdfast'))
      process.env['HOME'] = join(root, 'nowhere')
      expect(defaultStateFolder({})).to.equal('/var/lib/holdfast')
    } finally {
      if (before === undefined) delete process.env['HOME']
      else process.env['HOME'] = before
    }
    chmodSync(root, 0o700)
  })

  it('of the tests is not that of the user who runs them', () => {
    expect(process.env['XDG_STATE_HOME']).to.match(/holdfast-test-state-/)
  })
})
