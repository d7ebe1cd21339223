import { expect } from 'chai'
import { rendezvous } from '../../lib/base/hash.ts'
import { Doubts, findingsOf } from '../../lib/lock/doubts.ts'
import { algorithmKind } from '../../lib/mutex/algorithms.ts'
import type { View } from '../../lib/view/view.ts'
import { type Client, Group } from './group.ts'

const sessionMs = 3000

/** A lock whose token begins at that node, among these members. */
function lockAt(place: string, members: readonly string[]): string {
  for (let i = 0; ; i++) if (rendezvous(`lock${i}`, members) === place) return `lock${i}`
}

describe('the wait for an evicted member', () => {
  it('is not shortened by a member that did not begin the last view with it', () => {
    const view = viewOf(['a', 'b'])
    const lock = lockAt('a', ['a', 'b', 'h'])
    const wait = { id: 'h', remainingMs: 900, lastEpoch: 1 }
    const waitMs = (uninformed: readonly string[]): number =>
      new Doubts(view, [wait], [{ about: 'h', gone: ['h'], uninformed, exceptions: [] }], () =>
        algorithmKind('token-ring'),
      ).waitMs(lock)
    expect(waitMs([]), 'a knows that it kept the token').to.equal(0)
    expect(waitMs(['a']), 'b does not know').to.equal(900)
  })

  it('is not shortened by a new member, with any rule of the algorithm for a site that never touched the lock', () => {
    const trusting = { ...algorithmKind('token-ring'), untouched: (...args: unknown[]) => args[2] !== 'new' }
    const wait = { id: 'h', remainingMs: 900, lastEpoch: 1 }
    const view = { ...viewOf(['a', 'b'], ['new']), quarantine: [wait] }
    const findings = findingsOf(
      view,
      new Map([['a', { holds: [], testimonies: [{ about: 'h', gone: ['h'], exceptions: [] }] }]]),
      () => trusting,
    )
    expect(findings).to.deep.equal([{ about: 'h', gone: ['h'], uninformed: ['b'], exceptions: [] }])
    expect(new Doubts(view, [wait], findings, () => trusting).waitMs('door')).to.equal(900)
  })
})

/** A view of epoch 2: its members were in the one before, its entrants were not. */
function viewOf(members: readonly string[], entrants: readonly string[] = []): View {
  const config = { algorithm: 'token-ring', algorithms: [], permits: [], clock: 'hlc', sessionMs, joinList: [] } as const
  const at = (since: number) => (id: string) => ({ id, address: `${id}:1`, since })
  return { cluster: 'c', epoch: 2, members: [...members.map(at(1)), ...entrants.map(at(2))], voters: [], quarantine: [], config }
}

/** nc is evicted, and keeps what it has for a session. */
function evict(group: Group): void {
  group.change(
    group.members.filter((id) => id !== 'nc'),
    5,
    sessionMs,
  )
  group.settle(100)
}

function outcomeSoon(group: Group, client: Client): string {
  group.settle(100)
  return client.outcome
}

describe('what survivors know of an evicted node', () => {
  for (const algorithm of ['carvalho-roucairol', 'ricart-agrawala']) {
    it(`${algorithm}: a lock that it never asked for is free at once, used by others or not`, () => {
      const group = new Group(3, { algorithm })
      const used = group.seat(1).ask('used')
      group.settle()
      used.release()
      evict(group)
      expect(outcomeSoon(group, group.seat(0).ask('used'))).to.equal('held')
      expect(outcomeSoon(group, group.seat(0).ask('untouched'))).to.equal('held')
    })

    it(`${algorithm}: a lock that it has permission for is waited out`, () => {
      const group = new Group(3, { algorithm })
      group.seat(2).ask('door')
      group.settle()
      evict(group)
      const waiter = group.seat(0).ask('door')
      expect(outcomeSoon(group, waiter)).to.equal('waiting')
      group.settle(sessionMs)
      expect(waiter.outcome).to.equal('held')
    })

    it(`${algorithm}: a lock that it used long ago is free: what it was given has been handed back`, () => {
      const group = new Group(3, { algorithm })
      const used = group.seat(2).ask('door')
      group.settle()
      used.release()
      group.settle(20_000)
      evict(group)
      expect(outcomeSoon(group, group.seat(0).ask('door'))).to.equal('held')
    })

    it(`${algorithm}: a lock that it could not enter without a survivor's permission is free`, () => {
      const group = new Group(3, { algorithm })
      // A shared hold: one held alone would settle it, whichever node may be inside.
      const holder = group.seat(1).ask('door', { mode: 'shared' })
      group.settle()
      group.seat(2).ask('door')
      group.settle()
      evict(group)
      const waiter = group.seat(0).ask('door')
      holder.release()
      expect(outcomeSoon(group, waiter)).to.equal('held')
    })
  }

  it('token-ring: an untouched token is where it began, so the lock is free if that place survives, and in doubt if not', () => {
    const group = new Group(3, { algorithm: 'token-ring' })
    const [safe, doubtful] = [lockAt('na', group.members), lockAt('nc', group.members)]
    evict(group)
    expect(outcomeSoon(group, group.seat(1).ask(safe))).to.equal('held')
    expect(outcomeSoon(group, group.seat(1).ask(doubtful))).to.equal('waiting')
  })

  it('token-ring: a token that went to the evicted one is doubted, and one that a survivor has is not', () => {
    const group = new Group(3, { algorithm: 'token-ring' })
    const names = [lockAt('na', group.members), lockAt('nc', group.members)] as const
    group.seat(2).ask(names[0])
    group.seat(1).ask(names[1])
    group.settle()
    for (const client of group.seat(1).clients) client.release()
    group.settle()
    evict(group)
    expect(outcomeSoon(group, group.seat(1).ask(names[0]))).to.equal('waiting')
    expect(outcomeSoon(group, group.seat(1).ask(names[1]))).to.equal('held')
  })

  it('doubts are found once: a later view, with instances that know nothing, repeats them', () => {
    for (const algorithm of ['home-queue', 'carvalho-roucairol', 'ricart-agrawala', 'token-ring']) {
      const group = new Group(4, { algorithm })
      group.seat(2).ask('door')
      group.settle()
      group.change(['na', 'nb', 'nd'], 5, sessionMs)
      group.settle(100)
      group.change(['na', 'nb'], 5)
      group.settle(100)
      const waiter = group.seat(0).ask('door')
      expect(outcomeSoon(group, waiter), algorithm).to.equal('waiting')
      group.settle(sessionMs)
      expect(waiter.outcome, algorithm).to.equal('held')
    }
  })

  it('a hold that it brought along from an earlier view is doubted by members without an instance of that lock', () => {
    for (const algorithm of ['home-queue', 'carvalho-roucairol', 'token-ring']) {
      const group = new Group(4, { algorithm })
      group.seat(2).ask('door')
      group.settle()
      group.change(['na', 'nb', 'nc'], 5)
      group.settle(100)
      evict(group)
      expect(outcomeSoon(group, group.seat(0).ask('door')), algorithm).to.equal('waiting')
    }
  })

  it('a member that did not begin the last view with it does not testify; if no other is left, every lock is in doubt', () => {
    const group = new Group(3)
    group.epoch++
    const halfFlushed = group.viewOf(group.members)
    for (const id of group.members) group.install(id, halfFlushed)
    evict(group)
    const waiter = group.seat(0).ask('untouched')
    expect(outcomeSoon(group, waiter)).to.equal('waiting')
    group.settle(sessionMs)
    expect(waiter.outcome).to.equal('held')
  })

  it('one informed survivor is enough to prove that a lock is free', () => {
    const group = new Group(3)
    group.epoch++
    const view = group.viewOf(group.members)
    for (const id of group.members) group.install(id, view)
    for (const id of ['na', 'nc']) group.activate(id, view, [])
    group.settle(10)
    evict(group)
    expect(outcomeSoon(group, group.seat(1).ask('untouched'))).to.equal('held')
  })

  // raymond-k itself proves nothing of any node: only the hold does.
  for (const algorithm of ['carvalho-roucairol', 'raymond-k']) {
    it(`${algorithm}: a survivor that held a lock alone has proved that no other did, also if it has left since`, () => {
      const group = new Group(4, { algorithm })
      const holder = group.seat(0).ask('door')
      group.settle()
      group.seat(2).ask('door')
      group.settle()
      evict(group)
      holder.release()
      group.change(['na', 'nb'], 5)
      expect(outcomeSoon(group, group.seat(1).ask('door'))).to.equal('held')
    })
  }

  it('a survivor says what it found until the session of the evicted one is over, and then no more', () => {
    const group = new Group(3)
    group.seat(2).ask('door')
    group.settle()
    evict(group)
    const testimonies = () => group.seat(0).locks.claim(group.viewOf(group.members)).testimonies
    expect(testimonies()).to.deep.equal([{ about: 'nc', gone: ['nc'], exceptions: ['door'] }])
    group.settle(sessionMs)
    expect(testimonies()).to.deep.equal([])
  })

  it('a new member uses the same findings as the members before', () => {
    const group = new Group(3, { algorithm: 'token-ring' })
    const [safe, doubtful] = [lockAt('na', group.members), lockAt('nc', group.members)]
    const late = group.add()
    group.change(['na', 'nb', late.id], 5, sessionMs)
    group.settle(100)
    expect(outcomeSoon(group, late.ask(safe))).to.equal('held')
    expect(outcomeSoon(group, late.ask(doubtful))).to.equal('waiting')
  })
})
