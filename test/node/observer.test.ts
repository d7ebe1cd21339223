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
