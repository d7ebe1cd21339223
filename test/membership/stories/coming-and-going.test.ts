import { expect } from 'chai'
import { swimProfiles } from '../../../lib/membership/profile.ts'
import type { Update } from '../../../lib/wire/messages.ts'
import { Cluster } from '../cluster.ts'
import { Solo } from '../solo.ts'

describe('coming and going', () => {
  it('spreads a leave to all, and none takes it for a failure', () => {
    const cluster = Cluster.of(10)
    cluster.get('n3').membership.leave()
    expect(cluster.time.runUntil(() => cluster.everybodyBelieves('n3', 'left'), 500)).to.equal(true)
    cluster.kill('n3')
    cluster.time.runFor(20_000)
    expect(cluster.facts('suspected')).to.deep.equal([])
    expect(cluster.facts('down')).to.deep.equal([])
    expect(cluster.facts('left').filter((fact) => fact.at !== 'n3')).to.have.length(9)
  })

  it('stops gossip about a node that has left', () => {
    const cluster = Cluster.of(6)
    cluster.get('n3').membership.leave()
    cluster.time.runFor(3000)
    cluster.kill('n3')
    cluster.time.runFor(5000)
    let told = 0
    cluster.onMessage = (_from, _to, message) => {
      if (message.type !== 'swim.sync' && 'updates' in message) told += message.updates.length
    }
    cluster.time.runFor(30_000)
    expect(told).to.equal(0)
  })

  it('runs no timer for news that no node needs', () => {
    const solo = new Solo().connect('a')
    solo.membership.start()
    solo.time.runFor(400)
    expect(solo.membership.state.gossip.armedMs).to.equal(Number.POSITIVE_INFINITY)
    expect(solo.sentOf('swim.gossip')).to.deep.equal([])
  })

  it('goes on answering after leaving, and no longer probes', () => {
    const solo = new Solo().connect('a')
    solo.membership.start()
    solo.membership.leave()
    expect(solo.sentOf('swim.gossip', 'a')[0]?.message.updates[0]).to.include({ id: 'self', state: 'left', by: 'self' })
    const before = solo.sentOf('swim.ping').length
    solo.time.runFor(10_000)
    expect(solo.sentOf('swim.ping')).to.have.length(before)
    solo.membership.receive('a', { type: 'swim.ping', sequence: 3, updates: [] })
    expect(solo.sentOf('swim.ack', 'a')).to.have.length(1)
    const answer = solo.sentOf('swim.ack', 'a')[0]?.message.updates[0]
    expect(answer, 'each answer says that it leaves').to.include({ id: 'self', state: 'left' })
  })

  it('takes a process that comes back after leaving for a new node', () => {
    const cluster = Cluster.of(5)
    cluster.get('n4').membership.leave()
    cluster.time.runFor(1000)
    cluster.kill('n4')
    cluster.add('n4b', 'n4:1')
    cluster.connect('n4b', 'n1')
    expect(cluster.time.runUntil(() => cluster.converged(), 2000)).to.equal(true)
    cluster.time.runFor(5000)
    expect(cluster.everybodyBelieves('n4b', 'alive')).to.equal(true)
    expect(cluster.facts('suspected')).to.deep.equal([])
  })

  it('suspects the former node at once when a new one connects from its address', () => {
    const cluster = Cluster.of(5)
    cluster.kill('n4')
    cluster.time.runFor(20)
    cluster.add('n4b', 'n4:1')
    cluster.connect('n4b', 'n1')
    expect(cluster.get('n1').membership.stateOf('n4')).to.equal('suspect')
    expect(cluster.time.runUntil(() => cluster.everybodyBelieves('n4b', 'alive'), 500)).to.equal(true)
    cluster.time.runFor(4000)
    expect(cluster.live().filter((node) => node.membership.stateOf('n4') === 'alive')).to.deep.equal([])
  })

  it('only asks a node whose address another one claims while its own connection is open', () => {
    const solo = new Solo().connect('x')
    solo.membership.start()
    solo.membership.peerConnected({ id: 'twin', address: 'x:1', role: 'member', wallOffsetMs: 0 })
    expect(solo.membership.stateOf('x')).to.equal('alive')
    expect(solo.sentOf('swim.ping').map((sent) => sent.to)).to.deep.equal(['x'])
  })

  it('does not count nodes without an address as one and the same', () => {
    const solo = new Solo()
    solo.membership.start()
    for (const id of ['x', 'y']) solo.membership.peerConnected({ id, address: '', role: 'member', wallOffsetMs: 0 })
    expect(solo.sentOf('swim.ping')).to.deep.equal([])
    expect(solo.membership.peers().map((peer) => peer.state)).to.deep.equal(['alive', 'alive'])
  })

  it('ignores observers', () => {
    const solo = new Solo()
    solo.membership.peerConnected({ id: 'o', address: '', role: 'observer', wallOffsetMs: 0 })
    expect(solo.membership.peers()).to.deep.equal([])
    expect(solo.sent).to.deep.equal([])
  })

  it('tells its events the same story as the listener', () => {
    const cluster = Cluster.of(4)
    cluster.kill('n3')
    cluster.get('n2').membership.leave()
    cluster.time.runFor(5000)
    const names = {
      peerFound: 'found',
      peerSuspected: 'suspected',
      peerRefuted: 'refuted',
      peerDown: 'down',
      peerLeft: 'left',
    } as const
    for (const node of cluster.live()) {
      const told = node.events.flatMap((event) =>
        event.type in names && 'peer' in event ? [`${names[event.type as keyof typeof names]} ${event.peer}`] : [],
      )
      expect(told).to.deep.equal(node.facts.map((fact) => `${fact.type} ${fact.id}`))
    }
    expect(cluster.get('n0').facts.map((fact) => `${fact.type} ${fact.id}`)).to.include.members(['left n2', 'down n3'])
  })
})

describe('news of newcomers', () => {
  const intervalMs = swimProfiles.lan.gossipIntervalMs
  /** How long after the first round of gossip the second comes. */
  const pauseMs = (count: number, ...also: Update[]): number => {
    const solo = new Solo({}, 1, { isShownAlive: (peer) => peer !== 'c' }).connect('a', 'b', 'c')
    solo.membership.start()
    const newcomers = Array.from({ length: count }, (_, i) => `n${i}`)
    solo.hear(
      'a',
      ...newcomers.map((id): Update => ({ id, address: `${id}:1`, state: 'alive', incarnation: 0, by: 'a' })),
      ...also,
    )
    solo.time.runFor(60 * intervalMs)
    const [first, second] = [...new Set(solo.sentOf('swim.gossip').map(({ atMs }) => atMs))]
    return (second as number) - (first as number)
  }

  it('wait for more in a large cluster, where each node finds all others when all start at once', () => {
    expect(pauseMs(4)).to.equal(intervalMs)
    expect(pauseMs(200)).to.be.closeTo((204 / 8) * intervalMs, 1)
  })

  it('wait for nothing when there are other news to tell', () => {
    expect(pauseMs(200, { id: 'c', address: 'c:1', state: 'suspect', incarnation: 0, by: 'a' })).to.equal(intervalMs)
  })
})
