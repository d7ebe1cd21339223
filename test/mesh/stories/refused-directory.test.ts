/** What the local directory refuses: a place that others can read or change, or that this process cannot share. */
import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { RefusedError } from '../../../lib/base/errors.ts'
import { openLocalDirectory } from '../../../lib/mesh/directory-opening.ts'
import { processFacts } from '../../../lib/mesh/process-facts.ts'
import type { Directory } from '../../../lib/world/world.ts'

describe('mesh: the local directory refuses', () => {
  let root: string
  const opened: Directory[] = []
  const open = async (cluster = 'c', folder = root): Promise<Directory> => {
    const directory = await openLocalDirectory(cluster, folder)
    opened.push(directory)
    return directory
  }
  const refusalOf = (attempt: Promise<unknown>): Promise<unknown> =>
    attempt.then(
      () => null,
      (error: unknown) => error,
    )

  beforeEach(() => {
    root = realpathSync(mkdtempSync(joinPath(tmpdir(), 'holdfast-test-')))
  })
  afterEach(() => {
    for (const directory of opened.splice(0)) directory.close()
    rmSync(root, { recursive: true, force: true })
  })

  it('a symbolic link in any part', async () => {
    const elsewhere = joinPath(root, 'elsewhere')
    mkdirSync(elsewhere, { mode: 0o700 })
    symlinkSync(elsewhere, joinPath(root, 'c'))
    const error = await refusalOf(open())
    expect(error).to.be.instanceOf(RefusedError).and.include({ reason: 'directory' })
    expect((error as Error).message).to.include('symbolic link')
    symlinkSync(elsewhere, joinPath(root, 'link'))
    expect(await refusalOf(open('c', joinPath(root, 'link')))).to.include({ reason: 'directory' })
    expect(readdirSync(elsewhere)).to.deep.equal([])
  })

  it('a folder or a secret that others may enter or read', async () => {
    const { path } = await open()
    for (const [part, mode] of [
      [joinPath(root, 'c'), 0o711],
      [path, 0o750],
      [joinPath(path, 'secret'), 0o644],
      [root, 0o777],
    ] as const) {
      const before = statSync(part).mode
      chmodSync(part, mode)
      const error = await refusalOf(open())
      expect(error, part).to.include({ reason: 'directory' })
      expect((error as Error).message)
        .to.include(part)
        .and.include('other users')
      chmodSync(part, before)
    }
    await open()
  })

  it('an invalid secret', async () => {
    const { path } = await open()
    writeFileSync(joinPath(path, 'secret'), 'short')
    expect(await refusalOf(open())).to.include({ reason: 'directory' })
  })

  it('what stands in its place and is no folder', async () => {
    writeFileSync(joinPath(root, 'c'), '')
    expect(await refusalOf(open())).to.include({ reason: 'directory' })
    expect(await refusalOf(open('c', joinPath(root, 'no', 'parent')))).to.include({ reason: 'directory' })
  })

  it('a disk without room, and says so', async function () {
    if (process.getuid?.() !== 0 || process.platform !== 'linux') return this.skip()
    const small = joinPath(root, 'small')
    mkdirSync(small, { mode: 0o700 })
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=0700', 'tmpfs', small])
    try {
      expect(() => writeFileSync(joinPath(small, 'filling'), Buffer.alloc(1_000_000))).to.throw(/ENOSPC/)
      const error = await refusalOf(open('c', small))
      expect(error).to.be.instanceOf(RefusedError).and.include({ reason: 'directory' })
      expect((error as Error).message).to.match(/ENOSPC.*space on its disk/)
    } finally {
      execFileSync('umount', [small])
    }
  })

  it('a folder of another user', async function () {
    if (process.getuid?.() !== 0) return this.skip()
    const { path } = await open()
    for (const part of [joinPath(root, 'c'), path, joinPath(path, 'secret')]) {
      chownSync(part, 12_345, 12_345)
      const error = await refusalOf(open())
      expect(error).to.include({ reason: 'directory' })
      expect((error as Error).message).to.include('belongs to user 12345, not to 0')
      chownSync(part, 0, 0)
    }
  })

  it('to share with a live node of another namespace, but not with a dead one', async function () {
    this.timeout(20_000)
    const { path } = await open()
    const file = joinPath(path, 'entries', 'foreign.json')
    for (const other of [{ pidNamespace: 'pid:[1]' }, { netNamespace: 'net:[1]' }, { timeNamespace: 'time:[1]' }]) {
      writeFileSync(file, JSON.stringify({ id: 'foreign', address: 'x:1', ...processFacts(), ...other }))
      let touches = 0
      const life = setInterval(() => utimesSync(file, 1_000 + touches, 1_000 + touches++), 50)
      const error = await refusalOf(open())
      clearInterval(life)
      expect(error).to.be.instanceOf(RefusedError).and.include({ reason: 'namespace' })
    }
    await open()
    expect(readdirSync(joinPath(path, 'entries'))).to.deep.equal([])
  })
})
