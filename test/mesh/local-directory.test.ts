import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { Worker } from 'node:worker_threads'
import { RefusedError } from '../../lib/base/errors.ts'
import type { Directory } from '../../lib/world/world.ts'
import { processFacts } from '../../lib/mesh/process-facts.ts'
import { findLocalDirectory, openLocalDirectory } from '../../lib/mesh/directory-opening.ts'
import { systemWorld } from '../../lib/mesh/system-world.ts'
import { join, TestMesh } from './peers.ts'

describe('mesh: the local directory', () => {
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

  it('is made of folders and files that are ours alone', async () => {
    const { path } = await open()
    expect(path).to.equal(joinPath(root, 'c', processFacts().bootId))
    for (const folder of [joinPath(root, 'c'), path, joinPath(path, 'entries')])
      expect(statSync(folder).mode & 0o777).to.equal(0o700)
    expect(statSync(joinPath(path, 'secret')).mode & 0o777).to.equal(0o600)
  })

  it('is found by an observer, which does not create it', async () => {
    const nowhere = joinPath(root, 'none')
    expect(await findLocalDirectory('c', nowhere)).to.equal(null)
    expect(await findLocalDirectory('c', root)).to.equal(null)
    expect(readdirSync(root)).to.deep.equal([])
    const { secret, path } = await open()
    expect(await findLocalDirectory('other', root)).to.equal(null)
    expect(readdirSync(root)).to.deep.equal(['c'])
    const found = await findLocalDirectory('c', root)
    if (found !== null) opened.push(found)
    expect(found).to.include({ secret, path })
    writeFileSync(nowhere, '')
    expect(await refusalOf(findLocalDirectory('c', nowhere))).to.be.instanceOf(RefusedError)
  })

  it('has one secret for all who open it, and another for another cluster', async () => {
    const [a, b, other] = [await open(), await open(), await open('other')]
    expect(a.secret).to.match(/^[0-9a-f]{64}$/)
    expect(b.secret).to.equal(a.secret)
    expect(other.secret).to.not.equal(a.secret)
  })

  it('keeps clusters apart, with any names', async () => {
    const names = [
      'a/b',
      'a.b',
      '..',
      '.',
      'a',
      'A',
      'ä',
      'a b',
      'x'.repeat(250),
      `${'x'.repeat(249)}y`,
      '/'.repeat(200),
      '.2f.',
      '/',
    ]
    const paths = new Set<string>()
    for (const name of names) {
      const { path } = await open(name)
      expect(path.startsWith(`${root}/`) && path.split('/').length === root.split('/').length + 2).to.equal(true)
      paths.add(path)
    }
    expect(paths.size).to.equal(names.length)
  })

  it('creates a file once, with its whole content', async () => {
    const [a, b] = [await open(), await open()]
    expect(a.read('after-1')).to.equal(null)
    expect(a.createOnce('after-1', Buffer.from('mine'))).to.equal(true)
    expect(b.createOnce('after-1', Buffer.from('theirs'))).to.equal(false)
    expect(Buffer.from(b.read('after-1') as Uint8Array).toString()).to.equal('mine')
    expect(b.list()).to.deep.equal(['after-1'])
    expect(readdirSync(a.path).sort()).to.deep.equal(['after-1', 'entries', 'secret'])
  })

  it('has another mark after an entry came or went, and the same one while nodes renew their sessions', async () => {
    const [a, b] = [await open(), await open()]
    const changes = (change: () => void): boolean => {
      utimesSync(joinPath(a.path, 'entries'), 1000, 1000)
      const before = a.entriesMark?.()
      change()
      return a.entriesMark?.() !== before
    }
    a.publish('a', 'x:1')
    a.noteSession('a', { monotonicMs: 1000, bootMs: 1000 })
    expect(changes(() => b.publish('b', 'x:2'))).to.equal(true)
    expect(changes(() => b.publish('b', 'x:2'))).to.equal(false)
    expect(changes(() => a.noteSession('a', { monotonicMs: 2000, bootMs: 2000 }))).to.equal(false)
    expect(changes(() => b.withdraw('b'))).to.equal(true)
  })

  it('says loudly that it went away, or that another stands in its place', async () => {
    const directory = await open()
    directory.publish('n', '127.0.0.1:1')
    const operations = [
      () => directory.read('after-1'),
      () => directory.createOnce('after-1', Buffer.from('x')),
      () => directory.list(),
      () => directory.entries(),
      () => directory.publish('n', '127.0.0.1:1'),
    ]
    renameSync(directory.path, `${directory.path}-moved`)
    for (const operation of operations) expect(operation).to.throw(RefusedError, 'the directory went away')
    mkdirSync(directory.path, { mode: 0o700 })
    mkdirSync(joinPath(directory.path, 'entries'), { mode: 0o700 })
    for (const operation of operations) expect(operation).to.throw(RefusedError, 'another folder is in its place')
    expect(readdirSync(directory.path)).to.deep.equal(['entries'])
    directory.withdraw('n')
  })

  it('made anew beside one that was deleted or moved away, knows that nodes may still live by that', async () => {
    for (const take of [
      (path: string) => rmSync(path, { recursive: true }),
      (path: string) => renameSync(path, `${path}-moved`),
    ]) {
      const former = await open()
      expect(former.hasFormerUsers()).to.equal(false)
      take(former.path)
      // It blocks no process: a founder waits for it.
      const next = await open()
      expect(next.hasFormerUsers()).to.equal(true)
      former.close()
      expect(next.hasFormerUsers()).to.equal(false)
      next.close()
      rmSync(next.path, { recursive: true })
    }
  })

  it('knows a folder made anew at the same place, even when the file system would reuse its number', async () => {
    const directory = await open()
    for (let i = 0; i < 5; i++) {
      rmSync(directory.path, { recursive: true })
      mkdirSync(directory.path, { mode: 0o700 })
      expect(() => directory.read('after-1')).to.throw('another folder is in its place')
    }
  })

  it('shows where each node is, until it withdraws or is gone', async () => {
    const [a, b] = [await open(), await open()]
    a.publish('n1', '127.0.0.1:1')
    b.publish('n2', '127.0.0.1:2')
    a.publish('n1', '127.0.0.1:3')
    expect([...a.entries()].sort((x, y) => (x.id < y.id ? -1 : 1))).to.deep.equal([
      { id: 'n1', address: '127.0.0.1:3', pid: process.pid },
      { id: 'n2', address: '127.0.0.1:2', pid: process.pid },
    ])
    b.withdraw('n2')
    b.withdraw('n2')
    expect(a.entries().map(({ id }) => id)).to.deep.equal(['n1'])
    a.close()
    expect(b.entries()).to.deep.equal([])
  })

  it('passes over entries of processes that are gone, also where a pid was used again, and what is no entry', async () => {
    const directory = await open()
    const entries = joinPath(directory.path, 'entries')
    const { pid } = spawnSync('true')
    const write = (id: string, facts: object): void =>
      writeFileSync(joinPath(entries, `${id}.json`), JSON.stringify({ id, address: 'x:1', ...processFacts(), ...facts }))
    write('gone', { pid })
    write('reused', { startTime: '1' })
    write('alive', {})
    write('misnamed', { id: 'other' })
    write('wrong', { pid: 'x' })
    writeFileSync(joinPath(entries, 'torn.json'), '{"id":')
    expect(directory.entries().map(({ id }) => id)).to.deep.equal(['alive'])
    // The dead's are left for a while: they prove to others that they need not wait for these nodes.
    expect(readdirSync(entries)).to.have.length(6)
  })

  it('touches the entry when it is published again', async () => {
    const directory = await open()
    directory.publish('n', '127.0.0.1:1')
    const file = joinPath(directory.path, 'entries', 'n.json')
    utimesSync(file, 1, 1)
    directory.publish('n', '127.0.0.1:1')
    expect(statSync(file).mtimeMs).to.be.greaterThan(1_000_000)
    rmSync(file)
    directory.publish('n', '127.0.0.1:1')
    expect(directory.entries()).to.have.length(1)
  })

  it('opens in many threads at once, and they all have one secret', async () => {
    const module = new URL('../../lib/mesh/directory-opening.js', import.meta.url).href
    const code = `
      const { parentPort, workerData } = require('node:worker_threads')
      import(workerData.module).then(async ({ openLocalDirectory }) => {
        const directory = await openLocalDirectory('c', workerData.root)
        const first = directory.createOnce('after-1', Buffer.from(String(workerData.i)))
        parentPort.postMessage({ secret: directory.secret, first, read: Buffer.from(directory.read('after-1')).toString() })
        directory.close()
      })`
    const answers = await Promise.all(
      Array.from(
        { length: 6 },
        (_, i) =>
          new Promise<{ secret: string; first: boolean; read: string }>((resolve, reject) => {
            const worker = new Worker(code, { eval: true, workerData: { module, root, i } })
            worker.once('message', resolve)
            worker.once('error', reject)
          }),
      ),
    )
    expect(new Set(answers.map(({ secret }) => secret)).size).to.equal(1)
    expect(answers.filter(({ first }) => first)).to.have.length(1)
    expect(new Set(answers.map(({ read }) => read)).size).to.equal(1)
  })

  it('authenticates the nodes that meet in it', async () => {
    const mesh = new TestMesh()
    const options = { directory: root }
    const secrets = []
    for (let i = 0; i < 2; i++) {
      const directory = await systemWorld(options).openDirectory('test')
      opened.push(directory)
      secrets.push(directory.secret)
    }
    const [a, b, stranger] = [
      await mesh.peer('a', options, { secret: secrets[0] as string }),
      await mesh.peer('b', options, { secret: secrets[1] as string }),
      await mesh.peer('s'),
    ]
    await join(a, b)
    stranger.transport.dial(a.address)
    await stranger.until(() => stranger.failures.length === 1)
    expect(stranger.failures[0]?.error).to.include({ reason: 'secret' })
    await mesh.close()
  })

  it('is at a fixed path, independent of the environment', async function () {
    if (process.platform !== 'linux') return this.skip()
    const cluster = `test-${process.pid}`
    const before = process.env['TMPDIR']
    process.env['TMPDIR'] = root
    try {
      const directory = await openLocalDirectory(cluster)
      opened.push(directory)
      expect(directory.path).to.equal(
        `/tmp/holdfast-${process.getuid?.()}/${cluster}/${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}`,
      )
      rmSync(joinPath(directory.path, '..'), { recursive: true })
    } finally {
      if (before === undefined) delete process.env['TMPDIR']
      else process.env['TMPDIR'] = before
    }
  })
})
