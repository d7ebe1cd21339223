import { expect } from 'chai'
import { type Observer, startObserver } from '../../lib/node/observer.ts'
import { parseOptions } from '../../lib/node/options.ts'
import { Pool, rejection, type Worker } from './pool.ts'

const hosts = ['one', 'two', 'three']
const join = hosts.map((host) => `${host}:7000`)

describe('an observer', () => {
  let pool: Pool
  let workers: Worker[]
  beforeEach(async () => {
    pool = new Pool(31)
    workers = await pool.startAll(3, { join }, (index) => hosts[index] as string)
  })
  afterEach(() => pool.closeAll())

  async function observerOf(addresses: readonly string[]): Promise<Observer> {
    return await pool.outcome(startObserver(pool.simulation.world('desk'), parseOptions({ join: addresses })))
  }

  /** What each question is rejected with. */
  async function codes(observer: Observer): Promise<readonly (string | undefined)[]> {
    const questions = [observer.members(), observer.locks(), observer.explain('door'), observer.recover(join)]
    const errors = await pool.outcome(Promise.all(questions.map((question) => rejection(question))))
    return errors.map(({ code }) => code)
  }

  it('of a node without a majority says NO_QUORUM, since that node did answer, and names it', async () => {
    for (const { world } of workers.slice(1)) world.crash({ silently: true })
    await pool.simulation.runFor(10_000)
    const observer = await observerOf(['one:7000'])
    expect(await pool.outcome(observer.members())).to.deep.equal({ cluster: 'default', epoch: 0, members: [] })
    for (const question of [observer.explain('door'), observer.locks()]) {
      const error = await pool.outcome(rejection(question))
      expect(error.code).to.equal('NO_QUORUM')
      expect(error.message).to.match(/answers at one:7000 is in no view at present/)
    }
    await pool.outcome(observer.close())
  })

  it('says TIMEOUT when who was there is gone', async () => {
    const observer = await observerOf(['one:7000'])
    ;(workers[0] as Worker).world.crash()
    expect(await codes(observer)).to.deep.equal(['TIMEOUT', 'TIMEOUT', 'TIMEOUT', 'TIMEOUT'])
    await pool.outcome(observer.close())
  })

  it('watches locks as a node does, through a cut connection and a view change, and ends with CLOSED', async () => {
    const [a, b] = workers as [Worker, Worker, Worker]
    const observer = await observerOf(join)
    const holders: string[] = []
    const reading = (async () => {
      for await (const { held } of observer.watch('door')) {
        const holder = held[0]?.holder ?? 'free'
        // A waiter that came or went is a change as well.
        if (holder !== holders.at(-1)) holders.push(holder)
      }
    })()
    await pool.simulation.runFor(500)
    expect(holders).to.deep.equal(['free'])
    const hold = await pool.outcome(a.node.acquire('door'))
    await pool.simulation.runFor(500)
    pool.simulation.network.faults.cut('desk', 'one')
    await pool.simulation.runFor(3000)
    await hold.release()
    await pool.simulation.runFor(500)
    expect(holders).to.deep.equal(['free', a.node.id, 'free'])
    await pool.outcome(b.node.acquire('door'))
    await pool.simulation.runFor(500)
    expect(holders).to.deep.equal(['free', a.node.id, 'free', b.node.id])
    b.world.crash()
    await pool.agree()
    await pool.simulation.runFor(3000)
    expect(holders.at(-1)).to.equal('free')
    const again = rejection(reading)
    await pool.outcome(observer.close())
    expect((await again).code).to.equal('CLOSED')
    expect(() => observer.watch())
      .to.throw()
      .that.includes({ code: 'CLOSED' })
  })

  it('that is closed rejects every question with CLOSED', async () => {
    const observer = await observerOf(join)
    await pool.outcome(observer.close())
    expect(await codes(observer)).to.deep.equal(['CLOSED', 'CLOSED', 'CLOSED', 'CLOSED'])
  })

  it('says so of what it was just asked, too', async () => {
    const observer = await observerOf(join)
    const asked = codes(observer)
    const closing = observer.close()
    expect(await asked).to.deep.equal(['CLOSED', 'CLOSED', 'CLOSED', 'CLOSED'])
    await pool.outcome(closing)
  })
})
