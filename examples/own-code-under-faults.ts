/**
 * Code of one's own under faults: a worker that books amounts into an account under a lock, run on virtual time while its
 * processes crash and pause, from many seeds in a second.
 *
 *   npx tsx examples/own-code-under-faults.ts
 *
 * The worker is written twice. The careless one looks at nothing once it has the lock: in some seed it sleeps for longer than
 * its session, wakes, and writes over what another has booked meanwhile. The careful one shows its fence to the account
 * before it reads and when it writes, and the account refuses a lower one than it has seen. You will see the seed that finds
 * the mistake, what happened in it, and that the same seeds find nothing wrong with the other.
 */
import type { Hold, Node } from '../lib/index.ts'
import { Simulation, simulatedNode, type SimWorld } from '../lib/sim/index.ts'

/** What the lock guards: a store like any other, which knows of no locks but can compare numbers. */
class Account {
  balance = 0
  private fence = 0n

  /** False when somebody with a later fence was here. Asked before reading too, or an earlier writer could come in between. */
  admits(fence: bigint): boolean {
    if (fence < this.fence) return false
    this.fence = fence
    return true
  }
}

type IsAdmitted = (account: Account, hold: Hold) => boolean
const careless: IsAdmitted = () => true
const careful: IsAdmitted = (account, hold) => account.admits(hold.fence)

/** One worker process: reads, thinks for a while, writes back; says how many bookings went through. */
async function work(
  world: SimWorld,
  node: Node,
  account: Account,
  isAdmitted: IsAdmitted,
  log: (text: string) => void,
): Promise<number> {
  let booked = 0
  for (let i = 0; i < 5; i++) {
    const hold = await node.acquire('account')
    const balance = isAdmitted(account, hold) ? account.balance : null
    // On virtual time one waits by the world's timers; a pause of the process makes them late.
    await new Promise<void>((resolve) => world.setTimer(20 + world.random.below(200), resolve))
    if (balance !== null && isAdmitted(account, hold)) {
      account.balance = balance + 1
      booked++
    } else log(`${node.id} is turned away: fence ${hold.fence} is too old`)
    await hold.release()
  }
  return booked
}

/** Three workers, one of which stands still now and then for longer than its session. */
async function run(seed: number, isAdmitted: IsAdmitted): Promise<{ balance: number; booked: number; story: string[] }> {
  const simulation = new Simulation({ seed })
  const story: string[] = []
  const log = (text: string): void => void story.push(`${simulation.time.nowMs.toFixed(0).padStart(7)} ms  ${text}`)
  const account = new Account()
  const worlds = ['one', 'two', 'three'].map((host) => simulation.world(host, { port: 7000 }))
  const options = { join: ['one:7000', 'two:7000', 'three:7000'], profile: { base: 'lan', session: '1s' } } as const
  const nodes = await simulation.outcome(Promise.all(worlds.map((world) => simulatedNode(world, options))))
  const [victim] = worlds as [SimWorld, SimWorld, SimWorld]
  const standsStillAtMs = simulation.random.below(1500)
  simulation.time.schedule(standsStillAtMs, () => {
    log('one stands still')
    victim.pause()
  })
  simulation.time.schedule(standsStillAtMs + 4000, () => {
    log('one goes on')
    victim.resume()
  })
  const working = nodes.map((node, i) => work(worlds[i] as SimWorld, node, account, isAdmitted, log))
  const booked = (await simulation.outcome(Promise.all(working))).reduce((sum, each) => sum + each, 0)
  await simulation.outcome(Promise.all(nodes.map((node) => node.close())))
  return { balance: account.balance, booked, story }
}

/** The first seed in which bookings were lost. */
async function hunt(isAdmitted: IsAdmitted, seeds: number): Promise<number | null> {
  for (let seed = 1; seed <= seeds; seed++) {
    const { balance, booked } = await run(seed, isAdmitted)
    if (balance !== booked) return seed
  }
  return null
}

const seed = await hunt(careless, 50)
if (seed === null) throw new Error('the careless worker got away with it')
const { balance, booked, story } = await run(seed, careless)
console.log(`careless: in seed ${seed} the balance is ${balance} after ${booked} bookings`)
console.log(story.join('\n'))
const other = await hunt(careful, 50)
if (other !== null) throw new Error(`the careful worker loses a booking in seed ${other}`)
const again = await run(seed, careful)
console.log(`careful: 50 seeds and nothing lost; in seed ${seed} the balance is ${again.balance} after ${again.booked} bookings`)
console.log(again.story.join('\n'))
