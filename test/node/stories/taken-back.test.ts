/**
 * What was checked when a call began may have changed at any turn of the loop after it: the node closes, the signal aborts, the
 * session ends. Each call is interrupted at each of its turns, and must settle with the right code and leave nothing behind.
 */
import { expect } from 'chai'
import type { Hold } from '../../../lib/port/hold.ts'
import type { Node } from '../../../lib/node/node.ts'
import { algorithms } from '../../../lib/mutex/algorithms.ts'
import { Pool, type Worker } from '../pool.ts'

/** Turns at which a call is interrupted: microtasks first, then events of the simulation. */
const microtasks = 4
const turns = 10
/** So many grants without a message lead to the one that waits for the loop to take its input. */
const burst = 64

/** What a call came to: a code, or what it resolved with. */
function outcomeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: unknown) => (error as { code?: string }).code ?? error)
}

function withAbort(): { signal: AbortSignal; abort(): void } {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort() }
}

function isHold(value: unknown): value is Hold {
  return typeof value === 'object' && value !== null && 'fence' in value
}

describe('a call that is taken back', () => {
  let pool: Pool

  beforeEach(() => {
    pool = new Pool(5)
  })

  afterEach(async () => {
    await pool.closeAll()
    for (const { world } of pool.workers) expect(world.timerCount, 'timers left').to.equal(0)
  })

  async function pass(turn: number): Promise<void> {
    for (let i = 0; i < Math.min(turn, microtasks); i++) await Promise.resolve()
    for (let i = microtasks; i < turn; i++) {
      pool.simulation.time.step()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** Grants in a row that need no message, as in a worker's loop. */
  async function loop(node: Node): Promise<void> {
    await pool.outcome(
      (async () => {
        for (let i = 0; i < burst; i++) await (await node.acquire('warm')).release()
      })(),
    )
  }

  const calls: readonly [string, (node: Node, signal: AbortSignal | undefined) => Promise<unknown>][] = [
    ['acquire', (node, signal) => node.acquire('door', signal === undefined ? {} : { signal })],
    ['tryAcquire', (node, signal) => node.tryAcquire('door', signal === undefined ? {} : { signal })],
    [
      'withLock',
      (node, signal) =>
        node.withLock('door', signal === undefined ? {} : { signal }, (hold) => {
          hold.check()
          return 'ran'
        }),
    ],
  ]

  async function expectFree(worker: Worker, message: string): Promise<void> {
    const hold = await pool.outcome(worker.node.acquire('door', { wait: '20s' }))
    expect((await pool.outcome(worker.node.query('door'))).pending, message).to.deep.equal([])
    await hold.release()
  }

  for (const { name: algorithm } of algorithms) {
    it(`by its signal, at any turn: ABORTED or granted before it, and nothing waits any more (${algorithm})`, async () => {
      const [a, b] = (await pool.startAll(3, { algorithm })) as [Worker, Worker, Worker]
      for (const [name, call] of calls) {
        for (const isBusy of [false, true]) {
          for (let turn = 0; turn < turns; turn++) {
            const what = `${name}, ${isBusy ? 'held elsewhere' : 'free'}, turn ${turn}`
            if (turn % 2 === 0) await loop(a.node)
            const other = isBusy ? await pool.outcome(b.node.acquire('door')) : null
            const client = new AbortController()
            const outcome = outcomeOf(call(a.node, client.signal))
            await pass(turn)
            client.abort()
            const settled = await pool.outcome(outcome, 10_000)
            if (isHold(settled)) {
              expect(isBusy, what).to.equal(false)
              settled.check()
              await settled.release()
            } else expect(['ABORTED', null, 'ran'], what).to.include(settled)
            if (isBusy) expect(settled, what).not.to.equal('ran')
            await other?.release()
            await expectFree(b, what)
          }
        }
      }
    })
  }

  for (const { name: algorithm } of algorithms) {
    it(`by close, at any turn: CLOSED, or a hold that is lost, and the others go on (${algorithm})`, async () => {
      const [other] = (await pool.startAll(2, { algorithm })) as [Worker, Worker]
      for (const [name, call] of calls) {
        for (let turn = 0; turn < turns; turn++) {
          const what = `${name}, turn ${turn}`
          const worker = await pool.start({ algorithm })
          if (turn % 2 === 0) await loop(worker.node)
          const outcome = outcomeOf(call(worker.node, undefined))
          await pass(turn)
          const closed = worker.node.close()
          const settled = await pool.outcome(outcome, 10_000)
          await pool.outcome(closed)
          if (isHold(settled)) expect(settled.state, what).to.equal('lost')
          else expect(['CLOSED', 'LOST', 'ran'], what).to.include(settled)
          expect(await outcomeOf(call(worker.node, undefined)), what).to.equal('CLOSED')
          await expectFree(other, what)
        }
      }
    })
  }

  it('by close, with any question to others: CLOSED or an answer', async () => {
    const [other] = (await pool.startAll(2)) as [Worker, Worker]
    other.node.spawn('echo', { init: () => null, receive: (_state, body, context) => void context.reply(body) })
    const asks: readonly [string, (node: Node) => Promise<unknown>][] = [
      ['query', (node) => node.query()],
      ['explain', (node) => node.explain('door')],
      ['ask', (node) => node.ref(other.node.id, 'echo').ask('hello')],
    ]
    for (const [name, call] of asks) {
      for (let turn = 0; turn < turns; turn++) {
        const worker = await pool.start()
        const outcome = outcomeOf(call(worker.node))
        await pass(turn)
        await pool.outcome(worker.node.close())
        const settled = await pool.outcome(outcome, 1000)
        if (typeof settled === 'string') expect(['CLOSED', 'hello'], `${name}, turn ${turn}`).to.include(settled)
        else expect(settled, `${name}, turn ${turn}`).to.be.an('object')
      }
    }
  })

  it('together with others is rejected with an error of its own, by close and by one signal', async () => {
    const [a, b] = (await pool.startAll(2)) as [Worker, Worker]
    await pool.outcome(b.node.acquire('door'))
    b.node.spawn('mute', { init: () => null, receive: (_state, _body, context) => void context.deferReply() })
    const { signal, abort } = withAbort()
    const mute = a.node.ref(b.node.id, 'mute')
    const outcomes = [
      ...[1, 2].map(() => a.node.acquire('door', { signal })),
      ...[1, 2].map(() => a.node.acquire('door')),
      ...[1, 2].map(() => mute.ask(1, { wait: '1h' })),
      ...[1, 2].map(() => mute.ask(1, { wait: '1h', signal })),
    ].map((promise) => promise.then(() => 'granted').catch((error: unknown) => error))
    await pool.simulation.runFor(100)
    abort()
    await pool.outcome(a.node.close())
    const errors = await pool.outcome(Promise.all(outcomes))
    const codes = ['ABORTED', 'ABORTED', 'CLOSED', 'CLOSED', 'CLOSED', 'CLOSED', 'ABORTED', 'ABORTED']
    expect(errors.map((error) => (error as { code?: string }).code)).to.deep.equal(codes)
    expect(new Set(errors).size).to.equal(errors.length)
  })

  it('by close while withLock runs: one error for its rejection, the signal and check()', async () => {
    const [a] = (await pool.startAll(2)) as [Worker, Worker]
    let told: unknown[] = []
    const outcome = a.node
      .withLock('door', async (hold) => {
        await new Promise((resolve) => hold.signal.addEventListener('abort', resolve))
        told = [hold.signal.reason]
        try {
          hold.check()
        } catch (error) {
          told.push(error)
        }
      })
      .catch((error: unknown) => error)
    await pool.simulation.runFor(1000)
    await pool.outcome(a.node.close())
    const error = await pool.outcome(outcome)
    expect(error).to.include({ code: 'LOST', reason: 'closed' })
    expect([told.length, told[0] === error, told[1] === error]).to.deep.equal([2, true, true])
  })

  it('by the end of the session, at any turn: it waits for the next one, and is granted a hold that stands', async () => {
    const workers = (await pool.startAll(3)) as [Worker, Worker, Worker]
    const [a, b] = workers
    for (let turn = 0; turn < turns; turn += 3) {
      await loop(a.node)
      const outcome = outcomeOf(a.node.acquire('door'))
      await pass(turn)
      a.world.pause()
      await pool.simulation.runFor(8000)
      a.world.resume()
      const settled = await pool.outcome(outcome, 20_000)
      expect(isHold(settled), `turn ${turn}: ${String(settled)}`).to.equal(true)
      const hold = settled as Hold
      if (hold.state === 'held') hold.check()
      else expect(hold.state, `granted before the pause, turn ${turn}`).to.equal('lost')
      await hold.release()
      await pool.agree()
      await expectFree(b, `turn ${turn}`)
    }
  })
})
