import { expect } from 'chai'
import type { Locks } from '../../lib/port/locks.ts'
import { type Consumer, consumers, type ConsumersOptions, type PartitionRun } from '../../lib/recipes/index.ts'
import { partitionOwners } from '../../lib/recipes/partition-owners.ts'
import { errorOf, watch, type Watched } from '../port/engine.ts'
import { onEachEngine } from './engines.ts'
import { SpiedLocks } from './spied-locks.ts'

/** Resolves when the signal is aborted. */
const aborted = (signal: PartitionRun['signal']): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve())
  })

/** A member of a group, whose consumers run until they are told to end. */
class Member {
  readonly stop = new AbortController()
  readonly running = new Map<number, PartitionRun>()
  readonly ended: Watched<void>

  constructor(locks: Locks, partitions: number, options: Partial<ConsumersOptions> = {}, consume?: Consumer) {
    const hold: Consumer = async (partition, run) => {
      this.running.set(partition, run)
      await aborted(run.signal)
      this.running.delete(partition)
    }
    this.ended = watch(consumers(locks, 'orders', { partitions, signal: this.stop.signal, ...options }, consume ?? hold))
  }

  get partitions(): number[] {
    return [...this.running.keys()].sort((a, b) => a - b)
  }
}

onEachEngine('consumers', (given) => {
  /** Each partition is consumed by one of the members, and their shares are even. */
  const isShared = (partitions: number, members: readonly Member[]): boolean => {
    const sizes = members.map(({ running }) => running.size)
    const all = new Set(members.flatMap((member) => member.partitions))
    return all.size === partitions && sizes.reduce((a, b) => a + b) === partitions && Math.max(...sizes) - Math.min(...sizes) <= 1
  }

  it('share the partitions evenly, again when a member comes and when one leaves', async () => {
    const [a, b, c] = await given().three()
    const members = [new Member(a, 10)]
    await given().until(() => isShared(10, members))
    expect(isShared(10, members)).to.equal(true)
    for (const client of [b, c]) {
      members.push(new Member(client, 10))
      await given().until(() => isShared(10, members))
      expect(isShared(10, members)).to.equal(true)
    }
    const [first, ...others] = members as [Member, ...Member[]]
    first.stop.abort()
    await first.ended.promise
    expect(first.running.size).to.equal(0)
    await given().until(() => isShared(10, others))
    expect(isShared(10, others)).to.equal(true)
    for (const { stop } of others) stop.abort()
    for (const { ended } of others) await ended.promise
    await given().settle()
    expect((await a.query('orders*')).held).to.deep.equal([])
  })

  it("begin a partition at its new owner after the old owner's consumer has ended, under a higher fence", async () => {
    const [a, b] = await given().two()
    const ends: (() => void)[] = []
    const fences = new Map<number, bigint>()
    const slow: Consumer = async (partition, run) => {
      fences.set(partition, run.fence)
      await aborted(run.signal)
      expect(run.signal.reason).to.include({ code: 'ABORTED' })
      run.check()
      await new Promise<void>((resolve) => ends.push(resolve))
    }
    const first = new Member(a, 4, {}, slow)
    await given().until(() => fences.size === 4)
    const second = new Member(b, 4)
    await given().until(() => ends.length === 2)
    expect([second.running.size, first.ended.outcome]).to.deep.equal([0, undefined])
    for (const end of ends.splice(0)) end()
    await given().until(() => second.running.size === 2)
    expect(second.running.size).to.equal(2)
    for (const [partition, { fence }] of second.running) expect(fence > (fences.get(partition) as bigint)).to.equal(true)
    first.stop.abort()
    second.stop.abort()
    await given().until(() => ends.length === 2)
    for (const end of ends) end()
    await Promise.all([first.ended.promise, second.ended.promise])
  })

  it("move a dead member's partitions, whose consumers are told of the loss", async () => {
    const [a, b] = await given().two()
    const reasons: unknown[] = []
    const first = new Member(a, 4, {}, async (_, { signal }) => {
      await aborted(signal)
      reasons.push((signal.reason as { readonly code: string }).code)
      throw signal.reason
    })
    const second = new Member(b, 4)
    await given().until(() => second.running.size === 2)
    await a.close({ drain: 0 })
    expect(await errorOf(() => first.ended.promise)).to.include({ code: 'CLOSED' })
    expect(reasons).to.have.length(2)
    await given().until(() => second.running.size === 4)
    expect(second.partitions).to.deep.equal([0, 1, 2, 3])
    second.stop.abort()
    await second.ended.promise
  })

  it('end with an error of a consumer unchanged, thrown or rejected, after the others have ended', async () => {
    const [a, b] = await given().two()
    const own = new Error('mine')
    for (const fails of [
      () => {
        throw own
      },
      () => Promise.reject(own),
    ]) {
      let running = 0
      let begun: () => void = () => {}
      const others = new Promise<void>((resolve) => (begun = resolve))
      const member = new Member(a, 3, {}, async (partition, { signal }) => {
        if (partition === 1) return await others.then(fails)
        if (++running === 2) begun()
        await aborted(signal)
        await new Promise((resolve) => setImmediate(resolve))
        running--
        // A consumer that is told to end may say so.
        throw Object.assign(new Error('stopped'), { name: 'AbortError' })
      })
      expect(await errorOf(() => member.ended.promise)).to.equal(own)
      expect(running).to.equal(0)
    }
    await given().settle()
    expect((await b.query('orders*')).held).to.deep.equal([])
  })

  it('call a consumer again after `pause` under the same fence, when it ended by itself or `onError` took its error', async () => {
    const spied = new SpiedLocks(await given().open())
    const own = new Error('mine')
    const seen: unknown[] = []
    const fences = new Set<bigint>()
    const member = new Member(
      spied,
      1,
      {
        pause: '5s',
        onError: async (error, partition) => {
          seen.push([error, partition])
        },
      },
      (_, { fence }) => {
        fences.add(fence)
        seen.push('called')
        if (seen.length === 2) throw own
      },
    )
    await given().until(() => seen.length === 1)
    expect(seen).to.deep.equal(['called'])
    for (let times = 0; times < 2; times++) {
      spied.time.advance(4_999)
      await given().settle()
      spied.time.advance(1)
      await given().settle()
    }
    expect([seen, fences.size]).to.deep.equal([['called', 'called', [own, 0], 'called'], 1])
    member.stop.abort()
    await member.ended.promise
    expect(spied.time.pendingMs).to.deep.equal([])
  })

  it('end with what `onError` or `onStuck` throws', async () => {
    const spied = new SpiedLocks(await given().open())
    const [own, worse] = [new Error('mine'), new Error('worse')]
    const first = new Member(spied, 1, { onError: () => Promise.reject(worse) }, () => Promise.reject(own))
    expect(await errorOf(() => first.ended.promise)).to.equal(worse)
    for (const onStuck of [
      () => {
        throw worse
      },
      () => Promise.reject(worse),
    ]) {
      let end: (() => void) | undefined
      const never = (): Promise<void> => new Promise((resolve) => (end = resolve))
      const stuck = new Member(spied, 1, { grace: '3s', onStuck }, never)
      await given().until(() => end !== undefined)
      stuck.stop.abort()
      await given().settle()
      spied.time.advance(3_000)
      await given().settle()
      expect(stuck.ended.outcome).to.equal(undefined)
      end?.()
      expect(await errorOf(() => stuck.ended.promise)).to.equal(worse)
    }
  })

  it('end with the first error of several', async () => {
    const a = await given().open()
    const own = new Error('mine')
    let begun = 0
    const member = new Member(a, 2, {}, async (_, { signal }) => {
      if (++begun === 2) throw own
      await aborted(signal)
      throw new Error('later')
    })
    expect(await errorOf(() => member.ended.promise)).to.equal(own)
  })

  it('call no consumer under a lock that is lost already, and ask for it again', async () => {
    const a = await given().open()
    const spied = new SpiedLocks(a)
    let lost = 0
    const acquire: Locks['acquire'] = async (name, options) => {
      const hold = await a.acquire(name, options)
      if (name !== 'orders/0' || lost++ > 0) return hold
      const { signal } = new AbortController()
      return { ...hold, name, fence: hold.fence, signal, state: 'lost', release: () => hold.release() } as typeof hold
    }
    Object.assign(spied, { acquire })
    const member = new Member(spied, 1)
    await given().until(() => member.running.size === 1)
    expect([lost, member.running.get(0)?.signal.aborted]).to.deep.equal([2, false])
    member.stop.abort()
    await member.ended.promise
  })

  it('tell of a consumer that does not end, and keep its partition until it does', async () => {
    const [a, b] = await given().two()
    const spied = new SpiedLocks(a)
    const stuck: number[] = []
    let told = 0
    const ends: (() => void)[] = []
    const first = new Member(spied, 2, { grace: '3s', onStuck: (partition) => void stuck.push(partition) }, (_, { signal }) => {
      signal.addEventListener('abort', () => told++)
      return new Promise<void>((resolve) => ends.push(resolve))
    })
    await given().until(() => ends.length === 2)
    const second = new Member(b, 2)
    await given().until(() => told === 1)
    spied.time.advance(2_999)
    expect(stuck).to.deep.equal([])
    spied.time.advance(1)
    expect(stuck).to.have.length(1)
    await given().settle()
    spied.time.advance(60_000)
    expect([stuck.length, second.running.size]).to.deep.equal([1, 0])
    for (const end of ends) end()
    await given().until(() => second.running.size === 1)
    expect(second.partitions).to.deep.equal(stuck)
    second.stop.abort()
    await second.ended.promise
    // The partition comes back, and is consumed anew. The other one rests after its consumer ended.
    await given().until(() => ends.length === 3)
    first.stop.abort()
    for (const end of ends) end()
    await first.ended.promise
    expect(spied.time.pendingMs).to.deep.equal([])
  })

  it('let two members of one client share, and more members than partitions wait', async () => {
    const a = await given().open()
    const members = [new Member(a, 2), new Member(a, 2), new Member(a, 2)]
    await given().until(() => isShared(2, members))
    expect(isShared(2, members)).to.equal(true)
    for (const { stop } of members) stop.abort()
    for (const { ended } of members) await ended.promise
  })

  it('leave what others hold under the name of the group aside', async () => {
    const [a, b] = await given().two()
    const others = [
      await b.acquire('orders#members', { mode: 'shared' }),
      await b.acquire('orders#members', { mode: 'shared', meta: { member: 5 } }),
    ]
    const member = new Member(a, 3)
    await given().until(() => member.running.size === 3)
    expect(member.partitions).to.deep.equal([0, 1, 2])
    member.stop.abort()
    await member.ended.promise
    for (const hold of others) await hold.release()
  })

  it('resolve at once if the signal was aborted before, and call no consumer', async () => {
    const spied = new SpiedLocks(await given().open())
    await consumers(spied, 'orders', { partitions: 2, signal: AbortSignal.abort() }, () => expect.fail('called'))
    await given().settle()
    expect((await spied.query('*')).held).to.deep.equal([])
  })

  it('refuse wrong arguments by their name, before anything is taken, and an engine that cannot watch', async () => {
    const spied = new SpiedLocks(await given().open())
    const consume = (): void => expect.fail('called')
    for (const [option, options] of [
      ['partitions', {}],
      ['partitions', { partitions: 0 }],
      ['partitions', { partitions: 1025 }],
      ['partitions', { partitions: Number.NaN }],
      ['pause', { partitions: 1, pause: -1 }],
      ['grace', { partitions: 1, grace: Number.POSITIVE_INFINITY }],
      ['onError', { partitions: 1, onError: 5 }],
      ['onStuck', { partitions: 1, onStuck: null }],
      ['signal', { partitions: 1, signal: {} }],
      ['wait', { partitions: 1, wait: 5 }],
      ['options', undefined],
    ] as const)
      expect(await errorOf(() => consumers(spied, 'orders', options as never, consume)), option).to.include({
        code: 'BAD_OPTION',
        option,
      })
    for (const group of ['', 'a*', 'x'.repeat(250), 5])
      expect(await errorOf(() => consumers(spied, group as string, { partitions: 1 }, consume))).to.include({
        code: 'BAD_OPTION',
        option: 'group',
      })
    expect(await errorOf(() => consumers(spied, 'orders', { partitions: 1 }, 5 as never))).to.include({ option: 'fn' })
    const cannot = new Error('cannot watch')
    Object.assign(spied, {
      watch: () => {
        throw cannot
      },
    })
    expect(await errorOf(() => consumers(spied, 'orders', { partitions: 1 }, consume))).to.equal(cannot)
    expect(spied.asked).to.deep.equal([])
  })
})

describe('the owners of partitions', () => {
  it('have even shares, whatever the order of the members, and few partitions move when one comes or goes', () => {
    let moved = 0
    let least = 0
    for (let round = 0; round < 50; round++)
      for (const size of [1, 2, 3, 7, 20]) {
        const members = Array.from({ length: size + 1 }, (_, i) => `member ${round}.${i}`)
        const many = partitionOwners(64, members)
        const few = partitionOwners(64, members.slice(0, size))
        expect(partitionOwners(64, members.toReversed())).to.deep.equal(many)
        const sizes = members.map((member) => many.filter((owner) => owner === member).length)
        expect(Math.max(...sizes) - Math.min(...sizes)).to.be.lessThan(2)
        moved += many.filter((owner, i) => owner !== few[i]).length
        least += Math.floor(64 / (size + 1))
      }
    expect(moved).to.be.lessThan(1.5 * least)
  })
})
