import { expect } from 'chai'
import { bugNamed } from '../../../lib/sim/bugs/index.ts'
import type { Plan } from '../../../lib/sim/swarm/plan.ts'
import { judgePlan } from '../../../lib/sim/swarm/verdict.ts'

describe('a session that is noted only after the chain was read', () => {
  const places = [0, 1, 2, 3]
  const sessionMs = 1000
  const holder = { atMs: 3000, on: 'granted', victim: 'subject', place: 0, others: [] } as const

  /**
   * The holder is cut off, and the others give it up for its silence. It stands still in the renewal that goes on
   * meanwhile, between its reading of the chain and its note, and again in the next, before that has read anything.
   */
  function halting(): Plan {
    const ask = { how: 'acquire', lock: 'door', mode: 'exclusive', thinkMs: 20, holdMs: 30 } as const
    return {
      seed: 37,
      register: 'local',
      keepsVotes: false,
      algorithm: 'carvalho-roucairol',
      clock: 'hlc',
      sessionMs,
      places: places.map(() => ({ host: 'h', listed: false, startMs: 0, rate: 1 })),
      locks: ['door'],
      users: places.map((place) => ({ place, asks: [ask], again: true })),
      network: { law: 'uniform', meanMs: 1, noticeMsMax: 20 },
      faults: [
        { ...holder, afterMs: 0, kind: 'isolate', durationMs: 4097, amount: 0 },
        { ...holder, afterMs: 1024, kind: 'pauseInCall', durationMs: 306, amount: 7 },
        { ...holder, afterMs: 1025, kind: 'pauseInCall', durationMs: 651, amount: 4 },
      ],
      faultsMs: 12_000,
      healMs: 15_000,
    }
  }

  const plan = halting()

  it('outlives the grant to another', async () => {
    const undo = bugNamed('note-after-reading').apply()
    try {
      const { failures } = await judgePlan(plan)
      expect(failures[0]?.property).to.equal('exclusion')
    } finally {
      undo()
    }
  }).timeout(20_000)

  it('does not when it is noted first', async () => {
    expect((await judgePlan(plan)).failures).to.deep.equal([])
  }).timeout(20_000)
})
