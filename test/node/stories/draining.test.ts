import { expect } from 'chai'
import type { Hold } from '../../../lib/port/hold.ts'
import { simulatedNode } from '../../../lib/sim/node.ts'
import { Pool, rejection, type Worker } from '../pool.ts'

const codeOf = async (attempt: Promise<unknown>): Promise<string | undefined> => (await rejection(attempt)).code

describe('close drains', () => {
  let pool: Pool
  let a: Worker
  let b: Worker

  const nowMs = (): number => pool.simulation.time.nowMs
  /** Resolves when so much virtual time has passed. */
  const later = (ms: number): Promise<void> => new Promise((resolve) => pool.simulation.time.schedule(ms, resolve))
  /** How long the promise takes in virtual time. */
  const duration = async (promise: Promise<unknown>): Promise<number> => {
    const sinceMs = nowMs()
    await pool.outcome(promise)
    return nowMs() - sinceMs
  }

  beforeEach(async () => {
    pool = new Pool(31)
    ;[a, b] = (await pool.startAll(2)) as [Worker, Worker]
  })

  afterEach(() => pool.closeAll())

  it('a running withLock body is waited for, under its lock, longer than a session', async () => {
    const body = a.node.withLock('door', async (hold) => {
      await later(12_000)
      hold.check()
      return hold.signal.aborted
    })
    await pool.simulation.runFor(100)
    const next = b.node.acquire('door').then(nowMs)
    const closed = a.node.close({ drain: '20s' }).then(nowMs)
    expect(a.node.state).to.equal('draining')
    expect(await pool.outcome(body)).to.equal(false)
    const releasedMs = nowMs()
    expect(await pool.outcome(next)).to.be.within(releasedMs, releasedMs + 100)
    expect(await pool.outcome(closed)).to.be.within(releasedMs, releasedMs + 100)
    expect(a.node.state).to.equal('closed')
  })

  it('waiting and new requests reject with CLOSED at once, inside a withLock body too', async () => {
    const other = await pool.outcome(b.node.acquire('window'))
    const inside: string[] = []
    let shut: () => void = () => {}
    const body = a.node.withLock('door', async () => {
      await new Promise<void>((resolve) => (shut = resolve))
      inside.push((await codeOf(a.node.acquire('gate'))) ?? '', (await codeOf(a.node.tryAcquire('door'))) ?? '')
    })
    await pool.simulation.runFor(100)
    const waiting = [codeOf(a.node.acquire('window')), codeOf(a.node.withLock('window', () => {}))]
    await pool.simulation.runFor(100)
    const closed = a.node.close()
    const sinceMs = nowMs()
    expect(await Promise.all([...waiting, codeOf(a.node.acquire('gate'))])).to.deep.equal(['CLOSED', 'CLOSED', 'CLOSED'])
    expect(nowMs()).to.equal(sinceMs)
    shut()
    await pool.outcome(body)
    expect(inside).to.deep.equal(['CLOSED', 'CLOSED'])
    await pool.outcome(closed)
    expect(other.state).to.equal('held')
  })

  it('a request that close withdrew delays no other while the node drains', async () => {
    const hold = await pool.outcome(a.node.acquire('door'))
    const inTheWay = await pool.outcome(b.node.acquire('window'))
    const withdrawn = codeOf(a.node.acquire('window'))
    await pool.simulation.runFor(100)
    const closed = a.node.close({ drain: '30s' })
    await withdrawn
    const queue = b.node.acquire('window')
    await inTheWay.release()
    expect(await duration(queue)).to.be.lessThan(100)
    expect((await pool.outcome(b.node.query('window'))).pending).to.deep.equal([])
    await hold.release()
    await pool.outcome(closed)
  })

  it('after 5 s, unless it is told otherwise, the holds that are left are lost by one cause, and then the lock moves on', async () => {
    for (const [drain, ms] of [
      [undefined, 5000],
      ['200ms', 200],
    ] as const) {
      const worker = await pool.start()
      const hold = await pool.outcome(worker.node.acquire('door'))
      const next = b.node.acquire('door')
      const lostAt = new Promise<number>((resolve) => hold.signal.addEventListener('abort', () => resolve(nowMs())))
      const sinceMs = nowMs()
      const closed = worker.node.close(drain === undefined ? undefined : { drain }).then(nowMs)
      expect((await pool.outcome(lostAt)) - sinceMs).to.equal(ms)
      expect(hold.signal.reason).to.include({ code: 'LOST', reason: 'closed' })
      expect(hold.signal.reason.message).to.match(new RegExp(`the node was closed, and ${ms} ms of drain passed`))
      const granted = await pool.outcome(next)
      expect(granted.fence > hold.fence).to.equal(true)
      expect((await pool.outcome(closed)) - sinceMs).to.be.within(ms, ms + 100)
      await granted.release()
    }
  })

  it('a drain of 0 waits for nothing: the holds are lost before close returns', async () => {
    const hold = await pool.outcome(a.node.acquire('door'))
    const closed = a.node.close({ drain: 0 })
    expect([hold.state, hold.signal.aborted, a.node.state]).to.deep.equal(['lost', true, 'closing'])
    expect(await duration(closed)).to.be.lessThan(100)
  })

  it('without a hold there is nothing to wait for', async () => {
    expect(await duration(a.node.close())).to.be.lessThan(100)
  })

  it('the last release ends it', async () => {
    const holds = (await pool.outcome(Promise.all(['door', 'gate'].map((name) => a.node.acquire(name))))) as [Hold, Hold]
    const closed = a.node.close()
    await holds[0].release()
    await pool.simulation.runFor(1000)
    expect([a.node.state, holds[1].state]).to.deep.equal(['draining', 'held'])
    expect(await holds[1].release()).to.equal('released')
    expect(await duration(closed)).to.be.lessThan(100)
  })

  it('a second call gives the same promise, and its drain shortens the wait but never prolongs it', async () => {
    const hold = await pool.outcome(a.node.acquire('door'))
    const sinceMs = nowMs()
    const lostAt = new Promise<number>((resolve) => hold.signal.addEventListener('abort', () => resolve(nowMs())))
    const closed = a.node.close({ drain: '4s' })
    await pool.simulation.runFor(1000)
    for (const options of [undefined, {}, { drain: '1m' } as const]) expect(a.node.close(options)).to.equal(closed)
    expect(a.node.close({ drain: '2s' })).to.equal(closed)
    expect((await pool.outcome(lostAt)) - sinceMs).to.equal(3000)
    await pool.outcome(closed)
    expect(a.node.close()).to.equal(closed)
  })

  it('a second call with 0 ends it at once', async () => {
    const hold = await pool.outcome(a.node.acquire('door'))
    const closed = a.node.close({ drain: '1m' })
    await pool.simulation.runFor(1000)
    void a.node.close({ drain: 0 })
    expect(await duration(closed)).to.be.lessThan(100)
    expect(hold.signal.reason).to.include({ code: 'LOST', reason: 'closed' })
  })

  it('the end of the session ends it', async () => {
    const hold = await pool.outcome(a.node.acquire('door'))
    const closed = a.node.close({ drain: '10m' })
    await pool.simulation.runFor(100)
    a.world.pause()
    await pool.simulation.runFor(6000)
    a.world.resume()
    expect(await duration(closed)).to.be.lessThan(1000)
    expect(hold.signal.reason).to.include({ code: 'LOST', reason: 'session' })
  })

  it('the node stays a member meanwhile, through views that come and go, and can be asked', async () => {
    const hold = await pool.outcome(a.node.acquire('door'))
    const closed = a.node.close({ drain: '1m' })
    const c = await pool.outcome(simulatedNode(pool.world('host')))
    await pool.simulation.runFor(10_000)
    await pool.outcome(b.node.close())
    await pool.simulation.runFor(1000)
    expect([a.node.state, hold.state, a.node.members.length]).to.deep.equal(['draining', 'held', 2])
    expect((await pool.outcome(a.node.query('door'))).held).to.have.length(1)
    expect((await pool.outcome(a.node.explain('door'))).cases).not.to.deep.equal([])
    expect(await pool.outcome(c.tryAcquire('door'))).to.equal(null)
    await hold.release()
    await pool.outcome(closed)
    expect(await codeOf(a.node.query())).to.equal('CLOSED')
    await pool.outcome(c.close())
  })

  it('with an option that is wrong close rejects, and closes nothing', async () => {
    for (const options of [{ drain: 'soon' }, { drain: -1 }, { wait: '5s' }, 5] as object[]) {
      expect(await codeOf(a.node.close(options))).to.equal('BAD_OPTION')
      expect(a.node.state).to.equal('active')
    }
    await pool.outcome(a.node.withLock('door', () => {}))
  })

  it('`await using` drains as well', async () => {
    let finishedMs = 0
    let body: Promise<void> | undefined
    const scope = async (): Promise<number> => {
      {
        await using node = await simulatedNode(pool.world('host'))
        body = node.withLock('door', async () => {
          await later(3000)
          finishedMs = nowMs()
        })
        await later(100)
      }
      return nowMs()
    }
    const endedMs = await pool.outcome(scope())
    await pool.outcome(body as Promise<void>)
    expect(endedMs).to.be.within(finishedMs, finishedMs + 100)
  })
})
