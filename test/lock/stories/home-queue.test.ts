import { expect } from 'chai'
import { rendezvous } from '../../../lib/base/hash.ts'
import { Group } from '../group.ts'

const algorithm = 'home-queue'
const sessionMs = 3000

/** A lock whose home is that node. */
function lockAt(home: string, members: readonly string[]): string {
  for (let i = 0; ; i++) if (rendezvous(`lock${i}`, members) === home) return `lock${i}`
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

function use(group: Group, at: number, lock: string): void {
  const client = group.seat(at).ask(lock)
  group.settle(100)
  expect(client.outcome).to.equal('held')
  client.release()
  group.settle(100)
}

function outcomeAfterEviction(group: Group, lock: string): string {
  evict(group)
  const client = group.seat(0).ask(lock)
  group.settle(100)
  return client.outcome
}

describe('home-queue for real use: which locks a crash leaves in doubt', () => {
  it('a lock that it never asked for is free at once if the home survives, though the token went elsewhere', () => {
    const group = new Group(5, { algorithm })
    const lock = lockAt('na', group.members)
    use(group, 1, lock)
    use(group, 3, lock)
    expect(outcomeAfterEviction(group, lock)).to.equal('held')
  })

  it('a lock that it used is free as soon as a survivor has the token', () => {
    const group = new Group(5, { algorithm })
    const lock = lockAt('na', group.members)
    use(group, 2, lock)
    use(group, 3, lock)
    expect(outcomeAfterEviction(group, lock)).to.equal('held')
  })

  it('a lock whose token it has waits for its session, and so does one of which it was the home while no site used it', () => {
    for (const home of ['na', 'nc']) {
      const group = new Group(5, { algorithm })
      const lock = lockAt(home, group.members)
      if (home === 'na') use(group, 2, lock)
      expect(outcomeAfterEviction(group, lock), home).to.equal('waiting')
    }
  })

  it('a lock that it used long ago is free: the token went home, and no site keeps its state', () => {
    const group = new Group(5, { algorithm })
    const lock = lockAt('na', group.members)
    use(group, 1, lock)
    use(group, 2, lock)
    group.settle(20_000)
    expect([...group.seats.values()].map(({ locks }) => locks.size)).to.deep.equal([0, 0, 0, 0, 0])
    expect(outcomeAfterEviction(group, lock)).to.equal('held')
  })

  it('a site that only passed the token on forgets the lock at once', () => {
    const group = new Group(5, { algorithm })
    const lock = lockAt('na', group.members)
    use(group, 1, lock)
    use(group, 3, lock)
    expect([...group.seats.values()].map(({ locks }) => locks.size)).to.deep.equal([1, 0, 0, 1, 0])
  })
})
