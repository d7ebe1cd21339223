import { expect } from 'chai'
import { rendezvous } from '../../../lib/base/hash.ts'
import { Pool, type Worker } from '../pool.ts'

const hosts = ['one', 'two', 'three', 'four', 'five']
const join = hosts.map((host) => `${host}:7000`)
const sessionMs = 3000

for (const algorithm of ['home-queue', 'carvalho-roucairol', 'ricart-agrawala', 'token-ring'] as const) {
  describe(`a node of five dies without a word (${algorithm})`, () => {
    let pool: Pool
    let dead: Worker
    let survivor: Worker
    let others: Worker[]

    beforeEach(async () => {
      pool = new Pool(5)
      const workers = await pool.startAll(5, { join, algorithm }, (index) => hosts[index] as string)
      survivor = workers[1] as Worker
      others = workers.slice(2)
      dead = workers[0] as Worker
      // The founding's own quarantine is over, for every node.
      await pool.simulation.runFor(2 * sessionMs)
    })

    afterEach(() => pool.closeAll())

    /** A lock whose token, if it has one, rests at another node: where it begins, the dead node could enter at any time. */
    function lockElsewhere(name: string): string {
      const ids = dead.node.members.map(({ id }) => id)
      for (let i = 0; ; i++) if (rendezvous(`${name}${i}`, ids) !== dead.node.id) return `${name}${i}`
    }

    /** Kills the first, and tells when the survivor believed it. */
    async function kill(): Promise<number> {
      const { simulation } = pool
      dead.world.crash({ silently: true })
      const isDown = (): boolean => survivor.events.some((event) => event.type === 'peerDown')
      expect(await simulation.runUntil(isDown, 30_000)).to.equal(true)
      return simulation.time.nowMs
    }

    it('a lock that it could not hold is stalled for the detection and less than 200 ms more', async () => {
      const { simulation } = pool
      const [used, untouched] = [lockElsewhere('used'), lockElsewhere('untouched')]
      // Used by others, among them the node that then died, but long ago.
      for (const each of [dead, ...others]) await (await pool.outcome(each.node.acquire(used))).release()
      const hold = await pool.outcome((others[0] as Worker).node.acquire('held'))
      await simulation.runFor(20_000)
      const downAtMs = await kill()
      // A request on a ring would send the token to the dead one, as long as that is a member.
      if (algorithm === 'token-ring') await simulation.runUntil(() => survivor.node.members.length === 4, 1000)
      await pool.outcome(survivor.node.acquire(used))
      await pool.outcome(survivor.node.acquire(untouched))
      const waiting = survivor.node.acquire('held')
      await hold.release()
      await pool.outcome(waiting)
      expect(simulation.time.nowMs - downAtMs).to.be.below(200)
    })

    it('a lock that it held is waited out: not much longer than its session can last, however late it was missed', async () => {
      const { simulation } = pool
      await pool.outcome(dead.node.acquire('held by the dead'))
      const diedAtMs = simulation.time.nowMs
      await kill()
      const next = await pool.outcome(survivor.node.acquire('held by the dead'))
      // Its latest renewal began at the latest when it died.
      expect(simulation.time.nowMs - diedAtMs).to.be.within(sessionMs * 0.75, sessionMs + 1500)
      expect(next.state).to.equal('held')
    })
  })
}
