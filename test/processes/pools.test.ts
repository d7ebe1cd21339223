import { expect } from 'chai'
import { Crew, type Mate, sees, together } from './crew.ts'
import { enterLedger, openLedger, readLedger, regressions } from './ledger.ts'
import { createNode } from '../../lib/index.ts'
import { join } from 'node:path'

describe('pools of real processes on one host', function () {
  this.timeout(40_000)
  let crew: Crew
  beforeEach(() => {
    crew = new Crew()
  })
  afterEach(() => crew.end())

  it('with no options at all, processes of one user find each other, in any environment', async () => {
    const mates = [
      crew.process(),
      crew.process([], { TMPDIR: crew.directory, HOME: crew.directory, XDG_RUNTIME_DIR: crew.directory }),
    ]
    await Promise.all(mates.map((mate) => mate.create()))
    // Other pools of this user may be about in the default cluster, so only what these two know of each other counts.
    const [a, b] = mates as [Mate, Mate]
    await Promise.all([sees(a, b), sees(b, a)])
    await Promise.all(mates.map((mate) => mate.ask('close')))
  })

  it('processes, threads and workers of node:cluster are one cluster, in which a lock excludes', async () => {
    const mates = [crew.process(), crew.thread(), crew.clusterWorker(), crew.thread(), crew.clusterWorker()]
    await Promise.all(mates.map((mate) => mate.create(crew.local)))
    await together(mates)
    const ledger = join(crew.directory, 'ledger')
    openLedger(ledger)
    await Promise.all(mates.map((mate) => mate.ask('work', { lock: 'ledger', ledger, rounds: 20 })))
    const result = readLedger(ledger)
    expect(result.count).to.equal(100)
    expect(result.fences).to.have.length(100)
    expect(regressions(result)).to.equal(0)
    await Promise.all(mates.map((mate) => mate.ask('close')))
  })

  it('two nodes of one process and one of another are three members', async () => {
    const [mate] = await crew.pool(1)
    await using a = await createNode(crew.local)
    await using b = await createNode(crew.local)
    expect(new Set([...b.members.map(({ id }) => id)])).to.deep.equal(new Set([mate?.id, a.id, b.id]))
    const ledger = join(crew.directory, 'ledger')
    openLedger(ledger)
    await Promise.all([
      mate?.ask('work', { lock: 'ledger', ledger, rounds: 10 }),
      ...[a, b].map(async (node) => {
        for (let round = 0; round < 10; round++) await node.withLock('ledger', (hold) => enterLedger(ledger, hold.fence))
      }),
    ])
    expect(readLedger(ledger).count).to.equal(30)
  })
})
