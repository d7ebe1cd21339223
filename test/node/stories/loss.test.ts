import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNode, type EventOf, type Hold, type LossReason, type Node } from '../../../lib/index.ts'
import { Pool, rejection, type Worker } from '../pool.ts'

/** What each teller said of one loss. */
interface Told {
  readonly withLock: unknown
  readonly signal: unknown
  readonly check: unknown
  readonly released: string
  readonly state: string
  readonly event: EventOf<'lockLost'>
  /** What the same holds' other one said to the listener of this one's signal. */
  readonly other: readonly [state: string, reason: unknown]
}

function thrownBy(hold: Hold): unknown {
  try {
    hold.check()
  } catch (error) {
    return error
  }
  return null
}

/** Two holds of a node, lost by `lose`, which is called when both are held. */
async function loss(node: Node, lose: () => unknown): Promise<Told> {
  let event: EventOf<'lockLost'> | undefined
  node.on('lockLost', (each) => {
    if (each.lock === 'door') event = each
  })
  const window = await node.acquire('window')
  const outside: { told?: Omit<Told, 'withLock' | 'event'> } = {}
  const error = await rejection(
    node.withLock('door', async (hold) => {
      const lost = new Promise<Told['other']>((resolve) =>
        hold.signal.addEventListener('abort', () => {
          const thrown = thrownBy(window) as { readonly reason?: unknown } | null
          resolve([window.state, thrown?.reason])
        }),
      )
      lose()
      const other = await lost
      const { signal, state } = hold
      outside.told = { signal: signal.reason, check: thrownBy(hold), released: await hold.release(), state, other }
    }),
  )
  return { ...(outside.told as Omit<Told, 'withLock' | 'event'>), withLock: error, event: event as EventOf<'lockLost'> }
}

function expectOneTruth(told: Told, reason: LossReason): void {
  const { withLock, signal, check, event } = told
  expect(withLock).to.include({ code: 'LOST', reason, definite: false })
  expect([signal === withLock, check === withLock]).to.deep.equal([true, true])
  expect([told.state, told.released]).to.deep.equal(['lost', 'lost'])
  expect(event).to.include({ reason, message: (withLock as Error).message })
  expect(told.other).to.deep.equal(['lost', reason])
}

describe('why a hold was lost is one error with one word for all callers', () => {
  it('when the session was not renewed', async () => {
    const pool = new Pool(21)
    const { node, world, events } = (await pool.startAll(2))[0] as Worker
    const lost = loss(node, () => {
      world.pause()
      pool.simulation.time.schedule(6000, () => world.resume())
    })
    expectOneTruth(await pool.outcome(lost), 'session')
    expect(events.find(({ type }) => type === 'sessionEnded')).to.include({ reason: 'session' })
    await pool.agree()
    await pool.closeAll()
  })

  it('when the node was closed', async () => {
    const pool = new Pool(22)
    const { node, events } = (await pool.startAll(2))[0] as Worker
    let closed: Promise<void> | undefined
    expectOneTruth(await pool.outcome(loss(node, () => (closed = node.close()))), 'closed')
    await pool.outcome(closed as Promise<void>)
    expect(events.some(({ type }) => type === 'sessionEnded')).to.equal(false)
    await pool.closeAll()
  })

  it('when the local directory went away', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'holdfast-loss-'))
    const node = await createNode({ directory })
    const ended: unknown[] = []
    node.on('sessionEnded', ({ reason }) => ended.push(reason))
    try {
      expectOneTruth(await loss(node, () => rmSync(directory, { recursive: true })), 'directory')
      expect(ended).to.deep.equal(['directory'])
    } finally {
      await node.close()
      rmSync(directory, { recursive: true, force: true })
    }
  })
})
