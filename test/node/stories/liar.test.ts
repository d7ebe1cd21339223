import { expect } from 'chai'
import { seededRandom } from '../../../lib/base/random.ts'
import { algorithms } from '../../../lib/mutex/algorithms.ts'
import type { Life } from '../../../lib/node/life.ts'
import type { Message } from '../../../lib/wire/messages.ts'
import { draw, factsOf, messageTypes } from '../hostile.ts'
import { Pool, type Worker } from '../pool.ts'

const hosts = ['one', 'two', 'three', 'four']
const join = hosts.slice(0, 3).map((host) => `${host}:7000`)
const locks = ['door', 'gate', 'wicket']

/** Sends under a member's own id, past everything that would keep an honest member from saying it. */
function say({ node }: Worker, to: string, message: Message): void {
  const { tenure } = (node as unknown as { readonly life: Life }).life
  tenure?.links.send(to, message)
  tenure?.links.sendLoose(to, message)
}

/**
 * What a member that lies may break is told in the threat model; here it is what it may not: nothing that it says gets out
 * of a handler or a timer, no process ends, and once it is gone the others are a cluster again.
 */
describe('a member that says every message at every time', function () {
  this.timeout(60_000)

  for (const register of ['local', 'quorum'] as const) {
    // What an algorithm is told does not depend on the register.
    for (const { name: algorithm } of register === 'local' ? algorithms : algorithms.slice(0, 1)) {
      it(`ends no process (${algorithm}, ${register} register)`, async () => {
        const pool = new Pool(1)
        const options = { algorithm, ...(register === 'quorum' ? { join } : {}) }
        const hostOf = (index: number): string => (register === 'quorum' ? (hosts[index] as string) : 'host')
        const workers = await pool.startAll(4, options, hostOf)
        for (const { world } of workers) world.failsFast = false
        const [honest, liar] = [workers.slice(0, 3), workers[3] as Worker]
        const random = seededRandom(1)
        let isOver = false
        const users = honest.map(async ({ node, world }) => {
          while (!isOver) {
            const hold = await node.acquire(locks[random.below(locks.length)] as string, { wait: 300 }).catch(() => null)
            await new Promise<void>((resolve) => world.setTimer(5, resolve))
            await hold?.release().catch(() => undefined)
          }
        })
        for (let round = 0; round < messageTypes.length * 8; round++) {
          const type = messageTypes[round % messageTypes.length] as (typeof messageTypes)[number]
          // It orders a founding with a list of its own, which an observer may too: recover.test.ts.
          if (type === 'recover.found') continue
          for (const { node } of honest) {
            if (node.view === null) continue
            say(liar, node.id, draw(type, factsOf(node, liar.node.id, locks, random)))
          }
          await pool.simulation.runFor(10)
        }
        isOver = true
        liar.world.crash()
        await pool.simulation.runFor(60_000)
        await pool.outcome(Promise.all(users), 120_000)
        for (const { world } of honest) expect(world.isAlive).to.equal(true)
        await pool.agree(120_000)
        const hold = await pool.outcome((honest[0] as Worker).node.acquire('door', { wait: 60_000 }), 120_000)
        expect(hold.state).to.equal('held')
        await pool.outcome(hold.release())
        await pool.closeAll()
      })
    }
  }

  it('and what an algorithm cannot go on after ends its session, with the message and its sender named', async () => {
    const pool = new Pool(3)
    const workers = await pool.startAll(2, { algorithm: 'token-ring' })
    for (const { world } of workers) world.failsFast = false
    const [victim, liar] = workers as [Worker, Worker]
    const hold = await pool.outcome(victim.node.acquire('door'))
    const { id, view } = victim.node
    const facts = factsOf(victim.node, liar.node.id, ['door'], seededRandom(1))
    const lie = { ...draw('lock', facts), view: { epoch: view?.epoch, digest: 0 } } as Message
    const { tenure } = (victim.node as unknown as { readonly life: Life }).life
    const body = { kind: 'token', starter: liar.node.id, hops: 1, homing: false } as const
    say(liar, id, { ...lie, view: tenure?.views.id, counter: 1, body } as Message)
    await pool.simulation.runFor(5000)
    const ended = victim.events.find((event) => event.type === 'sessionEnded')
    expect(ended).to.deep.equal({
      type: 'sessionEnded',
      reason: 'failed',
      message: `'lock' of ${liar.node.id} could not be handled: there is one token`,
    })
    expect(hold.state).to.equal('lost')
    expect(victim.node.id).not.to.equal(id)
    await pool.agree()
    await pool.closeAll()
  })
})
