import { expect } from 'chai'
import { Pool, rejection } from '../pool.ts'

describe('algorithms that need one number of permits', () => {
  let pool: Pool
  beforeEach(() => {
    pool = new Pool(11)
  })
  afterEach(() => pool.closeAll())

  it('raymond-k refuses permits whose number the cluster does not know, and says the cure', async () => {
    const [a] = await pool.startAll(2, { algorithm: 'raymond-k' })
    const error = await pool.outcome(rejection(a?.node.acquire('slots', { mode: 2 }) ?? Promise.resolve()))
    expect(error).to.include({ code: 'BAD_OPTION' })
    expect(String(error)).to.match(/permits: \{ 'slots': 2 \}/)
  })

  it('an algorithm without permits refuses a lock that has a number of them, and names the algorithms to choose', async () => {
    const [a] = await pool.startAll(2, { algorithm: 'token-ring', permits: { slots: 2 } })
    if (a === undefined) throw new Error('two were started')
    const { node } = a
    for (const asked of [() => node.acquire('slots'), () => node.acquire('slots', {}), () => node.tryAcquire('slots')]) {
      const error = await pool.outcome(rejection(asked()))
      expect(error).to.include({ code: 'BAD_OPTION', option: 'mode' })
      expect(error.message).to.match(
        /'slots', token-ring, has no mode 'permits', only exclusive\. .*createNode\(\{ algorithm \}\) one of .*ricart-agrawala/,
      )
    }
    await (await pool.outcome(node.acquire('slots', { mode: 'exclusive' }))).release()
    const error = await rejection(node.acquire('door', { mode: 'upgradable' }))
    expect(error.message).to.match(
      /token-ring, has no mode 'upgradable', only exclusive\. .*createNode\(\{ algorithm \}\) one of .*home-queue/,
    )
  })

  it('raymond-k lets two members use two permits, and a third waits', async () => {
    const workers = await pool.startAll(3, { algorithm: 'raymond-k', permits: { slots: 2 } })
    const asked = workers.map(({ node }) => node.acquire('slots'))
    const first = await pool.outcome(Promise.race(asked))
    await pool.simulation.runFor(1000)
    expect((await pool.outcome(workers[0]?.node.query('slots') ?? Promise.reject())).held).to.have.length(2)
    await first.release()
    const holds = await pool.outcome(Promise.all(asked))
    for (const hold of holds) await hold.release()
  })

  it('raymond-k:many lets one member use all of them', async () => {
    const [a, b] = await pool.startAll(2, { algorithm: 'raymond-k:many', permits: { slots: 3 } })
    if (a === undefined || b === undefined) throw new Error('two were started')
    const holds = await pool.outcome(Promise.all([a, a, b].map(({ node }) => node.acquire('slots'))))
    expect(await pool.outcome(b.node.tryAcquire('slots'))).to.equal(null)
    for (const hold of holds) await hold.release()
  })
})
