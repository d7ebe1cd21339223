/** Reentrant requests on simulated nodes, with a loss in the middle. */
import { expect } from 'chai'
import type { Hold } from '../../../lib/port/hold.ts'
import { createNode } from '../../../lib/index.ts'
import { simulatedNode, Simulation } from '../../../lib/sim/index.ts'
import { errorOf, watch } from '../engine.ts'

const reentrant = { reentrant: true, wait: '1m' } as const

describe('a reentrant hold on simulated nodes', () => {
  it('lets the event loop take its input in a loop of nested requests, so that the session is renewed', async () => {
    const node = await createNode({ join: 'memory', cluster: `nested ${process.pid}` })
    await node.withLock('door', reentrant, async () => {
      let turns = 0
      setImmediate(() => turns++)
      for (let i = 0; i < 200; i++) await (await node.acquire('door', reentrant)).release()
      expect(turns).to.equal(1)
    })
    await node.close()
  })

  it('is lost at all its levels when its host is cut off, nothing nests into it, and another host is granted the lock after that', async () => {
    for (const seed of [1, 2, 3]) {
      const simulation = new Simulation({ seed })
      const join = ['a:7000', 'b:7000', 'c:7000']
      const worlds = ['a', 'b', 'c'].map((host) => simulation.world(host, { port: 7000 }))
      const nodes = await simulation.outcome(Promise.all(worlds.map((world) => simulatedNode(world, { join }))))
      const [a, b] = nodes as [(typeof nodes)[number], (typeof nodes)[number]]
      const levels: Hold[] = []
      const seen: unknown[] = []
      let go = (): void => {}
      const opened = new Promise<void>((resolve) => {
        go = resolve
      })
      const body = watch(
        a.withLock('door', reentrant, (outer) =>
          a.withLock('door', reentrant, async (inner) => {
            levels.push(outer, inner)
            // A sibling waits for the level of the other one.
            const held = await a.acquire('door', reentrant)
            const waiting = errorOf(() => a.acquire('door', reentrant))
            seen.push(await waiting)
            await opened
            seen.push(await errorOf(() => a.acquire('door', reentrant)), await held.release())
          }),
        ),
      )
      await simulation.runUntil(() => levels.length === 2, '1m')
      simulation.network.faults.partition(['a'], ['b', 'c'])
      const states = b.acquire('door').then(async (hold) => {
        const found = levels.map(({ state }) => state)
        await hold.release()
        return found
      })
      expect(await simulation.outcome(states)).to.deep.equal(['lost', 'lost'])
      simulation.network.faults.heal()
      go()
      await simulation.runUntil(() => body.outcome !== undefined, '1m')
      const { error } = body.outcome as { readonly error: unknown }
      expect(error).to.include({ code: 'LOST' })
      expect(seen).to.deep.equal([error, error, 'lost'])
      expect(levels.map(({ signal }) => signal.reason)).to.deep.equal([error, error])
      expect(await simulation.outcome(a.withLock('door', reentrant, (hold) => hold.state))).to.equal('held')
    }
  })
})
