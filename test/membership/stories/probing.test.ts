import { expect } from 'chai'
import fc from 'fast-check'
import { seededRandom } from '../../../lib/base/random.ts'
import { ProbeOrder } from '../../../lib/membership/probe-order.ts'
import { alive, Solo, suspect } from '../solo.ts'

/** A solo that has just sent its first ping, whose target and number are returned. */
function probing(solo: Solo): { target: string; sequence: number } {
  solo.membership.start()
  solo.time.runUntil(() => solo.sentOf('swim.ping').length > 0, 5000)
  const ping = solo.sentOf('swim.ping')[0]
  if (ping === undefined) throw new Error('no ping was sent')
  return { target: ping.to, sequence: ping.message.sequence }
}

describe('a peer that is vouched for', () => {
  const vouched = new Set(['x'])
  const pingsTo = (solo: Solo): number => {
    const before = solo.sentOf('swim.ping', 'x').length
    solo.time.runFor(5000)
    return solo.sentOf('swim.ping', 'x').length - before
  }
  const begun = (): Solo => {
    const solo = new Solo({ suspicionOpenMs: 60_000 }, 1, { isVouchedFor: (peer) => vouched.has(peer) }).connect('x')
    solo.membership.start()
    return solo
  }

  it('is not probed in its turn, and is again when nothing vouches for it', () => {
    const solo = begun()
    expect(pingsTo(solo)).to.equal(0)
    vouched.delete('x')
    expect(pingsTo(solo)).to.be.greaterThan(0)
    vouched.add('x')
  })

  it('is probed while it is suspected: it must hear that, to object', () => {
    const solo = begun()
    solo.hear('a', suspect('x', 'a'))
    expect(pingsTo(solo)).to.be.greaterThan(0)
  })

  it('is probed while this node doubts itself: only answers restore its trust', () => {
    const solo = begun()
    solo.membership.lateness(1000)
    expect(pingsTo(solo)).to.be.greaterThan(0)
  })

  it('is probed when the connection to it has closed', () => {
    const solo = begun()
    solo.membership.peerDisconnected('x')
    expect(pingsTo(solo)).to.be.greaterThan(0)
  })
})

describe('peers that are all known to live', () => {
  const looksIn = (names: readonly string[], ms: number): { readonly looks: string[]; readonly solo: Solo } => {
    const looks: string[] = []
    const isVouchedFor = (peer: string): boolean => {
      looks.push(`${peer} ${solo.time.nowMs}`)
      return true
    }
    const solo = new Solo({ suspicionOpenMs: 60_000 }, 1, { isVouchedFor }).connect(...names)
    solo.membership.start()
    solo.time.runFor(ms)
    return { looks, solo }
  }
  const momentsOf = (looks: readonly string[]): number[] => [...new Set(looks.map((look) => Number(look.split(' ')[1])))]

  it('are looked at together, each as often as by beats of its own', () => {
    const { looks } = looksIn(['w', 'x', 'y', 'z'], 20_400)
    expect(momentsOf(looks).length, 'about every two seconds').to.be.within(10, 12)
    for (const name of ['w', 'x', 'y', 'z'])
      expect(looks.filter((look) => look.startsWith(name)).length, name).to.be.within(10, 12)
  })

  it('are at most five of a beat', () => {
    const { looks } = looksIn(['s', 't', 'u', 'v', 'w', 'x', 'y', 'z'], 500)
    expect(looks).to.have.length(5)
  })

  it('do not delay the probe of one that is not, in the same beat', () => {
    const solo = new Solo({ suspicionOpenMs: 60_000 }, 1, { isVouchedFor: (peer) => peer !== 'z' }).connect('w', 'x', 'y', 'z')
    solo.membership.start()
    solo.time.runFor(500)
    expect(solo.sentOf('swim.ping').map(({ to }) => to)).to.deep.equal(['z'])
  })
})

describe('a probe', () => {
  it('tells a suspect of the suspicion with the ping, so that it can object at once', () => {
    const solo = new Solo().connect('x')
    solo.hear('a', suspect('x', 'a'))
    probing(solo)
    expect(solo.sentOf('swim.ping')[0]?.message.updates).to.deep.equal([{ ...suspect('x', 'self') }])
  })

  it('tells an asking node, also one that is down or reaped, what is believed of it', () => {
    const solo = new Solo({ reapMs: 1000 }).connect('x', 'y')
    solo.hear('a', { ...suspect('x', 'a'), state: 'down' })
    solo.membership.receive('x', { type: 'swim.ping', sequence: 7, updates: [] })
    solo.membership.start()
    solo.time.runFor(2000)
    expect(solo.membership.stateOf('x')).to.equal(undefined)
    solo.membership.receive('x', { type: 'swim.ping', sequence: 8, updates: [] })
    const acks = solo.sentOf('swim.ack', 'x')
    expect(acks.map((ack) => ack.message.updates[0]?.state)).to.deep.equal(['down', 'down'])
  })

  it('asks helpers after the timeout, and succeeds by the answer of one of them', () => {
    const solo = new Solo().connect('a', 'b', 'c', 'd', 'e')
    const { target, sequence } = probing(solo)
    const askedAtMs = solo.time.nowMs + solo.profile.probeTimeoutMs
    solo.time.runFor(solo.profile.probeTimeoutMs)
    const requests = solo.sentOf('swim.pingRequest')
    expect(requests).to.have.length(3)
    for (const request of requests) {
      expect(request.atMs).to.equal(askedAtMs)
      expect(request.to).to.not.equal(target)
      expect(request.message).to.include({ target, sequence, remainingMs: 350 })
    }
    solo.membership.receive((requests[1] as (typeof requests)[0]).to, { type: 'swim.ack', sequence, updates: [] })
    solo.time.runFor(400)
    expect(solo.membership.stateOf(target)).to.equal('alive')
  })

  it('is not answered by a node that was not asked', () => {
    const solo = new Solo().connect('a', 'b')
    const { target, sequence } = probing(solo)
    solo.membership.receive('stranger', { type: 'swim.ack', sequence, updates: [] })
    solo.time.runFor(600)
    expect(solo.membership.stateOf(target)).to.equal('suspect')
  })

  it('that fails counts each helper that was silent, and none that refused, against oneself', () => {
    for (const refusals of [0, 1, 2, 3]) {
      const solo = new Solo().connect('a', 'b', 'c', 'd')
      const { target, sequence } = probing(solo)
      solo.time.runFor(200)
      for (const request of solo.sentOf('swim.pingRequest').slice(0, refusals)) {
        solo.membership.receive(request.to, { type: 'swim.nack', sequence })
        solo.membership.receive(request.to, { type: 'swim.nack', sequence })
      }
      solo.time.runFor(310)
      expect(solo.membership.stateOf(target)).to.equal('suspect')
      expect(solo.health).to.equal(3 - refusals)
    }
  })

  it('that succeeds restores the trust in oneself, one step at a time', () => {
    const solo = new Solo().connect('a')
    solo.membership.state.health.score = 2
    const { target, sequence } = probing(solo)
    solo.membership.receive(target, { type: 'swim.ack', sequence, updates: [] })
    solo.membership.receive(target, { type: 'swim.ack', sequence, updates: [] })
    expect(solo.health).to.equal(1)
  })

  it('waits longer the less one trusts oneself', () => {
    const solo = new Solo().connect('a')
    solo.membership.state.health.score = 3
    const { target } = probing(solo)
    solo.time.runFor(1999)
    expect(solo.membership.stateOf(target)).to.equal('alive')
    solo.time.runFor(2)
    expect(solo.membership.stateOf(target)).to.equal('suspect')
  })

  it('begins at once when a connection closes, asks helpers at once, and does not wait longer for one’s own doubts', () => {
    const solo = new Solo().connect('a', 'b', 'c')
    solo.membership.state.health.score = 8
    solo.membership.start()
    solo.membership.peerDisconnected('a')
    expect(solo.sentOf('swim.ping').map((sent) => sent.to)).to.deep.equal(['a'])
    expect(
      solo
        .sentOf('swim.pingRequest')
        .map((sent) => sent.to)
        .sort(),
    ).to.deep.equal(['b', 'c'])
    expect(solo.membership.stateOf('a')).to.equal('alive')
    solo.time.runFor(501)
    expect(solo.membership.stateOf('a')).to.equal('suspect')
  })
})

describe('a closed connection', () => {
  it('is no reason to probe where the caller looks after the peer', () => {
    const solo = new Solo().connect('a', 'x')
    solo.membership.start()
    solo.membership.peerDisconnected('x', false)
    expect(solo.sentOf('swim.ping')).to.deep.equal([])
  })

  it('shortens a suspicion that runs, but leaves an interval for an objection', () => {
    const solo = new Solo().connect('x')
    solo.hear('x', suspect('x', 'a'))
    solo.time.runFor(2300)
    solo.membership.peerDisconnected('x')
    expect(solo.membership.stateOf('x')).to.equal('suspect')
    solo.time.runFor(499)
    expect(solo.membership.stateOf('x')).to.equal('suspect')
    solo.time.runFor(2)
    expect(solo.membership.stateOf('x')).to.equal('down')
  })

  it('that opens again lengthens it again', () => {
    const solo = new Solo({ probeIntervalMs: 400 }).connect('x')
    solo.membership.peerDisconnected('x')
    solo.hear('x', suspect('x', 'a'))
    solo.time.runFor(1900)
    solo.connect('x')
    solo.time.runFor(590)
    expect(solo.membership.stateOf('x')).to.equal('suspect')
    solo.time.runFor(20)
    expect(solo.membership.stateOf('x')).to.equal('down')
  })
})

describe('a helper', () => {
  it('refuses at 0.8 of the time that remains to the asker, which is before the verdict', () => {
    const solo = new Solo().connect('a', 'x')
    solo.membership.receive('a', { type: 'swim.pingRequest', sequence: 42, target: 'x', remainingMs: 350, updates: [] })
    expect(solo.sentOf('swim.ping', 'x')).to.have.length(1)
    solo.time.runFor(1000)
    expect(solo.sentOf('swim.nack', 'a').map((sent) => [sent.atMs, sent.message.sequence])).to.deep.equal([[280, 42]])
  })

  it('passes an answer on under the asker’s number, and then does not refuse', () => {
    const solo = new Solo().connect('a', 'x')
    solo.membership.receive('a', { type: 'swim.pingRequest', sequence: 42, target: 'x', remainingMs: 350, updates: [] })
    const sequence = solo.sentOf('swim.ping', 'x')[0]?.message.sequence ?? -1
    solo.membership.receive('x', { type: 'swim.ack', sequence, updates: [alive('x', 1)] })
    solo.time.runFor(1000)
    expect(solo.sentOf('swim.ack', 'a').map((sent) => sent.message.sequence)).to.deep.equal([42])
    expect(solo.sentOf('swim.ack', 'a')[0]?.message.updates).to.deep.include(alive('x', 1))
    expect(solo.sentOf('swim.nack')).to.deep.equal([])
  })
})

describe('lateness', () => {
  it('gives a suspect the time in which this node was blind, and at least an interval to be heard', () => {
    const solo = new Solo().connect('x')
    solo.hear('x', suspect('x', 'a'))
    solo.time.runFor(2490)
    solo.membership.lateness(1000)
    solo.time.runFor(900)
    expect(solo.membership.stateOf('x')).to.equal('suspect')
    solo.time.runFor(200)
    expect(solo.membership.stateOf('x')).to.equal('down')
  })

  it('counts against oneself, once for each stall however many report it', () => {
    const solo = new Solo()
    solo.time.runFor(10_000)
    solo.membership.lateness(900)
    expect(solo.health).to.equal(2)
    solo.membership.lateness(880)
    solo.membership.lateness(900)
    expect(solo.health).to.equal(2)
    solo.time.runFor(500)
    solo.membership.lateness(900)
    expect(solo.health).to.equal(3)
  })

  it('gives an open probe one more timeout, for answers that lie unread', () => {
    const solo = new Solo().connect('a')
    const { target, sequence } = probing(solo)
    solo.time.runFor(499)
    solo.membership.lateness(450)
    solo.time.runFor(140)
    solo.membership.receive(target, { type: 'swim.ack', sequence, updates: [] })
    solo.time.runFor(100)
    expect(solo.membership.stateOf(target)).to.equal('alive')
  })

  it('is ignored when it is ordinary', () => {
    const solo = new Solo()
    solo.time.runFor(1000)
    solo.membership.lateness(60)
    expect(solo.health).to.equal(0)
  })
})

describe('the order of probing', () => {
  it('probes each peer once in each round', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.nat(), (count, seed) => {
        const all = Array.from({ length: count }, (_, i) => `n${i}`)
        const order = new ProbeOrder(seededRandom(seed))
        for (let round = 0; round < 3; round++) {
          const probed = all.map(() =>
            order.next(
              () => true,
              () => all,
            ),
          )
          expect(new Set(probed)).to.deep.equal(new Set(all))
        }
      }),
    )
  })

  it('has a newcomer within the current round, at no fixed place', () => {
    const places = new Set<number>()
    for (let seed = 0; seed < 40; seed++) {
      const order = new ProbeOrder(seededRandom(seed))
      for (const id of ['a', 'b', 'c', 'new']) order.insert(id)
      const probed = Array.from({ length: 4 }, () =>
        order.next(
          () => true,
          () => [],
        ),
      )
      places.add(probed.indexOf('new'))
    }
    expect(places).to.deep.equal(new Set([0, 1, 2, 3]))
  })

  it('skips peers that may not be probed, and gives up if none may', () => {
    const order = new ProbeOrder(seededRandom(1))
    expect(
      order.next(
        (id) => id === 'b',
        () => ['a', 'b'],
      ),
    ).to.equal('b')
    expect(
      order.next(
        () => false,
        () => ['a', 'b'],
      ),
    ).to.equal(undefined)
    expect(
      order.next(
        () => true,
        () => [],
      ),
    ).to.equal(undefined)
  })
})

describe('a peer that is seen to run', () => {
  const seen = new Set(['x', 'far'])
  const begun = (): Solo => {
    const solo = new Solo({}, 1, { isShownAlive: (peer) => seen.has(peer) }).connect('x', 'y')
    solo.membership.start()
    return solo
  }

  it('is not suspected, whoever accuses it, and the accusation is passed on to nobody', () => {
    const solo = begun()
    solo.hear('y', suspect('x', 'y'))
    solo.time.runFor(20_000)
    expect(solo.heard).not.to.include('suspected x')
    expect(solo.heard).to.include('suspected y')
    const told = solo.sentOf('swim.gossip').flatMap(({ message }) => message.updates)
    expect(told.filter(({ id, state }) => id === 'x' && state === 'suspect')).to.deep.equal([])
  })

  it('is suspected when that is not seen any more', () => {
    const solo = begun()
    seen.delete('x')
    solo.time.runFor(5000)
    seen.add('x')
    expect(solo.heard).to.include('suspected x')
  })

  it('is not probed without a connection, which no probe would reach', () => {
    const solo = begun()
    solo.hear('y', { id: 'far', address: 'far:1', state: 'alive', incarnation: 0, by: 'y' })
    solo.time.runFor(20_000)
    expect(solo.sentOf('swim.ping', 'far')).to.deep.equal([])
  })
})
