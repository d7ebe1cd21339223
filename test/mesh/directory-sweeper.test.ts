import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemTime } from '../../lib/mesh/clock.ts'
import { readEntries, writeEntry } from '../../lib/mesh/directory-entries.ts'
import { Obituaries } from '../../lib/mesh/directory-obituaries.ts'
import { writeSession } from '../../lib/mesh/directory-sessions.ts'
import { DirectorySweeper } from '../../lib/mesh/directory-sweeper.ts'
import { processFacts } from '../../lib/mesh/process-facts.ts'

describe('mesh: what dead nodes leave in a directory', () => {
  let folder: string
  let entries: string
  let sweeper: DirectorySweeper
  const tried: string[] = []
  const sockets = { removeIfRefused: (id: string) => Promise.resolve(void tried.push(id)) }
  /** Of a process that is gone. */
  const { pid: deadPid } = spawnSync('true')

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-test-')))
    entries = join(folder, 'entries')
    mkdirSync(entries)
    sweeper = new DirectorySweeper(folder, entries, new Obituaries(entries), sockets, (id) => id === 'own')
  })
  afterEach(() => {
    sweeper.stop()
    rmSync(folder, { recursive: true })
  })

  const isThere = (): string[] => [...readdirSync(entries), ...readdirSync(folder)].filter((name) => name !== 'entries').sort()
  const enter = (id: string, facts: object = {}): void =>
    void writeEntry(entries, { id, address: 'x:1', ...processFacts(), children: [], ...facts }, true)
  const note = (id: string, leftMs: number): void =>
    writeSession(entries, id, { monotonicMs: systemTime.monotonicMs() + leftMs, bootMs: systemTime.bootMs() + leftMs })
  /** As if it had been written two minutes ago. */
  const age = (name: string, path = entries): void =>
    utimesSync(join(path, name), Date.now() / 1000 - 120, Date.now() / 1000 - 120)
  const sweep = (times: number, between: () => void = () => {}): void => {
    for (let i = 0; i < times; i++) {
      between()
      sweeper.sweep()
    }
  }

  it('of a process that was killed a while ago, everything goes at the first look', () => {
    enter('dead', { pid: deadPid })
    note('dead', 60_000)
    age('dead.json')
    sweep(1)
    expect(isThere()).to.deep.equal([])
  })

  it('keeps the entry of a node that was just killed, since it proves the death to others', () => {
    enter('dead', { pid: deadPid })
    note('dead', 0)
    sweep(3)
    expect(isThere()).to.deep.equal(['dead.json', 'dead.session'])
  })

  it('removes all files of an ended thread when its session is over and they were not touched for long', () => {
    enter('thread')
    note('thread', -1)
    sweep(4)
    expect(isThere()).to.deep.equal(['thread.json', 'thread.session'])
    sweep(1)
    expect(isThere()).to.deep.equal([])
  })

  it('but the note of a session stays for as long as the session can last', () => {
    enter('thread')
    note('thread', 60_000)
    note('gone', 60_000)
    age('gone.session')
    sweep(20)
    expect(isThere()).to.deep.equal(['gone.session', 'thread.session'])
  })

  it('removes no file of a living node, with any session and any number of sweeps', () => {
    enter('living')
    note('living', -1)
    enter('own')
    note('own', -1)
    let touches = 0
    sweep(20, () => utimesSync(join(entries, 'living.json'), 1, ++touches))
    expect(isThere()).to.deep.equal(['living.json', 'living.session', 'own.json', 'own.session'])
  })

  it('a note without a node goes when it is over', () => {
    note('old', -1)
    note('fresh', -1)
    writeFileSync(join(entries, 'torn.session'), '12')
    age('old.session')
    sweep(1)
    expect(isThere()).to.deep.equal(['fresh.session', 'torn.session'])
    sweep(4)
    expect(isThere()).to.deep.equal([])
  })

  it('what was being written goes, and what no node can have made stays', () => {
    const living = [`.new-${process.pid}-0-1-0-aa`, '.new-no-number']
    for (const name of [...living, `.new-${deadPid}-0-1-0-aa`]) writeFileSync(join(folder, name), '')
    for (const name of ['n.json.1-0.new', 'torn.json', 'notes.txt', 'x.new']) writeFileSync(join(entries, name), '')
    mkdirSync(join(entries, 'folder.json'))
    mkdirSync(join(folder, '.old-e1'))
    writeFileSync(join(folder, '.old-e1', 'after-1'), '')
    sweep(1)
    expect(isThere()).to.deep.equal([...living, 'n.json.1-0.new', 'torn.json', 'folder.json', 'notes.txt', 'x.new'].sort())
    sweep(4)
    expect(isThere()).to.deep.equal(['folder.json', 'notes.txt', 'x.new'])
  })

  it('a unix socket without an entry is tried once it was unchanged for long, and one with an entry never', async () => {
    enter('living')
    const servers = await Promise.all(
      ['living', 'orphan', 'own'].map(
        (id) =>
          new Promise<Server>((resolve) => {
            const server = createServer().listen(join(entries, `${id}.sock`), () => resolve(server))
          }),
      ),
    )
    tried.length = 0
    sweep(4, () => age('living.json'))
    expect(tried).to.deep.equal([])
    sweep(1)
    expect(tried).to.deep.equal(['orphan'])
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  })

  it('a folder that went away is nothing to it', () => {
    rmSync(entries, { recursive: true })
    sweep(1)
    mkdirSync(entries)
  })

  it('many nodes of one process are one question to the kernel', () => {
    const asked: number[] = []
    const obituaries = new Obituaries(entries, undefined, undefined, ({ pid }) => {
      asked.push(pid)
      return false
    })
    for (const id of ['p', 'q', 'r']) enter(id, { pid: deadPid })
    enter('s', { pid: 1 })
    expect(obituaries.living(readEntries(entries))).to.have.length(4)
    expect(asked.sort()).to.deep.equal([1, deadPid].sort())
  })

  it('is looked for by every node where files are few, and else by so many as draw the lot', () => {
    enter('own')
    expect(sweeper.isTurn(0.999)).to.equal(true)
    for (let i = 0; i < 127; i++) writeFileSync(join(entries, `${i}.json`), '')
    expect([0.49, 0.51].map((draw) => sweeper.isTurn(draw))).to.deep.equal([true, false])
  })

  it('a process that goes before its first look looks then', () => {
    enter('dead', { pid: deadPid })
    age('dead.json')
    sweeper.start()
    sweeper.stop()
    expect(isThere()).to.deep.equal([])
  })
})
