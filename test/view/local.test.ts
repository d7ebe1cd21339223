import { expect } from 'chai'
import { bootTickMs, type LocalRegister } from '../../lib/view/local-register.ts'
import { quarantineFullMs } from '../../lib/view/successor.ts'
import type { View } from '../../lib/view/view.ts'
import { Cluster } from './cluster.ts'
import { MemoryDirectory } from './memory-directory.ts'

describe('the local register', () => {
  it('says that a noted session is over when both clocks do, whichever of them stood still', () => {
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

  it('notes a session before it reads the chain: who evicts meanwhile finds the new note', () => {
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
      cluster.runFor(1000)
      expect(a.views.view?.quarantine.map(({ id }) => id)).to.deep.equal(['*'])
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

  it('takes in whoever comes later, and keeps the order of seniority', () => {
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

  it('leaves when a view without it stands, and nobody waits for it', () => {
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
    expect(a.host.ended).to.match(new RegExp(`the file ${newest} in .* is no view: .*; stop every node of this cluster, remove`))
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
