import { expect } from 'chai'
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Directory } from '../../lib/world/world.ts'
import { RefusedError } from '../../lib/base/errors.ts'
import { findLocalDirectory, openLocalDirectory } from '../../lib/mesh/directory-opening.ts'
import { processFacts } from '../../lib/mesh/process-facts.ts'

describe('mesh: the secret of a directory, when its file alone was deleted', () => {
  let root: string
  const opened: Directory[] = []

  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-test-')))
  })
  afterEach(() => {
    for (const directory of opened.splice(0)) directory.close()
    rmSync(root, { recursive: true, force: true })
  })

  const kept = (directory: Directory): Directory => {
    opened.push(directory)
    return directory
  }
  const open = async (): Promise<Directory> => kept(await openLocalDirectory('c', root))
  const fileOf = ({ path }: Directory): string => join(path, 'secret')

  it('is restored by a member, and a node that came meanwhile has the same', async () => {
    const member = await open()
    member.publish('n', '127.0.0.1:1')
    rmSync(fileOf(member))
    const waiting = Promise.all([open(), findLocalDirectory('c', root)])
    // As each node does every second.
    member.publish('n', '127.0.0.1:1')
    const [newcomer, observer] = await waiting
    if (observer !== null) opened.push(observer)
    expect(newcomer.secret).to.equal(member.secret)
    expect(observer?.secret).to.equal(member.secret)
    expect(readFileSync(fileOf(member), 'latin1')).to.equal(member.secret)
    expect(statSync(fileOf(member)).mode & 0o777).to.equal(0o600)
  })

  it('is made anew where no node lives', async () => {
    const former = await open()
    const { secret } = former
    former.close()
    rmSync(fileOf(former))
    expect(await findLocalDirectory('c', root)).to.equal(null)
    expect((await open()).secret)
      .to.match(/^[0-9a-f]{64}$/)
      .and.not.equal(secret)
  })

  it('is waited for in vain where a member does not restore it: REFUSED, which names the file and the process', async () => {
    const { path } = await open()
    const entry = join(path, 'entries', 'n.json')
    writeFileSync(entry, JSON.stringify({ id: 'n', address: 'x:1', ...processFacts() }))
    rmSync(join(path, 'secret'))
    let touches = 0
    const life = setInterval(() => utimesSync(entry, 1_000, 1_000 + touches++), 100)
    const error = await open().catch((reason: unknown) => reason)
    clearInterval(life)
    expect(error).to.be.instanceOf(RefusedError).and.include({ reason: 'directory' })
    expect((error as Error).message)
      .to.include(join(path, 'secret'))
      .and.match(new RegExp(`process ${process.pid}.*restart`))
    expect(existsSync(join(path, 'secret'))).to.equal(false)
  })

  it('is made anew if no node with an entry there runs', async () => {
    const { path } = await open()
    writeFileSync(join(path, 'entries', 'n.json'), JSON.stringify({ id: 'n', address: 'x:1', ...processFacts() }))
    rmSync(join(path, 'secret'))
    expect((await open()).secret).to.match(/^[0-9a-f]{64}$/)
  })

  it('and so is the folder of the entries, with the members’ own', async () => {
    const member = await open()
    member.publish('n', '127.0.0.1:1')
    rmSync(join(member.path, 'entries'), { recursive: true })
    member.publish('n', '127.0.0.1:1')
    expect((await open()).entries().map(({ id }) => id)).to.deep.equal(['n'])
  })
})
