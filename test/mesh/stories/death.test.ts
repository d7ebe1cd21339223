import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { RefusedError } from '../../../lib/base/errors.ts'
import type { Directory } from '../../../lib/world/world.ts'
import { openLocalDirectory } from '../../../lib/mesh/directory-opening.ts'
import { isGone, type ProcessTable } from '../../../lib/mesh/process-death.ts'
import { type ProcessFacts, processFacts, readStat } from '../../../lib/mesh/process-facts.ts'

describe('mesh: proof of death', () => {
  describe('a process is gone', () => {
    const mark = { pid: 42, startTime: '7' }
    const alive: ProcessTable = {
      exists: () => true,
      stat: () => ({ state: 'S', startTime: '7' }),
      threadStates: () => ['S', 'S'],
      thread: () => ({ state: 'S', startTime: '9' }),
      isOurs: () => true,
    }

    it('when nothing has its pid', () => {
      expect(isGone(mark, { ...alive, exists: () => false })).to.equal(true)
    })

    it('when its pid was used again, which the start time tells', () => {
      expect(isGone(mark, { ...alive, stat: () => ({ state: 'R', startTime: '8' }) })).to.equal(true)
    })

    it('when it is a zombie of which no thread is left', () => {
      const stat = (): { state: string; startTime: string } => ({ state: 'Z', startTime: '7' })
      expect(isGone(mark, { ...alive, stat, threadStates: () => ['Z'] })).to.equal(true)
      expect(isGone(mark, { ...alive, stat, threadStates: () => ['Z', 'X'] })).to.equal(true)
    })

    it('but not while one of its threads goes on after the first has ended', () => {
      const stat = (): { state: string; startTime: string } => ({ state: 'Z', startTime: '7' })
      for (const state of ['R', 'S', 'D', 'T', 'unreadable'])
        expect(isGone(mark, { ...alive, stat, threadStates: () => ['Z', state] }), state).to.equal(false)
    })

    it('but not when it sleeps, waits for a disk, is stopped or is traced', () => {
      for (const state of ['R', 'S', 'D', 'T', 't'])
        expect(isGone(mark, { ...alive, stat: () => ({ state, startTime: '7' }) }), state).to.equal(false)
    })

    it('as far as one thread of it is meant, when that is, and only then', () => {
      const threadMark = { ...mark, thread: { tid: 43, startTime: '9' } }
      expect(isGone(threadMark, alive)).to.equal(false)
      expect(isGone(threadMark, { ...alive, thread: () => 'gone' })).to.equal(true)
      expect(isGone(threadMark, { ...alive, thread: () => ({ state: 'Z', startTime: '9' }) })).to.equal(true)
      expect(isGone(threadMark, { ...alive, thread: () => ({ state: 'S', startTime: '10' }) }), 'used again').to.equal(true)
      expect(isGone(mark, { ...alive, thread: () => 'gone' }), 'the process is meant').to.equal(false)
      for (const doubt of [
        { thread: () => null },
        { thread: () => ({ state: 'Z', startTime: '' }) },
        { thread: () => 'gone' as const, isOurs: () => false },
        { thread: () => 'gone' as const, stat: () => null },
      ])
        expect(isGone(threadMark, { ...alive, ...doubt })).to.equal(false)
    })

    it('but not when anything that would prove it cannot be read, or is about other processes', () => {
      const zombie = { ...alive, stat: () => ({ state: 'Z', startTime: '7' }), threadStates: () => ['Z'] }
      expect(isGone(mark, zombie)).to.equal(true)
      for (const doubt of [
        { exists: () => null },
        { stat: () => null },
        { stat: () => ({ state: 'Z', startTime: '' }) },
        { threadStates: () => null },
        { isOurs: () => false },
      ])
        expect(isGone(mark, { ...zombie, ...doubt })).to.equal(false)
      expect(isGone({ ...mark, startTime: '' }, zombie)).to.equal(false)
      expect(isGone(mark, { ...alive, exists: () => false, isOurs: () => false })).to.equal(false)
    })
  })

  describe('a node is proven dead', () => {
    let root: string
    let directory: Directory
    let entries: string
    beforeEach(async () => {
      root = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-test-')))
      directory = await openLocalDirectory('c', root)
      entries = join(directory.path, 'entries')
      directory.publish('self', '127.0.0.1:1')
    })
    afterEach(() => {
      directory.close()
      rmSync(root, { recursive: true, force: true })
    })

    const write = (id: string, facts: object): void =>
      writeFileSync(join(entries, `${id}.json`), JSON.stringify({ id, address: 'x:1', ...processFacts(), ...facts }))

    /** A process that is a zombie, since this one does not turn to its event loop, and stays one for `during`. */
    const withZombie = (during: (mark: { readonly pid: number; readonly startTime: string }) => void): void => {
      const child = spawn('sleep', ['60'])
      const pid = child.pid as number
      const startTime = readStat(pid)?.startTime as string
      child.kill('SIGKILL')
      while (readStat(pid)?.state !== 'Z');
      during({ pid, startTime })
    }

    it('as soon as its process is a zombie, not before', () => {
      withZombie((mark) => {
        write('dead', mark)
        expect(directory.isProvenDead('dead')).to.equal(true)
      })
    })

    it('as soon as the thread that it names is gone, or another has its number, though its process lives', async () => {
      const worker = new Worker(
        `const { parentPort } = require('node:worker_threads')
         import(${JSON.stringify(new URL('../../../lib/mesh/process-facts.js', import.meta.url).href)}).then(({ processFacts }) => parentPort.postMessage(processFacts()))
         setInterval(() => {}, 1000)`,
        { eval: true },
      )
      const facts = await new Promise<ProcessFacts>((resolve) => worker.once('message', resolve))
      expect(facts.thread?.tid, 'a thread has a number of its own').to.not.equal(process.pid)
      write('thread', facts)
      write('reused', { thread: { tid: facts.thread?.tid, startTime: '1' } })
      write('cut', { thread: { tid: facts.thread?.tid } })
      expect(directory.isProvenDead('thread')).to.equal(false)
      expect(directory.isProvenDead('reused')).to.equal(true)
      await worker.terminate()
      expect(directory.isProvenDead('thread')).to.equal(true)
      expect(directory.isProvenDead('cut'), 'an entry that does not say which').to.equal(false)
    })

    it('not while its process lives, also when the node itself was closed', () => {
      write('main', {})
      expect(directory.isProvenDead('main')).to.equal(false)
      directory.publish('closed', '127.0.0.1:2')
      directory.withdraw('closed')
      expect(directory.isProvenDead('closed')).to.equal(false)
    })

    it('never by the entry of another machine, boot or namespace', () => {
      withZombie((mark) => {
        for (const part of ['machineId', 'bootId', 'pidNamespace', 'netNamespace', 'timeNamespace']) {
          write(part, { ...mark, [part]: 'another' })
          expect(directory.isProvenDead(part), part).to.equal(false)
        }
      })
    })

    it('never without an entry, or by one that cannot be read or is of another id', () => {
      withZombie((mark) => {
        expect(directory.isProvenDead('nobody')).to.equal(false)
        writeFileSync(join(entries, 'torn.json'), '{"id":"torn"')
        write('misnamed', { ...mark, id: 'another' })
        write('children', { ...mark, children: 'none' })
        for (const id of ['torn', 'misnamed', 'children']) expect(directory.isProvenDead(id), id).to.equal(false)
      })
    })

    it('never by a node whose own entry is damaged', () => {
      withZombie((mark) => {
        write('dead', mark)
        expect(directory.isProvenDead('dead')).to.equal(true)
        write('self', { startTime: '1' })
        expect(directory.isProvenDead('dead')).to.equal(false)
        rmSync(join(entries, 'self.json'))
        expect(directory.isProvenDead('dead')).to.equal(false)
      })
    })

    it('never of the node itself, nor by a node without an entry', async () => {
      expect(directory.isProvenDead('self')).to.equal(false)
      const onlooker = await openLocalDirectory('c', root)
      withZombie((mark) => {
        write('dead', mark)
        expect(onlooker.isProvenDead('dead')).to.equal(false)
      })
      onlooker.close()
    })

    it('also after another process has cleared its entry away, if it was seen before', () => {
      withZombie((mark) => {
        write('dead', mark)
        expect(directory.entries().map(({ id }) => id)).to.deep.equal(['self'])
        rmSync(join(entries, 'dead.json'))
        expect(directory.isProvenDead('dead')).to.equal(true)
      })
    })

    it('never of an id that two processes have used', () => {
      withZombie((mark) => {
        write('twice', {})
        directory.entries()
        write('twice', mark)
        expect(directory.isProvenDead('twice')).to.equal(false)
        expect(directory.entries().map(({ id }) => id)).to.include('twice')
      })
    })

    it('only when the children that it has named are gone too', () => {
      withZombie((mark) => {
        const { pid, startTime } = processFacts()
        write('parent', { ...mark, children: [mark, { pid, startTime }] })
        expect(directory.isProvenDead('parent')).to.equal(false)
        write('bereft', { ...mark, children: [mark] })
        expect(directory.isProvenDead('bereft')).to.equal(true)
      })
    })

    it('and its entry is left to others for a while', () => {
      withZombie((mark) => {
        write('dead', mark)
        directory.entries()
        expect(readdirSync(entries)).to.include('dead.json')
      })
    })

    it('and an id that another process has is not taken', () => {
      write('taken', { pid: 1, startTime: '1' })
      const before = readFileSync(join(entries, 'taken.json'), 'utf8')
      expect(() => directory.publish('taken', '127.0.0.1:3'))
        .to.throw(RefusedError, 'two nodes never share one')
        .with.property('reason', 'id')
      expect(readFileSync(join(entries, 'taken.json'), 'utf8')).to.equal(before)
    })

    it('never in a folder that went away', () => {
      withZombie((mark) => {
        write('dead', mark)
        rmSync(root, { recursive: true, force: true })
        expect(directory.isProvenDead('dead')).to.equal(false)
      })
      directory.withdraw('self')
    })

    it('never when the entries cannot be read', () => {
      withZombie((mark) => {
        write('dead', mark)
        // Modes would not keep root out: what stands there instead is no folder.
        renameSync(entries, `${entries}.away`)
        writeFileSync(entries, '')
        expect(directory.isProvenDead('dead')).to.equal(false)
        rmSync(entries)
        renameSync(`${entries}.away`, entries)
        expect(directory.isProvenDead('dead')).to.equal(true)
      })
    })
  })
})
