import { expect } from 'chai'
import type { NodeId } from '../../lib/base/ids.ts'
import type { Links } from '../../lib/link/links.ts'
import type { Settings } from '../../lib/node/options.ts'
import { Rendezvous } from '../../lib/node/rendezvous.ts'
import type { Context } from '../../lib/world/context.ts'
import type { Directory, DirectoryEntry } from '../../lib/world/world.ts'

/** A node whose links and directory are played by the test. */
function begin() {
  const connected = new Set<NodeId>(['b'])
  const there: DirectoryEntry[] = [{ id: 'b', address: 'b:1', pid: 2 }]
  const seen = { mark: 'one', reads: 0, sought: [] as readonly string[] }
  const directory: Partial<Directory> = {
    publish: () => undefined,
    entries: (isKnown) => {
      seen.reads++
      return there.filter(({ id }) => isKnown?.(id) !== true)
    },
    entriesMark: () => seen.mark,
  }
  const links: Partial<Links> = {
    seek: (addresses) => void (seen.sought = addresses),
    isConnected: (id) => connected.has(id),
  }
  const context: Partial<Context<'look'>> = { self: 'a', nowMs: () => 0, setTimer: () => undefined }
  const settings: Partial<Settings> = { join: 'local' }
  const rendezvous = new Rendezvous(
    context as Context<'look'>,
    links as Links,
    'a:1',
    directory as Directory,
    settings as Settings,
  )
  rendezvous.start()
  /** So many more looks; how often the entries were read in them. */
  const look = (times: number): number => {
    const before = seen.reads
    for (let i = 0; i < times; i++) rendezvous.timer()
    return seen.reads - before
  }
  return { look, seen, there, connected }
}

describe('the look for peers in the directory', () => {
  it('reads the entries once more after a change, and then not again until the next', () => {
    const { look, seen, there } = begin()
    expect(seen).to.include({ reads: 1 })
    expect(look(10)).to.equal(1)
    expect(seen.sought, 'it is connected').to.deep.equal([])
    there.push({ id: 'a', address: 'a:1', pid: 1 }, { id: 'c', address: 'c:1', pid: 3 })
    seen.mark = 'two'
    expect(look(1)).to.equal(1)
    expect(seen.sought).to.deep.equal(['c:1'])
  })

  it('reads them every time while a node that was there is not connected: it may be gone for good', () => {
    const { look, connected, seen } = begin()
    look(5)
    connected.clear()
    expect(look(5)).to.equal(5)
    expect(seen.sought).to.deep.equal(['b:1'])
    connected.add('b')
    expect(look(5)).to.equal(0)
  })
})
