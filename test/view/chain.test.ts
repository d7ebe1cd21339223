import fs, { existsSync, mkdtempSync, readdirSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { MemoryFiles } from '../../lib/world/memory-files.ts'
import type { DirectoryFiles } from '../../lib/world/world.ts'
import { FolderFiles } from '../../lib/mesh/directory-files.ts'
import { OpenedFolder } from '../../lib/mesh/opened-folder.ts'
import { Chain, type ChainedView } from '../../lib/view/chain.ts'
import { foundedView, successorOf } from '../../lib/view/successor.ts'
import type { ClusterConfig, View } from '../../lib/view/view.ts'

const config: ClusterConfig = {
  algorithm: 'home-queue',
  algorithms: [],
  permits: [],
  clock: 'hlc',
  sessionMs: 3000,
  joinList: [],
}
/** So many views and the place is full: 64 and a session's length of them. */
const placeViews = 94

/** Calls of a directory, each of which may be interrupted before and after it is done. */
class Watched implements DirectoryFiles {
  calls = 0
  interrupt: (call: number) => void = () => undefined
  private readonly files: DirectoryFiles

  constructor(files: DirectoryFiles) {
    this.files = files
  }

  createOnce(name: string, content: Uint8Array): boolean {
    return this.call(() => this.files.createOnce(name, content))
  }

  read(name: string): Uint8Array | null {
    return this.call(() => this.files.read(name))
  }

  list(place?: string): readonly string[] {
    return this.call(() => this.files.list(place))
  }

  makePlace(place: string): void {
    this.call(() => this.files.makePlace(place))
  }

  clearPlace(place: string): void {
    this.call(() => this.files.clearPlace(place))
  }

  private call<T>(work: () => T): T {
    this.interrupt(this.calls++)
    const result = work()
    this.interrupt(this.calls++)
    return result
  }
}

const chainOf = (files: DirectoryFiles, self: string): Chain =>
  new Chain(files, { cluster: 'test', self, path: 'here', sessionMs: config.sessionMs })

const founding = (id: string): View => foundedView('test', config, 1000, [{ id, address: `${id}:1` }], [])

/** A successor that tells who wrote it. */
function next(view: View, by: string): View {
  const joiners = view.members.some(({ id }) => id === by) ? [] : [{ id: by, address: `${by}:1` }]
  const gone = new Map(view.members.filter(({ id }) => id !== by).map(({ id }) => [id, 'left' as const]))
  return successorOf(view, { gone, joiners, elapsedMs: 0 })
}

function grow(chain: Chain, views: number, by: string): ChainedView {
  let link = chain.newest() as ChainedView
  for (let i = 0; i < views; i++) {
    chain.decide(link, next(link.view, by))
    link = chain.after(link).at(-1) as ChainedView
  }
  return link
}

const folders: string[] = []
function inFolder(): FolderFiles {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-chain-')))
  folders.push(path)
  const folder = new OpenedFolder(path)
  opened.push(folder)
  return new FolderFiles(folder)
}
const opened: OpenedFolder[] = []

/** Before which slot a writer is interrupted (in the middle of a place, at the last of one, at the first of the next), and for how many views. */
const everywhere = {
  slots: [3, placeViews - 2, placeViews - 1, placeViews],
  views: [0, 1, 2, placeViews + 1, 2 * placeViews + 2, 3 * placeViews + 3],
}

for (const [where, create, { slots, views: counts }] of [
  ['in memory', () => new MemoryFiles(), everywhere],
  ['in files', inFolder, { slots: [placeViews - 1], views: [1, 2 * placeViews + 2] }],
] as const)
  describe(`the chain of views, ${where}`, () => {
    afterEach(() => {
      for (const folder of opened.splice(0)) folder.close()
      for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true })
    })

    it('is read by a new process, at any length, and keeps two places', () => {
      const files = create()
      const a = chainOf(files, 'a')
      expect(a.newest()).to.equal(null)
      a.found(founding('a'))
      for (let i = 0; i < 5; i++) {
        const { view } = grow(a, placeViews - 7, 'a')
        expect(chainOf(files, 'b').newest()?.view).to.deep.equal(view)
        expect(files.list().length).to.be.at.most(4)
      }
    })

    it('costs a join, a renewal and a view the same after 2,000 views as after 200', () => {
      const files = create()
      chainOf(files, 'a').found(founding('a'))
      /** Operations for one of each, at the same number of views into a place. */
      const costs = (): { readonly calls: readonly number[]; readonly names: number } => {
        const watched = new Watched(files)
        const chain = chainOf(watched, 'b')
        const calls: number[] = []
        const counted = <T>(work: () => T): T => {
          watched.calls = 0
          const result = work()
          calls.push(watched.calls)
          return result
        }
        const link = counted(() => chain.newest()) as ChainedView
        counted(() => chain.tidy())
        counted(() => {
          chain.checkDecided(link)
          return chain.after(link)
        })
        counted(() => chain.decide(link, next(link.view, 'b')))
        const names = files.list().flatMap((name) => (name === 'after-0' ? [name] : files.list(name)))
        return { calls, names: names.length }
      }
      grow(chainOf(files, 'a'), 2 * placeViews + 10, 'a')
      const few = costs()
      grow(chainOf(files, 'a'), 20 * placeViews - 1, 'a')
      expect(costs()).to.deep.equal(few)
    })

    it('has one successor for each view, wherever a writer is interrupted, for however long others go on', () => {
      for (const before of slots)
        for (const views of counts) {
          for (let at = 0; ; at++) {
            const files = create()
            const a = chainOf(files, 'a')
            a.found(founding('a'))
            const current = grow(a, before, 'a')
            const watched = new Watched(files)
            const late = chainOf(watched, 'late')
            const mine = late.newest() as ChainedView
            const successors = new Set<string>()
            let wasInterrupted = false
            watched.calls = 0
            watched.interrupt = (call) => {
              if (call !== at) return
              wasInterrupted = true
              grow(a, views, 'a')
            }
            const note = (link: ChainedView | undefined): void => void (link && successors.add(JSON.stringify(link.view)))
            try {
              late.decide(mine, next(mine.view, 'late'))
              note(late.after(mine)[0])
            } catch (error) {
              expect((error as Error).message).to.match(/is gone: it was deleted, or this node missed more views/)
            }
            watched.interrupt = () => undefined
            // What others find, and found before the chain went on.
            try {
              note(a.after(current)[0])
            } catch {
              expect(views).to.be.greaterThan(placeViews)
            }
            expect(successors.size, `${before} ${views} ${at}`).to.be.at.most(1)
            const newest = chainOf(files, 'b').newest() as ChainedView
            expect(newest.view.epoch).to.be.at.least(current.view.epoch + (wasInterrupted ? views : 1))
            expect(newest.view.epoch).to.be.at.most(current.view.epoch + views + 1)
            closeFolders()
            // Every call is interrupted before and after it once; a place that is tidied meanwhile may add some.
            if (!wasInterrupted) break
          }
        }
    })

    it('renews no session whose view was cleared away, or whose successor may have been', () => {
      const files = create()
      const a = chainOf(files, 'a')
      a.found(founding('a'))
      const sleeper = chainOf(files, 'sleeper')
      const early = grow(sleeper, 2, 'sleeper')
      const onTheEdge = grow(sleeper, placeViews - 3, 'sleeper')
      grow(a, 3 * placeViews, 'a')
      for (const link of [early, onTheEdge]) {
        expect(() => sleeper.checkDecided(link)).to.throw(/missed more views than are kept/)
        expect(() => sleeper.after(link), 'it may have had a successor').to.throw(/missed more views than are kept/)
      }
    })

    it('takes up a decision again that failed for want of room, and leaves no more than one place behind', () => {
      const files = create()
      const a = chainOf(files, 'a')
      a.found(founding('a'))
      const last = grow(a, placeViews - 1, 'a')
      const full = new Watched(files)
      const b = chainOf(full, 'b')
      const link = b.newest() as ChainedView
      full.createOnce = () => {
        throw Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' })
      }
      for (let i = 0; i < 3; i++) expect(() => b.decide(link, next(link.view, 'b'))).to.throw('ENOSPC')
      expect(files.list()).to.have.length(3)
      full.createOnce = (name, content) => files.createOnce(name, content)
      b.decide(link, next(link.view, 'b'))
      expect(a.after(last)).to.have.length(1)
    })
  })

function closeFolders(): void {
  for (const folder of opened.splice(0)) folder.close()
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true })
}

describe('a place that is cleared', () => {
  afterEach(closeFolders)

  it('is gone at once, and what a killed process left of it is swept with the next', () => {
    const files = inFolder()
    const path = folders[0] as string
    for (const place of ['views-1-a-1', 'views-2-a-2']) {
      files.makePlace(place)
      files.createOnce(`${place}/after-1`, new Uint8Array([1]))
    }
    files.clearPlace('views-1-a-1')
    expect(() => files.read('views-1-a-1/after-1')).to.throw(/is gone/)
    expect(() => files.createOnce('views-1-a-1/after-1', new Uint8Array([2]))).to.throw(/is gone/)
    expect(() => files.list('views-1-a-1')).to.throw(/is gone/)
    expect(readdirSync(path)).to.deep.equal(['views-2-a-2'])
  })

  /** Runs `work` while a function of the file system does another change as well: what two processes do at once. */
  function meanwhile<Name extends 'linkSync' | 'openSync' | 'rmSync'>(
    name: Name,
    replaced: (original: (typeof fs)[Name], ...args: Parameters<(typeof fs)[Name]>) => unknown,
    work: () => void,
  ): void {
    const original = fs[name]
    Object.assign(fs, { [name]: (...args: Parameters<(typeof fs)[Name]>) => replaced(original, ...args) })
    syncBuiltinESMExports()
    try {
      work()
    } finally {
      Object.assign(fs, { [name]: original })
      syncBuiltinESMExports()
    }
  }

  it('is renamed before the first of its files goes', () => {
    const files = inFolder()
    const path = folders[0] as string
    files.makePlace('views-1-a-1')
    files.createOnce('views-1-a-1/after-1', new Uint8Array([1]))
    let looked = 0
    meanwhile(
      'rmSync',
      (original, ...args) => {
        looked++
        expect(existsSync(join(path, 'views-1-a-1'))).to.equal(false)
        expect(existsSync(join(args[0] as string, 'after-1'))).to.equal(true)
        return original(...args)
      },
      () => files.clearPlace('views-1-a-1'),
    )
    expect(looked).to.equal(1)
  })

  it('takes no file, and shows none, to whom the kernel had led to it before it was renamed', () => {
    const files = inFolder()
    const path = folders[0] as string
    const inRemoved = (file: unknown): string => String(file).replace('views-1-a-1', '.old-views-1-a-1')
    files.makePlace('views-1-a-1')
    files.createOnce('views-1-a-1/after-1', new Uint8Array([1]))
    renameSync(join(path, 'views-1-a-1'), inRemoved(join(path, 'views-1-a-1')))
    meanwhile(
      'linkSync',
      (original, from, to) => original(from, inRemoved(to)),
      () => expect(() => files.createOnce('views-1-a-1/after-2', new Uint8Array([2]))).to.throw(/is gone/),
    )
    expect(existsSync(inRemoved(join(path, 'views-1-a-1', 'after-2'))), 'it was created where no process looks').to.equal(true)
    writeFileSync(inRemoved(join(path, 'views-1-a-1', 'after-1')), 'another')
    meanwhile(
      'openSync',
      (original, file, ...rest) => original(inRemoved(file), ...rest),
      () => expect(() => files.read('views-1-a-1/after-1')).to.throw(/is gone/),
    )
  })
})
