import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { processFacts } from '../../lib/mesh/process-facts.ts'
import { openFileVault } from '../../lib/mesh/vault.ts'
import { VoteKeeper } from '../../lib/view/vote.ts'
import { oddities } from './oddities.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const voter = { cluster: 'test', address: 'a:1', joinList: ['a:1', 'b:1'] }
const marks = { mark: () => undefined }
const vote = { after: null, promised: { round: 3, proposer: 'a' }, accepted: null, epochMax: 77 }

describe('the folder of a vote', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'holdfast-vault-'))
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  it('gives the bytes that were saved last to the next that opens it', () => {
    const vault = openFileVault(join(root, 'new', 'folder'))
    expect(vault.load()).to.equal(null)
    vault.save(bytes('one'))
    vault.save(bytes('two'))
    vault.close()
    const again = openFileVault(join(root, 'new', 'folder'))
    expect(new TextDecoder().decode(again.load() as Uint8Array)).to.equal('two')
    again.close()
    expect(readdirSync(join(root, 'new', 'folder'))).to.deep.equal(['vote'])
  })

  it('is open once in a process, and once on a machine', () => {
    const vault = openFileVault(root)
    expect(() => openFileVault(join(root, '.'))).to.throw(/in use by another node of this process/)
    vault.close()
    writeFileSync(join(root, 'owner'), JSON.stringify({ ...processFacts(), pid: 1, startTime: '' }))
    expect(() => openFileVault(root)).to.throw(/in use by process 1/)
  })

  it('is free of an owner that is gone, was of another boot, or left half a name, or was a thread that has ended', () => {
    const gone = spawnSync(process.execPath, ['-e', '']).pid
    const { startTime } = processFacts()
    for (const owner of [
      JSON.stringify({ ...processFacts(), pid: gone, startTime }),
      JSON.stringify({ ...processFacts(), thread: { tid: gone, startTime } }),
      JSON.stringify({ ...processFacts(), bootId: 'another', pid: 1 }),
      '{"pid": 1',
      '',
    ]) {
      writeFileSync(join(root, 'owner'), owner)
      openFileVault(root).close()
    }
  })

  it('is not taken from an owner whose name cannot be read', () => {
    mkdirSync(join(root, 'owner'))
    expect(() => openFileVault(root))
      .to.throw(/owner is not an ordinary file/)
      .that.includes({ code: 'REFUSED', reason: 'data-dir' })
    expect(statSync(join(root, 'owner')).isDirectory()).to.equal(true)
  })

  it('that cannot be a folder, or be written to, is refused with the cure', () => {
    writeFileSync(join(root, 'file'), '')
    expect(() => openFileVault(join(root, 'file', 'in')))
      .to.throw(/cannot be made a folder \(ENOTDIR\): name a folder/)
      .that.includes({ code: 'REFUSED', reason: 'data-dir', option: 'dataDir' })
    expect(() => openFileVault(join(root, 'file')))
      .to.throw(/file is no folder: name one/)
      .that.includes({ code: 'REFUSED', reason: 'data-dir', option: 'dataDir' })
    expect(() => openFileVault('/proc/holdfast')).to.throw(/dataDir \/proc\/holdfast cannot/)
  })

  it('whose vote cannot be read is refused', () => {
    mkdirSync(join(root, 'vote'))
    const vault = openFileVault(root)
    expect(() => vault.load()).to.throw(/vote is not an ordinary file/)
    vault.close()
  })

  it('keeps the vote of before when a new one cannot be written', () => {
    const vault = openFileVault(root)
    vault.save(bytes('one'))
    mkdirSync(join(root, 'vote.new'))
    expect(() => vault.save(bytes('two'))).to.throw()
    expect(new TextDecoder().decode(vault.load() as Uint8Array)).to.equal('one')
    vault.close()
  })

  it('on a disk that is full gives no false yes', function () {
    // A file system of 64 kB, where this user may mount one.
    const disk = join(root, 'disk')
    mkdirSync(disk)
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]).status !== 0) return this.skip()
    try {
      const vault = openFileVault(disk)
      const keeper = new VoteKeeper(vault, voter, marks)
      keeper.keep(vote)
      writeFill(join(disk, 'filler'))
      expect(() => keeper.keep({ ...vote, epochMax: 78 })).to.throw(/ENOSPC/)
      vault.close()
      rmSync(join(disk, 'filler'))
      const again = openFileVault(disk)
      expect(new VoteKeeper(again, voter, marks).found).to.deep.equal(vote)
      again.close()
    } finally {
      spawnSync('umount', [disk])
    }
  })
})

describe('what is no plain file in the folder of a vote', function () {
  this.timeout(30_000)
  let root: string
  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-vault-')))
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  for (const [what, make] of oddities) {
    for (const name of ['vote', 'owner']) {
      it(`${what} under the name of the ${name} is refused, and left as it is`, () => {
        make(join(root, name))
        const { code, reason, option, message } = inProcess(
          root,
          `let vault
           try { vault = openFileVault(root); vault.load(); show('read') }
           catch ({ code, reason, option, message }) { show({ code, reason, option, message }) }
           vault?.close()`,
        ) as Record<string, string>
        expect({ code, reason, option }).to.deep.equal({ code: 'REFUSED', reason: 'data-dir', option: 'dataDir' })
        expect(message)
          .to.include(join(root, name))
          .and.match(/is not an ordinary file|is longer than any file of that name/)
        expect(readdirSync(root)).to.deep.equal([name])
      })
    }
  }

  it('gives way where a node writes a file that is its own', () => {
    const victim = join(root, 'victim')
    writeFileSync(victim, 'kept')
    expect(
      inProcess(
        root,
        `execFileSync('mkfifo', [root + '/owner.' + process.pid + '.0'])
         const vault = openFileVault(root)
         execFileSync('mkfifo', [root + '/vote.new'])
         vault.save(new Uint8Array([1]))
         symlinkSync(root + '/victim', root + '/vote.new')
         vault.save(new Uint8Array([2]))
         show([...vault.load()])
         vault.close()`,
      ),
    ).to.deep.equal([2])
    expect(readFileSync(victim, 'utf8')).to.equal('kept')
    expect(readdirSync(root).sort()).to.deep.equal(['victim', 'vote'])
  })

  it('counts as the mark of an epoch if it has that name, and makes no node wait', () => {
    const folder = join(root, 'c')
    for (const [what, make] of oddities) {
      mkdirSync(folder)
      make(join(folder, 'epoch-7'))
      const highest = inProcess(root, `const state = openStateFolder(root, 'c'); state.mark(7); show(state.highest())`)
      expect(highest, what).to.equal(7)
      rmSync(folder, { recursive: true })
    }
  })
})

/** In a process of its own: what keeps this one waiting would keep the whole run. */
function inProcess(root: string, body: string): unknown {
  const [vault, state] = ['vault', 'state-folder'].map((name) => new URL(`../../lib/mesh/${name}.js`, import.meta.url).href)
  const code = `import { execFileSync } from 'node:child_process'
    import { symlinkSync } from 'node:fs'
    const [vaultModule, root] = ${JSON.stringify([vault, root])}
    const { openFileVault } = await import(vaultModule)
    const { openStateFolder } = await import('${state}')
    const show = (value) => console.log(JSON.stringify(value))
    ${body}`
  const ran = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8', timeout: 10_000 })
  expect(ran.signal, `it hangs, or dies: ${ran.stderr}`).to.equal(null)
  expect(ran.stdout, ran.stderr).to.not.equal('')
  return JSON.parse(ran.stdout)
}

/** Writes until no page is left. */
function writeFill(file: string): void {
  try {
    for (let size = 1; ; size++) writeFileSync(file, Buffer.alloc(size * 4096))
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).to.equal('ENOSPC')
  }
}

describe('a kept vote', () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'holdfast-vote-'))
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  it('that changed by a single bit is refused, never believed', () => {
    const vault = openFileVault(root)
    new VoteKeeper(vault, voter, marks).keep(vote)
    const kept = readFileSync(join(root, 'vote'))
    for (let bit = 0; bit < kept.length * 8; bit += 7) {
      const harmed = Buffer.from(kept)
      harmed[bit >> 3] = (harmed[bit >> 3] as number) ^ (1 << (bit & 7))
      writeFileSync(join(root, 'vote'), harmed)
      expect(() => new VoteKeeper(vault, voter, marks), `bit ${bit}`)
        .to.throw()
        .that.includes({ code: 'REFUSED', reason: 'data-dir' })
    }
    vault.close()
  })

  it('that says the same again is not written again', () => {
    const vault = openFileVault(root)
    const keeper = new VoteKeeper(vault, voter, marks)
    keeper.keep(vote)
    rmSync(join(root, 'vote'))
    keeper.keep({ ...vote })
    expect(existsSync(join(root, 'vote'))).to.equal(false)
    vault.close()
  })
})
