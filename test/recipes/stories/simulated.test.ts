/** Recipes on simulated nodes: their deadlines, pauses and timers go by virtual time, and their locks move on when a host dies. */
import { expect } from 'chai'
import type { Node } from '../../../lib/node/node.ts'
import { acquireAll } from '../../../lib/recipes/acquire-all.ts'
import { consumers } from '../../../lib/recipes/consumers.ts'
import { once } from '../../../lib/recipes/once.ts'
import { rwLock } from '../../../lib/recipes/rw-lock.ts'
import { semaphore } from '../../../lib/recipes/semaphore.ts'
import { announce, cached, discover, type StepRecord, steps, type StepStore } from '../../../lib/recipes/index.ts'
import { simulatedNode, Simulation } from '../../../lib/sim/index.ts'
import { errorOf, watch } from '../../port/engine.ts'

type Pool = ReturnType<typeof semaphore>
type SimWorld = ReturnType<Simulation['world']>

async function cluster(seed: number): Promise<{ simulation: Simulation; worlds: SimWorld[]; nodes: [Node, Node, Node] }> {
  const simulation = new Simulation({ seed })
  const join = ['a:7000', 'b:7000', 'c:7000']
  const worlds = ['a', 'b', 'c'].map((host) => simulation.world(host, { port: 7000 }))
  const nodes = await simulation.outcome(Promise.all(worlds.map((world) => simulatedNode(world, { join }))))
  return { simulation, worlds, nodes: nodes as [Node, Node, Node] }
}

describe('recipes on simulated nodes', () => {
  it('share one deadline in virtual time: the second lock has what the first one left', async () => {
    const {
      simulation,
      nodes: [a, b],
    } = await cluster(1)
    const [first, second] = [await simulation.outcome(b.acquire('a')), await simulation.outcome(b.acquire('b'))]
    const beganMs = simulation.time.nowMs
    const waiting = watch(acquireAll(a, ['a', 'b'], { wait: '10s' }))
    await simulation.runFor('8s')
    await first.release()
    await simulation.runFor('1s')
    expect(waiting.outcome).to.equal(undefined)
    await simulation.runUntil(() => waiting.outcome !== undefined, '1m')
    expect(simulation.time.nowMs - beganMs).to.be.within(10_000, 10_100)
    expect((waiting.outcome as { readonly error: unknown }).error).to.include({ code: 'TIMEOUT' })
    await second.release()
  })

  it('keep the lock of a short job for `atLeast` of virtual time', async () => {
    const {
      simulation,
      nodes: [a, b],
    } = await cluster(2)
    expect((await simulation.outcome(once(a, 'report', { atLeast: '1m' }, () => 7))).ran).to.equal(true)
    await simulation.runFor('58s')
    expect((await simulation.outcome(once(b, 'report', {}, () => 7))).ran).to.equal(false)
    await simulation.runFor('3s')
    expect((await simulation.outcome(once(b, 'report', {}, () => 7))).ran).to.equal(true)
  })

  it('agree on one number of permits when the host that sets it dies in the middle, and keep it', async () => {
    const numbers = new Set<number>()
    for (let seed = 10; seed < 30; seed++) {
      const { simulation, worlds, nodes } = await cluster(seed)
      const [a, b, c] = nodes.map((node) => semaphore(node, 'pool', { permits: 3, adjustable: true })) as Pool[]
      for (const pool of [a, b, c]) await (await simulation.outcome((pool as Pool).acquire())).release()
      const held = await simulation.outcome((b as Pool).acquire(2))
      const setting = watch((a as Pool).setPermits(5))
      await simulation.runFor(seed - 10)
      const isSet = setting.outcome !== undefined
      worlds[0]?.crash()
      await held.release()
      await simulation.runFor('10s')
      const all = await simulation.outcome((c as Pool).acquire((c as Pool).permits))
      expect((b as Pool).permits).to.equal(all.count)
      if (isSet) expect(all.count).to.equal(5)
      expect(await simulation.outcome((b as Pool).tryAcquire())).to.equal(null)
      await all.release()
      numbers.add(all.count)
    }
    expect([...numbers].sort()).to.deep.equal([3, 5])
  })

  it('lose a writer and all permits of a host that is cut off, before another host is granted them', async () => {
    for (const seed of [3, 4, 5]) {
      const { simulation, nodes } = await cluster(seed)
      const [a, b] = nodes
      const writer = await simulation.outcome(rwLock(a, 'file').write())
      const permits = await simulation.outcome(semaphore(a, 'pool', { permits: 3 }).acquire(3))
      const upgradable = await simulation.outcome(rwLock(a, 'other').upgradable())
      const held = [writer, permits, upgradable]
      simulation.network.faults.partition(['a'], ['b', 'c'])
      const next = [rwLock(b, 'file').write(), semaphore(b, 'pool', { permits: 3 }).acquire(2), rwLock(b, 'other').write()]
      const states = next.map(async (granted, i) => {
        await granted
        return held[i]?.state
      })
      expect(await simulation.outcome(Promise.all(states))).to.deep.equal(['lost', 'lost', 'lost'])
      expect(held.map(({ signal }) => (signal.reason as { readonly code?: string } | undefined)?.code)).to.deep.equal([
        'LOST',
        'LOST',
        'LOST',
      ])
    }
  })

  it('move the partitions of a host that is cut off after its consumers were told, and share them again when it is back', async () => {
    for (const seed of [6, 7]) {
      const { simulation, nodes } = await cluster(seed)
      const stop = new AbortController()
      const owners = new Map<number, { readonly host: number; readonly isOver: () => boolean }>()
      const overlaps: number[] = []
      const members = nodes.map((node, host) =>
        watch(
          consumers(node, 'orders', { partitions: 6, signal: stop.signal }, async (partition, { signal }) => {
            if (owners.get(partition)?.isOver() === false) overlaps.push(partition)
            owners.set(partition, { host, isOver: () => signal.aborted })
            await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
          }),
        ),
      )
      const sizes = (): string =>
        nodes.map((_, host) => [...owners.values()].filter((owner) => owner.host === host).length).join()
      await simulation.runUntil(() => sizes() === '2,2,2', '1m')
      simulation.network.faults.partition(['a'], ['b', 'c'])
      await simulation.runUntil(() => sizes() === '0,3,3', '1m')
      simulation.network.faults.heal()
      await simulation.runUntil(() => sizes() === '2,2,2', '2m')
      expect(overlaps).to.deep.equal([])
      stop.abort()
      await simulation.runUntil(() => members.every(({ outcome }) => outcome !== undefined), '1m')
      expect(members.map(({ outcome }) => outcome)).to.deep.equal(members.map(() => ({ value: undefined })))
    }
  })

  it('resume the steps of a host that is cut off on another one, and take nothing of it any more', async () => {
    for (const seed of [8, 9]) {
      const {
        simulation,
        nodes: [a, b],
      } = await cluster(seed)
      let stored: { readonly fence: bigint; readonly record?: StepRecord } = { fence: 0n }
      const note = (fence: bigint, record?: StepRecord): StepRecord | undefined => {
        if (fence < stored.fence) throw new Error('too old')
        stored = { ...stored, ...(record === undefined ? {} : { record }), fence }
        return stored.record
      }
      const store: StepStore = { open: (_, fence) => note(fence), save: (_, record, fence) => note(fence, record) }
      const ran: string[] = []
      let end: () => void = () => {}
      const listOn = (host: string) => [
        { name: 'one', run: () => void ran.push(`${host} one`), undo: () => void ran.push(`${host} undoes`) },
        {
          name: 'two',
          run: async () => {
            ran.push(`${host} two`)
            if (host === 'a') await new Promise<void>((resolve) => (end = resolve))
          },
        },
      ]
      const first = watch(steps(a, 'order', store, listOn('a')))
      await simulation.runUntil(() => ran.length === 2, '1m')
      simulation.network.faults.partition(['a'], ['b', 'c'])
      await simulation.outcome(steps(b, 'order', store, listOn('b')))
      end()
      await simulation.runUntil(() => first.outcome !== undefined, '1m')
      expect((first.outcome as { readonly error: unknown }).error).to.include({ code: 'LOST' })
      expect([ran, stored.record?.steps]).to.deep.equal([
        ['a one', 'a two', 'b two'],
        ['one', 'two'],
      ])
    }
  })

  it('find a host that was cut off again when it is back, and let its cache use no copy meanwhile', async () => {
    for (const seed of [10, 11]) {
      const {
        simulation,
        nodes: [a, b],
      } = await cluster(seed)
      const store = new Map<string, string>()
      const source = new Map([['eur', 'old']])
      const [one, two] = [a, b].map((node) =>
        cached<string>(node, 'rates', {
          ttl: '1h',
          get: (key) => store.get(key),
          load: (key) => source.get(key) as string,
          set: (key, value) => store.set(key, value),
          remove: (key) => store.delete(key),
        }),
      ) as [ReturnType<typeof cached<string>>, ReturnType<typeof cached<string>>]
      const announced = await simulation.outcome(announce(a, 'api', { url: 'a' }))
      const other = await simulation.outcome(announce(a, 'shop', { url: 'c' }))
      expect(await errorOf(() => other.update({ url: () => 'd' }))).to.include({ code: 'BAD_OPTION' })
      for (const cache of [one, two])
        for (let times = 0; times < 50 && cache.size === 0; times++) {
          expect(await simulation.outcome(cache.get('eur'))).to.equal('old')
          await simulation.runFor('100ms')
        }
      expect([one.size, two.size]).to.deep.equal([1, 1])
      simulation.network.faults.partition(['a'], ['b', 'c'])
      source.set('eur', 'new')
      await simulation.outcome(two.invalidate('eur'))
      expect(await simulation.outcome(two.get('eur'))).to.equal('new')
      await simulation.runUntil(() => !announced.isSeen, '1m')
      const updated = watch(announced.update({ url: 'b' }))
      expect(await simulation.outcome(one.get('eur'))).to.equal('new')
      let found = await simulation.outcome(discover(b, 'api'))
      for (let times = 0; times < 60 && found.length > 0; times++) {
        await simulation.runFor('1s')
        found = await simulation.outcome(discover(b, 'api'))
      }
      expect([found, one.size, updated.outcome]).to.deep.equal([[], 0, undefined])
      simulation.network.faults.heal()
      await simulation.runUntil(() => updated.outcome !== undefined, '2m')
      expect([updated.outcome, announced.isSeen]).to.deep.equal([{ value: undefined }, true])
      expect(await simulation.outcome(discover(b, 'api'))).to.deep.equal([{ id: a.id, tags: { url: 'b' } }])
      await simulation.runUntil(() => other.isSeen, '1m')
      expect(await simulation.outcome(discover(b, 'shop'))).to.deep.equal([{ id: a.id, tags: { url: 'c' } }])
      for (let times = 0; times < 50 && one.size === 0; times++) {
        expect(await simulation.outcome(one.get('eur'))).to.equal('new')
        await simulation.runFor('100ms')
      }
      expect(one.size).to.equal(1)
      source.set('eur', 'newer')
      await simulation.outcome(two.invalidate('eur'))
      await simulation.runUntil(() => one.size === 0, '10s')
      expect(await simulation.outcome(one.get('eur'))).to.equal('newer')
    }
  })
})
