import { expect } from 'chai'
import { Pool, type Worker } from '../pool.ts'

const hosts = ['one', 'two', 'three', 'four', 'five']
const join = hosts.map((host) => `${host}:7000`)

/** Who is a member at each node, and under which id each node goes. */
const standing = ({ workers }: Pool): string =>
  JSON.stringify(workers.map(({ node }) => [node.id, node.members.map(({ id }) => id).sort()]))

describe('no member is removed falsely', () => {
  const settings = {
    'on one host': { options: {}, hostOf: () => 'host' },
    'on five hosts': { options: { join }, hostOf: (index: number) => hosts[index] as string },
  } as const

  for (const [where, { options, hostOf }] of Object.entries(settings)) {
    it(`by a minute in which every twentieth frame is lost, ${where}`, async () => {
      for (const seed of [1, 2, 3]) {
        const pool = new Pool(seed)
        const workers = await pool.startAll(5, options, hostOf)
        const before = standing(pool)
        const places = [...new Set(workers.map((_, index) => hostOf(index)))]
        for (const from of places) for (const to of places) pool.simulation.network.faults.lose(from, to, 0.05)
        for (let second = 0; second < 60; second++) {
          const { node } = workers[second % 5] as Worker
          const hold = await pool.outcome(node.acquire('lock'))
          await pool.simulation.runFor(1_000)
          await pool.outcome(hold.release())
        }
        expect(standing(pool), `seed ${seed}`).to.equal(before)
        for (const from of places) for (const to of places) pool.simulation.network.faults.lose(from, to, 0)
        await pool.closeAll()
      }
    })

    it(`by an event loop that is blocked for two seconds, ${where}, and what it held it still holds`, async () => {
      for (let place = 0; place < 5; place++) {
        const pool = new Pool(place + 1)
        const workers = await pool.startAll(5, options, hostOf)
        const before = standing(pool)
        const { node, world } = workers[place] as Worker
        const hold = await pool.outcome(node.acquire('lock'))
        await pool.simulation.runFor(place * 170)
        world.pause()
        await pool.simulation.runFor(2_000)
        world.resume()
        await pool.simulation.runFor(5_000)
        expect(standing(pool), `the member at place ${place}`).to.equal(before)
        expect(hold.state).to.equal('held')
        await pool.outcome(hold.release())
        await pool.closeAll()
      }
    })
  }
})
