import { expect } from 'chai'
import { quarantineFullMs } from '../../lib/view/successor.ts'
import type { View } from '../../lib/view/view.ts'
import { Cluster } from './cluster.ts'

const joinList = ['a:1', 'b:1', 'c:1']
const registers = { local: undefined, quorum: joinList }

for (const [register, list] of Object.entries(registers)) {
  const formed = (): Cluster => {
    const cluster = new Cluster(list === undefined ? {} : { joinList: list })
    for (const name of ['a', 'b', 'c']) cluster.start(name)
    cluster.settle(['a', 'b', 'c'])
    return cluster
  }

  describe(`joining and leaving (${register} register)`, () => {
    it('lists a newcomer almost at once in quiet times, and those that come after it together', () => {
      const cluster = formed()
      cluster.runFor(2000)
      const fromMs = cluster.time.nowMs
      const epochOf = (): number => cluster.get('a').views.view?.epoch ?? 0
      const before = epochOf()
      cluster.start('x')
      cluster.settle(['a', 'b', 'c', 'x'])
      expect(cluster.time.nowMs - fromMs).to.be.below(40)
      const crowd = ['y1', 'y2', 'y3', 'y4']
      for (const name of crowd) {
        cluster.start(name)
        cluster.runFor(8)
      }
      cluster.settle(['a', 'b', 'c', 'x', ...crowd])
      expect(epochOf() - before).to.equal(2)
    })

    it('refuses a node with other options, and says so', () => {
      const cluster = formed()
      const stranger = cluster.start('x', { algorithm: 'token-ring' })
      cluster.runFor(1000)
      expect(stranger.outcome.refused).to.equal('CONFIG_MISMATCH')
      expect(stranger.context.timerCount).to.equal(0)
      expect(cluster.isSettled(['a', 'b', 'c'])).to.equal(true)
    })

    it('refuses a node with a clock that is too far off, but never a member', () => {
      const cluster = formed()
      const stranger = cluster.start('x', {}, { wallOffsetMs: 700 })
      cluster.runFor(1000)
      expect(stranger.outcome.refused).to.equal('CLOCK_SKEW')
      cluster.get('c').wallOffsetMs = 700
      cluster.runFor(3000)
      expect(cluster.isSettled(['a', 'b', 'c'])).to.equal(true)
    })

    it('ignores the refusal of a node that it has not asked', () => {
      const cluster = formed()
      const joiner = cluster.start('x')
      const bystander = cluster.start('y', { algorithm: 'token-ring' })
      joiner.views.receive(bystander.id, { type: 'view.refuse', code: 'CLOCK_SKEW', reason: 'a lie' })
      expect(joiner.outcome.refused).to.equal(null)
      cluster.settle(['a', 'b', 'c', 'x'], 2000)
    })

    it('takes no message that was late for a clock that is behind', () => {
      const cluster = formed()
      const { views, context } = cluster.get('a')
      const stranger = cluster.start('x')
      const said: string[] = []
      cluster.drop = (_from, to, message) => {
        if (to === 'x') said.push(message.type)
        return to === 'x'
      }
      // No link to it yet: its request came through a third, and took its time.
      const { config, epoch: known } = views.view ?? expect.fail('a is a member')
      views.receive(stranger.id, { type: 'view.join', address: 'x:1', config, wallMs: context.wallMs() - 900, known, floor: 0 })
      expect(said).to.deep.equal([])
      views.receive(stranger.id, { type: 'view.join', address: 'x:1', config, wallMs: context.wallMs() + 900, known, floor: 0 })
      expect(said).to.deep.equal(['view.refuse'])
    })

    it('takes in a process that restarted, under its new id, and gives up the old one at once', () => {
      const cluster = formed()
      cluster.crash('c')
      cluster.start('c')
      cluster.settle(['a', 'b', 'c2'], 1000)
      expect(cluster.get('a').views.quarantineMs()).to.be.greaterThan(2000)
    })

    it('lets all leave at once', () => {
      const cluster = formed()
      for (const id of ['a', 'b', 'c']) cluster.get(id).views.leave()
      cluster.runFor(1000)
      for (const id of ['a', 'b', 'c']) expect(cluster.get(id).outcome, id).to.include({ left: true, ended: null })
      for (const id of ['a', 'b', 'c']) expect(cluster.get(id).context.timerCount, id).to.equal(0)
    })

    it('lets a member leave in the middle of a flush', () => {
      const cluster = formed()
      cluster.start('d')
      cluster.time.runUntil(() => cluster.get('b').views.phase === 'flushing', 2000)
      cluster.get('b').views.leave()
      cluster.settle(['a', 'c', 'd'], 4000)
      expect(cluster.get('b').outcome.left).to.equal(true)
      expect(cluster.get('a').views.view?.quarantine.map(({ id }) => id)).to.not.include('b')
    })

    it('lets a member leave before it has joined', () => {
      const cluster = formed()
      cluster.partition(['a', 'b', 'c'], [])
      const late = cluster.start('d')
      cluster.runFor(0)
      late.views.leave()
      cluster.runFor(1000)
      expect(late.outcome.left).to.equal(true)
    })

    it('never lists an id again that was absent once', () => {
      const cluster = formed()
      cluster.get('b').views.peers.unreachable('c')
      cluster.settle(['a', 'b'], 1000)
      const { config } = cluster
      cluster
        .get('a')
        .views.receive('c', { type: 'view.join', address: 'c:1', config, wallMs: 0, known: Number.MAX_SAFE_INTEGER, floor: 0 })
      cluster
        .get('b')
        .views.receive('c', { type: 'view.join', address: 'c:1', config, wallMs: 0, known: Number.MAX_SAFE_INTEGER, floor: 0 })
      cluster.runFor(2000)
      expect(cluster.isSettled(['a', 'b'])).to.equal(true)
    })
  })
}

describe('an abandoned local cluster', () => {
  const abandoned = (): Cluster => {
    const cluster = new Cluster()
    for (const name of ['a', 'b']) cluster.start(name)
    cluster.settle(['a', 'b'])
    cluster.crash('a')
    cluster.crash('b')
    return cluster
  }

  it('is taken over by a new node when the noted sessions of its members are over, without a further wait', () => {
    const cluster = abandoned()
    const epoch = cluster.get('a').views.view?.epoch ?? 0
    const noted = Math.max(...['a', 'b'].map((id) => cluster.store.sessions.get(id)?.monotonicMs ?? 0))
    const late = cluster.start('c')
    cluster.runFor(noted - cluster.time.nowMs - 1)
    expect(late.views.view).to.equal(null)
    cluster.settle(['c'], 100)
    expect(late.views.view?.epoch).to.equal(epoch + 1)
    expect(late.views.view?.quarantine).to.deep.equal(
      ['a', 'b'].map((id) => ({ id, remainingMs: quarantineFullMs(3000), lastEpoch: epoch })),
    )
    expect(late.views.quarantineMs()).to.equal(0)
  })

  it('is taken over after a silence of a whole session if no session was noted, with a full wait for all members', () => {
    const cluster = abandoned()
    cluster.store.sessions.clear()
    const late = cluster.start('c')
    cluster.runFor(2900)
    expect(late.views.view).to.equal(null)
    cluster.settle(['c'], 500)
    expect(late.views.quarantineMs()).to.be.within(3000, quarantineFullMs(3000))
  })

  it('is not taken over for what a newcomer missed while its own loop stood still', () => {
    const cluster = abandoned()
    cluster.store.sessions.clear()
    const late = cluster.start('c')
    cluster.runFor(1000)
    cluster.pause('c')
    cluster.runFor(20_000)
    cluster.resume('c')
    cluster.runFor(500)
    expect(late.views.view).to.equal(null)
    cluster.settle(['c'], 2000)
  })

  it('is entered at once when the last member left by itself, and by other options too', () => {
    const cluster = new Cluster()
    cluster.start('a')
    cluster.settle(['a'])
    cluster.get('a').views.leave()
    cluster.runFor(0)
    expect(cluster.get('a').outcome.left).to.equal(true)
    cluster.close('a')
    const late = cluster.start('b', { algorithm: 'token-ring' })
    cluster.settle(['b'], 100)
    expect(late.views.quarantineMs()).to.equal(0)
    expect(late.views.view?.config.algorithm).to.equal('token-ring')
  })

  it('makes one view of several newcomers', () => {
    const cluster = new Cluster()
    cluster.start('a')
    cluster.settle(['a'])
    cluster.crash('a')
    for (const name of ['b', 'c', 'd']) cluster.start(name)
    cluster.settle(['b', 'c', 'd'], 4000)
  })

  it('does not take over while a member lives', () => {
    const cluster = new Cluster()
    cluster.start('a')
    cluster.settle(['a'])
    cluster.drop = (_from, to, message) => to === 'a' && message.type === 'view.join'
    cluster.start('b')
    cluster.runFor(6000)
    expect(cluster.isSettled(['a'])).to.equal(true)
  })

  it('asks after no more members than it takes to see that one lives', () => {
    const cluster = new Cluster()
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    for (const name of names) cluster.start(name)
    cluster.settle(names)
    // Gossip finds nobody for it.
    const { register } = cluster.start('z')
    cluster.partition(['z'], names)
    const asked: string[] = []
    const { sessionLeftMs } = register
    register.sessionLeftMs = (id) => {
      asked.push(id)
      return sessionLeftMs?.call(register, id) ?? null
    }
    cluster.runFor(2000)
    expect(new Set(asked)).to.deep.equal(new Set(['a']))
  })

  it('ends the session when a file of the chain cannot be read as a view', () => {
    const cluster = new Cluster()
    const a = cluster.start('a')
    cluster.settle(['a'])
    const [place] = cluster.store.shared.list().filter((name) => name.startsWith('views-')) as [string]
    cluster.store.files.set(`${place}/after-${a.views.view?.epoch}`, new Uint8Array([123, 1, 2]))
    cluster.runFor(1000)
    expect(a.outcome.refused).to.equal('REFUSED')
    expect(a.host.ended).to.match(/after-\d+ in memory:test is not a view/)
  })
})

describe('a joiner that hears last of the view that listed it', () => {
  it('comes back under a new id, and keeps no founding from coming about', () => {
    const cluster = new Cluster({ joinList })
    for (const name of ['a', 'b']) cluster.start(name)
    cluster.settle(['a', 'b'])
    const c = cluster.start('c')
    // What is said of the view that takes it in is held up.
    let late: View | null = null
    cluster.drop = (_from, to, message) => {
      const isIt = to === 'c' && message.type === 'view.newest' && message.view.members.some(({ id }) => id === 'c')
      if (isIt) late = message.view
      return isIt
    }
    cluster.time.runUntil(() => late !== null, 5000)
    for (const name of ['a', 'b']) cluster.get(name).views.peers.down('c')
    const listed = (late as View | null) ?? expect.fail('c was listed')
    cluster.time.runUntil(() => (c.views.state.join.known?.epoch ?? 0) > listed.epoch, 5000)
    c.views.receive('b', { type: 'view.newest', view: listed })
    expect(c.outcome.ended).to.match(/listed/)
    cluster.drop = () => false
    for (const name of ['a', 'b']) cluster.crash(name)
    for (const name of ['a', 'b']) cluster.start(name)
    cluster.settle(['a2', 'b2'], 20_000)
  })
})
