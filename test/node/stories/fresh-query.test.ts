import { expect } from 'chai'
import { Pool, rejection, type Worker } from '../pool.ts'

describe('a fresh report of locks', () => {
  let pool: Pool
  let a: Worker
  let b: Worker
  let c: Worker

  beforeEach(async () => {
    pool = new Pool(23)
    ;[a, b, c] = (await pool.startAll(3)) as [Worker, Worker, Worker]
  })

  afterEach(() => pool.closeAll())

  it('has the answer of each member, and the place of each waiter', async () => {
    const hold = await pool.outcome(a.node.acquire('door'))
    const waiting = [b.node.acquire('door')]
    await pool.simulation.runFor(20)
    waiting.push(c.node.acquire('door'), b.node.acquire('door'))
    await pool.simulation.runFor(20)
    const report = await pool.outcome(c.node.query('door', { fresh: true }))
    expect(report.held.map(({ holder }) => holder)).to.deep.equal([a.node.id])
    const places = report.pending.map(({ node, place }) => [place, node]).sort()
    expect(places.map(([place]) => place)).to.deep.equal([1, 2, 3])
    expect(places[0]?.[1]).to.equal(b.node.id)
    await hold.release()
    await pool.outcome(Promise.all(waiting.map(async (next) => (await next).release())))
  })

  it('is waited for while a member stands still, and has that member then, which another report only names', async () => {
    const hold = await pool.outcome(b.node.acquire('door'))
    b.world.pause()
    const before = await pool.outcome(a.node.query('door'))
    expect(before.unanswered).to.deep.equal([b.node.id])
    const asked = a.node.query('door', { fresh: true })
    await pool.simulation.runFor(300)
    b.world.resume()
    const report = await pool.outcome(asked)
    expect(report.unanswered).to.deep.equal([])
    expect(report.held.map(({ holder }) => holder)).to.deep.equal([b.node.id])
    await hold.release()
  })

  it('goes on without a member that dies, when the others have given it up', async () => {
    c.world.crash()
    const report = await pool.outcome(a.node.query('*', { fresh: true }))
    expect(report.unanswered).to.deep.equal([])
    expect(a.node.members).to.have.length(2)
  })

  it('ends by its deadline, its signal and the end of the node, and says who did not answer', async () => {
    b.world.pause()
    const late = await pool.outcome(rejection(a.node.query('*', { fresh: true, wait: 2200 })))
    expect(late).to.include({ code: 'TIMEOUT' })
    expect(late.message).to.include(`${b.node.id} did not answer`)
    const aborter = new AbortController()
    const aborted = rejection(a.node.query('*', { fresh: true, signal: aborter.signal }))
    aborter.abort()
    expect(await pool.outcome(aborted)).to.include({ code: 'ABORTED' })
    const closed = rejection(a.node.query('*', { fresh: true }))
    await pool.outcome(a.node.close())
    expect(await pool.outcome(closed)).to.include({ code: 'CLOSED' })
    b.world.resume()
  })

  it('refuses wrong options', async () => {
    for (const [options, option] of [
      [{ fresh: 1 }, 'fresh'],
      [{ wait: 0 }, 'wait'],
      [{ signal: {} }, 'signal'],
      [{ quick: true }, 'quick'],
    ] as const)
      expect(await rejection(a.node.query('*', options as never)), option).to.include({ code: 'BAD_OPTION', option })
  })
})
