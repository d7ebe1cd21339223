import { expect } from 'chai'
import { join } from 'node:path'
import { Crew, type Mate, together } from './crew.ts'
import { openLedger, readLedger, regressions } from './ledger.ts'

/** Shorter than the default, so that waiting one out does not take the suite's time. */
const session = 1000

describe('real processes that contend for a lock', function () {
  this.timeout(60_000)
  let crew: Crew
  let ledger: string
  beforeEach(() => {
    crew = new Crew()
    ledger = join(crew.directory, 'ledger')
    openLedger(ledger)
  })
  afterEach(() => crew.end())

  const options = () => ({ ...crew.local, profile: { session } })
  const work = (mate: Mate, rounds: number) => mate.ask('work', { lock: 'ledger', ledger, rounds })

  for (const algorithm of ['home-queue', 'carvalho-roucairol', 'ricart-agrawala', 'token-ring']) {
    it(`${algorithm}: a holder is killed; the others wait out its session, lose no update, and fences never fall`, async () => {
      const mates = await crew.pool(3, { ...options(), algorithm })
      const [victim, ...others] = mates as [Mate, ...Mate[]]
      const { fence } = await victim.ask('acquire', 'ledger')
      const waiting = others.map((mate) => work(mate, 10))
      victim.kill('SIGKILL')
      expect(await Promise.all(waiting)).to.deep.equal([10, 10])
      const result = readLedger(ledger)
      expect(result.count).to.equal(20)
      expect(regressions(result)).to.equal(0)
      expect((result.fences[0] as bigint) > fence).to.equal(true)
      await together(others)
    })
  }

  it('processes join, leave and are killed amid contention: no update is lost, and fences never fall', async () => {
    const mates = await crew.pool(3, options())
    const [steady, other, leaver] = mates as [Mate, Mate, Mate]
    const working = [work(steady, 200), work(other, 200)]
    const leaving = work(leaver, 20).then(() => leaver.ask('close'))
    const joiner = crew.process()
    await joiner.create(options())
    const joined = work(joiner, 40)
    await leaving
    await joined
    const late = await crew.process().create(options())
    await work(late, 20)
    late.kill('SIGKILL')
    await Promise.all(working)
    const result = readLedger(ledger)
    expect(result.count).to.equal(480)
    expect(regressions(result)).to.equal(0)
    await together([steady, other, joiner])
  })

  it('a worker killed in the middle of its work leaves the ledger whole', async () => {
    const mates = await crew.pool(4, options())
    const [victim, ...others] = mates as [Mate, ...Mate[]]
    const end = work(victim, 1_000_000).then(
      () => 'done',
      () => 'killed',
    )
    const working = others.map((mate) => work(mate, 60))
    await work(others[0] as Mate, 5)
    victim.kill('SIGKILL')
    expect(await end).to.equal('killed')
    await Promise.all(working)
    const { count, fences } = readLedger(ledger)
    // The victim may have logged its last entry and not counted it; no other entry is missing.
    expect(fences.length - count).to.be.oneOf([0, 1])
    expect(regressions({ count, fences })).to.equal(0)
  })

  it('a holder stopped for longer than its session has lost its hold when it resumes, and comes back under a new id', async () => {
    const [holder, other] = (await crew.pool(3, options())) as [Mate, Mate, Mate]
    const before = holder.id
    const held = await holder.ask('acquire', 'door')
    const waiting = other.ask('acquire', 'door')
    holder.kill('SIGSTOP')
    const next = await waiting
    expect(next.fence > held.fence).to.equal(true)
    holder.kill('SIGCONT')
    // Its own clocks or the view without it, whichever it sees first.
    const aborted = await holder.until((news) => news.type === 'aborted')
    expect(aborted.hold).to.equal(held.hold)
    expect(aborted.reason).to.be.oneOf(['session', 'evicted'])
    expect(await holder.ask('hold', held.hold)).to.deep.equal({ state: 'lost', aborted: true, checked: 'LOST' })
    expect(await holder.ask('release', held.hold)).to.equal('lost')
    expect(await other.ask('hold', next.hold)).to.deep.equal({ state: 'held', aborted: false, checked: 'fine' })
    await holder.until((news) => news.type === 'viewActivated' && news.members?.includes(before) === false)
    expect((await holder.ask('members')).id).to.not.equal(before)
    await other.ask('release', next.hold)
    const again = await holder.ask('acquire', 'door')
    expect(again.fence > next.fence).to.equal(true)
  })

  it('stopping another process for less than a session costs no hold', async () => {
    const mates = await crew.pool(3, { ...crew.local, profile: { session: 5000 } })
    const [holder, sleeper, other] = mates as [Mate, Mate, Mate]
    const held = await holder.ask('acquire', 'door')
    const ids = (await holder.ask('members')).members
    sleeper.kill('SIGSTOP')
    // The work of the others is the clock: a lock that the sleeper never used is asked of it, so this waits for its return.
    const rounds = work(other, 5)
    await Promise.race([rounds, holder.until((news) => news.type === 'peerSuspected').then(() => 'suspected')])
    sleeper.kill('SIGCONT')
    await rounds
    expect(await holder.ask('hold', held.hold)).to.deep.equal({ state: 'held', aborted: false, checked: 'fine' })
    const now = await sleeper.ask('members')
    expect(now).to.deep.include({ members: ids, state: 'active' })
    expect(now.id).to.equal(sleeper.id)
    expect(mates.flatMap((mate) => mate.news.filter((news) => news.type === 'sessionEnded'))).to.deep.equal([])
  })
})
