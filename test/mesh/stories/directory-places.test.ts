import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import {
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Directory } from '../../../lib/world/world.ts'
import { RefusedError } from '../../../lib/base/errors.ts'
import { findDirectoryIn, openDirectoryIn } from '../../../lib/mesh/directory-opening.ts'
import { DirectoryPlaces } from '../../../lib/mesh/directory-path.ts'
import { skipUnless } from '../../processes/needs.ts'

const stranger = 12_345

describe('mesh: a name in the temporary folder that another user has taken', () => {
  let root: string
  let temporary: string[]
  const opened: Directory[] = []
  const name = `holdfast-${process.getuid?.()}`

  beforeEach(function () {
    skipUnless(
      this,
      process.getuid?.() === 0 && process.platform === 'linux',
      'what is another user’s can only be made by root, on Linux',
    )
    root = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-test-')))
    temporary = ['first', 'second', 'third'].map((each) => join(root, each))
    for (const folder of temporary) mkdirSync(folder)
  })
  afterEach(() => {
    for (const directory of opened.splice(0)) directory.close()
    rmSync(root, { recursive: true, force: true })
  })

  const places = (): DirectoryPlaces => new DirectoryPlaces('c', undefined, temporary)
  const open = async (): Promise<Directory> => {
    const directory = await openDirectoryIn(places())
    opened.push(directory)
    return directory
  }
  const at = (index: number): string => join(temporary[index] as string, name)
  const placeOf = ({ path }: Directory): string => dirname(dirname(path))
  const squat = (index: number): void => {
    mkdirSync(at(index))
    chownSync(at(index), stranger, stranger)
  }

  it('is not taken: the first place is used', async () => {
    expect(placeOf(await open())).to.equal(at(0))
    expect(readdirSync(temporary[1] as string)).to.deep.equal([])
  })

  for (const [what, make] of [
    ['a folder', () => squat(0)],
    ['a file', () => writeFileSync(at(0), '')],
    ['a FIFO', () => execFileSync('mkfifo', [at(0)])],
    ['a link to a folder of ours', () => symlinkSync(temporary[2] as string, at(0))],
  ] as const) {
    it(`by ${what}: all go to the next place, observers too`, async () => {
      make()
      lchownSync(at(0), stranger, stranger)
      expect(await findDirectoryIn(places())).to.equal(null)
      for (let i = 0; i < 3; i++) expect(placeOf(await open())).to.equal(at(1))
      const found = await findDirectoryIn(places())
      if (found !== null) opened.push(found)
      expect(found?.path).to.equal(opened[0]?.path)
    })
  }

  it('and is free again: a process goes to the place where the others live, and to the first place if none lives', async () => {
    squat(0)
    const first = await open()
    expect(placeOf(first)).to.equal(at(1))
    rmSync(at(0), { recursive: true })
    expect((await open()).path).to.equal(first.path)
    // A process that went there by mistake made a folder, which misleads no other.
    mkdirSync(at(0), { mode: 0o700 })
    expect((await open()).path).to.equal(first.path)
    for (const directory of opened.splice(0)) directory.close()
    expect(placeOf(await open())).to.equal(at(0))
  })

  it('and is free again while many start: they all come to one place', async () => {
    for (let round = 0; round < 5; round++) {
      squat(0)
      const early = Array.from({ length: 4 }, () => open())
      // Between two turns of the loop, so that some have chosen by now.
      await new Promise((resolve) => setImmediate(resolve))
      rmSync(at(0), { recursive: true })
      const all = await Promise.all([...early, ...Array.from({ length: 4 }, () => open())])
      expect(new Set(all.map(({ path }) => path)).size).to.equal(1)
      for (const directory of opened.splice(0)) directory.close()
      for (const folder of temporary) for (const each of readdirSync(folder)) rmSync(join(folder, each), { recursive: true })
    }
  })

  it('with a second place that is taken or not there: the third is used', async () => {
    squat(0)
    rmSync(temporary[1] as string, { recursive: true })
    expect(placeOf(await open())).to.equal(at(2))
  })

  it('at each place: REFUSED, which names them and says what to do', async () => {
    for (const index of [0, 1, 2]) squat(index)
    const error = await open().catch((reason: unknown) => reason)
    expect(error).to.be.instanceOf(RefusedError).and.include({ reason: 'directory' })
    expect((error as Error).message)
      .to.include(at(0))
      .and.include(at(2))
      .and.match(/other users.*administrator.*'directory' in every/)
  })

  it('a folder of ours at the first place that others may enter is refused, not passed over', async () => {
    mkdirSync(at(0), { mode: 0o755 })
    expect(await open().catch((reason: unknown) => reason)).to.include({ reason: 'directory' })
    expect(readdirSync(temporary[1] as string)).to.deep.equal([])
  })
})
