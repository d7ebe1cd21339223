import { expect } from 'chai'
import type { Context } from '../../lib/world/context.ts'
import { EnteredEpochs } from '../../lib/world/entered-epochs.ts'
import { seededRandom } from '../../lib/base/random.ts'
import { Epochs, type EpochSources } from '../../lib/view/epochs.ts'
import { bootTickMs, LocalRegister } from '../../lib/view/local-register.ts'
import type { RegisterTimer } from '../../lib/view/register.ts'
import { epochAtMs, quarantineFullMs, successorOf, wallEpoch } from '../../lib/view/successor.ts'
import type { View } from '../../lib/view/view.ts'
import { Cluster } from './cluster.ts'
import { createMemoryStore, MemoryDirectory, type MemoryStore } from './memory-directory.ts'

describe('the local register', () => {
  it('says that a noted session is over when both clocks do, also if one of them stood still', () => {
    const cluster = new Cluster()
    const { views } = cluster.start('a')
    cluster.settle(['a'])
    const { register } = views as unknown as { readonly register: LocalRegister }
    const nowMs = cluster.time.nowMs
    const { sessions } = cluster.store
    sessions.set('x', { monotonicMs: nowMs + 100, bootMs: nowMs + 500 })
    expect(register.sessionLeftMs('x')).to.equal(500)
    sessions.set('x', { monotonicMs: nowMs + 700, bootMs: nowMs + 500 })
    expect(register.sessionLeftMs('x')).to.equal(700)
    sessions.set('x', { monotonicMs: nowMs - 700, bootMs: nowMs - 500 })
    expect(register.sessionLeftMs('x')).to.equal(0)
  })

  /** The register of `b`, and what sets when its fellow member `a` renewed its session, as the note says. */
  const pair = () => {
    const cluster = new Cluster()
    cluster.start('a')
    const { views } = cluster.start('b')
    cluster.settle(['a', 'b'])
    const { register } = views as unknown as { readonly register: LocalRegister }
    const { store } = cluster
    const renewedAgoMs = (ms: number): void => {
      const endMs = cluster.time.nowMs + quarantineFullMs(3000) + bootTickMs - ms
      store.sessions.set('a', { monotonicMs: endMs, bootMs: endMs })
    }
    return { register, store, renewedAgoMs }
  }

  it('vouches for a member whose renewal is not overdue, by its note', () => {
    const { register, store, renewedAgoMs } = pair()
    renewedAgoMs(700)
    expect(register.vouchesFor('a')).to.equal(true)
    renewedAgoMs(720)
    expect(register.vouchesFor('a')).to.equal(false)
    renewedAgoMs(-1)
    expect(register.vouchesFor('a'), 'a note from the future').to.equal(false)
    store.sessions.delete('a')
    expect(register.vouchesFor('a'), 'without a note').to.equal(false)
  })

  it('shows that a member runs while it misses no two renewals, and any other node as long as its process is there', () => {
    const { register, store, renewedAgoMs } = pair()
    renewedAgoMs(1190)
    expect(register.showsAlive('a')).to.equal(true)
    renewedAgoMs(1200)
    expect(register.showsAlive('a')).to.equal(false)
    expect(register.showsAlive('newcomer')).to.equal(true)
    renewedAgoMs(0)
    store.entries.set('a', { id: 'a', address: 'a:1', pid: 7 } as never)
    store.dead.add(7)
    expect(register.showsAlive('a'), 'its note is fresh, and it is dead').to.equal(false)
  })

  it('notes a session before it reads the chain: an evicting member finds the new note', () => {
    const cluster = new Cluster()
    const { views } = cluster.start('a')
    cluster.settle(['a'])
    const { register } = views as unknown as { readonly register: LocalRegister }
    cluster.runFor(100)
    const { prototype } = MemoryDirectory
    const { read } = prototype
    const leftMs: number[] = []
    prototype.read = function (name) {
      leftMs.push(register.sessionLeftMs('a') ?? 0)
      return read.call(this, name)
    }
    try {
      register.renew(views.view as View)
    } finally {
      prototype.read = read
    }
    expect(leftMs.length).to.be.greaterThan(0)
    for (const each of leftMs) expect(each).to.equal(quarantineFullMs(3000) + bootTickMs)
  })
})

/** A register alone, in a directory that it may share with others, and what it tells. */
function alone(
  sources: Partial<EpochSources> = {},
  store: MemoryStore = createMemoryStore('memory:test', 'a secret of the tests'),
) {
  const clock = { monotonicMs: 0, wallMs: epochAtMs(1000) }
  const told: View[] = []
  const context: Context<RegisterTimer> = {
    self: 'a',
    random: seededRandom(1),
    nowMs: () => clock.monotonicMs,
    wallMs: () => clock.wallMs,
    bootMs: () => clock.monotonicMs,
    send: () => undefined,
    broadcast: () => undefined,
    sendLoose: () => undefined,
    emit: () => undefined,
    setTimer: () => undefined,
    clearTimer: () => undefined,
  }
  const process = new EnteredEpochs()
  const epochs = new Epochs(context, { process, name: 'test', marks: null, isTransient: true, ...sources })
  const { config } = new Cluster()
  const register = new LocalRegister(context, new MemoryDirectory(store, 1), { cluster: 'test', address: 'a:1', config, epochs })
  register.start({
    decided: (view) => told.push(view),
    renewed: () => undefined,
    unfinished: () => undefined,
    renewing: () => undefined,
    ended: () => undefined,
    refused: () => undefined,
  })
  return { clock, register, told, process, store }
}

describe('the epochs of a local register', () => {
  it('are remembered for its process, which enters no view below', () => {
    const { process, told, store } = alone()
    const [{ epoch }] = told as [View]
    expect(process.highest('test')).to.equal(epoch)
    const process2 = new EnteredEpochs(new Map([['test', epoch + 1]]))
    expect(alone({ process: process2 }, store).told, 'a view that lists this id').to.deep.equal([])
    expect(alone({ process }, store).told).to.have.length(1)
  })

  it('are marked ahead at a renewal, so that a view in a hurry waits for no disk', () => {
    const written: number[] = []
    const marks = { highest: () => written.at(-1) ?? 0, mark: (epoch: number) => void written.push(epoch) }
    const { register, told, clock } = alone({ marks, isTransient: false })
    const newest = (): View => told.at(-1) as View
    for (let views = 0; views < 30; views++) {
      clock.wallMs += 1000
      const before = written.length
      const next = successorOf(newest(), { gone: new Map(), joiners: [{ id: `n${views}`, address: '' }], elapsedMs: 0 })
      register.propose(newest(), next)
      expect(newest()).to.deep.equal(next)
      expect(written.length, `view ${views}`).to.equal(before)
      register.renew(newest())
      expect(written.at(-1)).to.be.within(next.epoch + 5, next.epoch + 9)
    }
    expect(written.length).to.be.lessThan(10)
  })

  it('follow each other after a pause where the clock was set back and the disk remembers', () => {
    const marks = { marked: 2000, highest: () => marks.marked, mark: (epoch: number) => void (marks.marked = epoch) }
    const { register, told, clock } = alone({ marks, isTransient: false })
    const [first] = told as [View]
    const next = successorOf(first, { gone: new Map(), joiners: [{ id: 'b', address: 'b:1' }], elapsedMs: 0 })
    expect(first.epoch, 'ahead of the clock').to.equal(2001)
    const waitMs = register.waitMs(first, next.epoch)
    clock.monotonicMs += waitMs - 1
    register.propose(first, next)
    expect(told).to.deep.equal([first])
    clock.monotonicMs += 1
    register.propose(first, next)
    expect(told).to.deep.equal([first, next])
  })
})

describe('what a member notes of its session', () => {
  const noted = (end: (register: LocalRegister) => void) => {
    const cluster = new Cluster()
    const { views } = cluster.start('a')
    cluster.settle(['a'])
    cluster.runFor(100)
    const { register } = views as unknown as { readonly register: LocalRegister }
    register.renew(views.view as View)
    end(register)
    const note = cluster.store.sessions.get('a')
    const { nowMs } = cluster.time
    return note && { monotonicMs: note.monotonicMs - nowMs, bootMs: note.bootMs - nowMs }
  }

  it('is how long others have to wait, by both clocks, as long as it is renewed', () => {
    const fullMs = quarantineFullMs(3000) + bootTickMs
    expect(noted(() => undefined)).to.deep.equal({ monotonicMs: fullMs, bootMs: fullMs })
  })

  it('is what was left when it ended, and nothing once it has left', () => {
    expect(noted((register) => register.ended(70))).to.deep.equal({ monotonicMs: 70, bootMs: 70 })
    expect(noted((register) => register.ended(null))).to.equal(undefined)
  })
})

describe('views with the local register', () => {
  it('founds a view of itself in an empty directory, and grants at once', () => {
    const cluster = new Cluster()
    const a = cluster.start('a')
    cluster.runFor(0)
    expect(a.views.phase).to.equal('active')
    expect(a.views.mayGrant()).to.equal(true)
    expect(a.views.quarantineMs()).to.equal(0)
  })

  it('founds beside users of a deleted folder, however long they live, above all that they can have come to', () => {
    const { prototype } = MemoryDirectory
    const { hasFormerUsers } = prototype
    prototype.hasFormerUsers = () => true
    try {
      const cluster = new Cluster()
      const a = cluster.start('a')
      expect(a.views.view).to.equal(null)
      const epoch = wallEpoch(a.context.wallMs()) + 1
      cluster.runFor(1000)
      expect(a.views.view?.quarantine.map(({ id }) => id)).to.deep.equal(['*'])
      expect(a.views.view?.epoch, 'they can have come as far as the clock').to.equal(epoch)
    } finally {
      prototype.hasFormerUsers = hasFormerUsers
    }
  })

  it('makes one view of five that start at once', () => {
    const cluster = new Cluster()
    for (const name of ['a', 'b', 'c', 'd', 'e']) cluster.start(name)
    cluster.settle(['a', 'b', 'c', 'd', 'e'], 1000)
    expect(cluster.decided.size, 'joins share a view').to.be.at.most(3)
  })

  it('lists later nodes, and keeps the order of seniority', () => {
    const cluster = new Cluster()
    cluster.start('a')
    cluster.settle(['a'])
    cluster.start('b')
    cluster.settle(['a', 'b'])
    cluster.start('c')
    cluster.settle(['a', 'b', 'c'])
    expect(cluster.get('c').views.view?.members.map((member) => member.id)).to.deep.equal(['a', 'b', 'c'])
  })

  it('keeps a member that does not answer until the session that it noted is over, and then waits no more', () => {
    const cluster = new Cluster()
    for (const name of ['a', 'b', 'c']) cluster.start(name)
    cluster.settle(['a', 'b', 'c'])
    cluster.pause('b')
    const pausedAtMs = cluster.time.nowMs
    const session = cluster.get('b').views.sessionRemainingMs()
    const overMs = session + (quarantineFullMs(3000) - 3000) + bootTickMs
    cluster.time.runUntil(() => cluster.isSettled(['a', 'c']), 4000)
    expect(cluster.time.nowMs - pausedAtMs).to.be.within(overMs, overMs + 200)
    expect(cluster.get('a').views.quarantineMs()).to.equal(0)
  })

  it('does not give up a member that only was busy for most of its session', () => {
    const cluster = new Cluster()
    for (const name of ['a', 'b', 'c']) cluster.start(name)
    cluster.settle(['a', 'b', 'c'])
    const before = cluster.get('a').views.id
    cluster.pause('b')
    // A moment before its session is over.
    cluster.runFor(cluster.get('b').views.sessionRemainingMs() - 50)
    cluster.resume('b')
    cluster.runFor(10_000)
    expect(cluster.get('a').views.id).to.deep.equal(before)
    expect(cluster.get('b').outcome.ended).to.equal(null)
  })

  it('leaves when a view without it is installed, and no node waits for it', () => {
    const cluster = new Cluster()
    for (const name of ['a', 'b', 'c']) cluster.start(name)
    cluster.settle(['a', 'b', 'c'])
    cluster.get('b').views.leave()
    expect(cluster.get('b').views.mayGrant()).to.equal(false)
    cluster.settle(['a', 'c'], 500)
    expect(cluster.get('b').outcome.left).to.equal(true)
    expect(cluster.get('a').views.quarantineMs()).to.equal(0)
  })

  it('renews the session, and ends it when the directory is gone', () => {
    const cluster = new Cluster()
    const a = cluster.start('a')
    cluster.runFor(20_000)
    expect(a.views.mayGrant()).to.equal(true)
    cluster.store.gone = true
    cluster.runFor(3000)
    expect(a.outcome.ended).to.match(/directory/)
    expect(a.host.ended).to.match(/directory/)
    expect(a.views.mayGrant()).to.equal(false)
    expect(a.context.timerCount).to.equal(0)
  })

  it('refuses, with the file and the cure, once a file of the chain is damaged', () => {
    const cluster = new Cluster()
    const a = cluster.start('a')
    cluster.settle(['a'])
    const [newest] = [...cluster.store.files.keys()].sort().slice(-1) as [string]
    cluster.store.files.set(newest, new TextEncoder().encode('{"x":'))
    const b = cluster.start('b')
    cluster.runFor(3000)
    for (const { outcome, views } of [a, b]) {
      expect(outcome.refused).to.equal('REFUSED')
      expect(views.mayGrant()).to.equal(false)
    }
    expect(a.host.ended).to.match(
      new RegExp(`the file ${newest} in .* is not a view: .*; stop every node of this cluster, remove`),
    )
  })

  describe('whose directory cannot be used for a moment', () => {
    type Operation = 'read' | 'createOnce'

    /** Every such operation of every process fails, until this is undone. */
    function failing(operation: Operation, code: string): () => void {
      const { prototype } = MemoryDirectory
      const original = prototype[operation]
      prototype[operation] = () => {
        throw Object.assign(new Error(`${code}: not now`), { code })
      }
      return () => void Object.assign(prototype, { [operation]: original })
    }

    it('goes on when it can be read again before the session is over', () => {
      const cluster = new Cluster()
      for (const name of ['a', 'b']) cluster.start(name)
      cluster.settle(['a', 'b'])
      const before = cluster.get('a').views.id
      const undo = failing('read', 'EMFILE')
      try {
        cluster.runFor(1000)
      } finally {
        undo()
      }
      cluster.runFor(10_000)
      for (const name of ['a', 'b']) expect(cluster.get(name).outcome.ended, name).to.equal(null)
      expect(cluster.get('a').views.id).to.deep.equal(before)
      expect(cluster.get('a').events.some(({ type }) => type === 'directoryFailed')).to.equal(true)
    })

    it('ends when its session does, if it stays so', () => {
      const cluster = new Cluster()
      const a = cluster.start('a')
      cluster.settle(['a'])
      const undo = failing('read', 'EIO')
      try {
        cluster.runFor(2000)
        expect(a.outcome.ended).to.equal(null)
        cluster.runFor(1100)
      } finally {
        undo()
      }
      expect(a.outcome.ended).to.be.a('string').that.does.not.match(/EIO/)
      expect(a.views.mayGrant()).to.equal(false)
    })

    it('decides nothing on a full disk, holds what it has, and decides once there is room', () => {
      const cluster = new Cluster()
      for (const name of ['a', 'b']) cluster.start(name)
      cluster.settle(['a', 'b'])
      const undo = failing('createOnce', 'ENOSPC')
      try {
        cluster.start('c')
        cluster.runFor(10_000)
        for (const name of ['a', 'b']) expect(cluster.get(name).views.mayGrant(), name).to.equal(true)
      } finally {
        undo()
      }
      cluster.settle(['a', 'b', 'c'], 3000)
    })
  })
})
