import { expect } from 'chai'
import { join } from 'node:path'
import { createNode, type Node } from '../../lib/index.ts'
import { Crew, together } from './crew.ts'
import { openLedger, readLedger, regressions } from './ledger.ts'

describe('a crowd on one host', function () {
  this.timeout(180_000)
  let crew: Crew
  beforeEach(() => {
    crew = new Crew()
  })
  afterEach(() => crew.end())

  it('of 50 processes that start together is one cluster, in which locks exclude while members come and go', async () => {
    const mates = await crew.pool(50)
    const workers = mates.slice(0, 4)
    const ledger = join(crew.directory, 'ledger')
    openLedger(ledger)
    const work = Promise.all(workers.map((mate) => mate.ask('work', { lock: 'ledger', ledger, rounds: 300 })))
    const leavers = mates.slice(4, 8)
    const comers = leavers.map(() => crew.process())
    for (const [i, leaver] of leavers.entries()) {
      await leaver.ask('close')
      await comers[i]?.create(crew.local)
    }
    await together([...workers, ...mates.slice(8), ...comers])
    await work
    const result = readLedger(ledger)
    expect(result.count).to.equal(1200)
    expect(regressions(result)).to.equal(0)
  })

  it('of 100 nodes of one process is one cluster long before each pair is connected, and each node gets any lock', async () => {
    const nodes: Node[] = await Promise.all(Array.from({ length: 100 }, () => createNode(crew.local)))
    try {
      await Promise.all(
        nodes.map(async (node, i) => {
          for (const name of [`lock/${i % 10}`, `lock/${(i + 1) % 10}`]) await node.withLock(name, () => undefined)
        }),
      )
      for (const node of nodes) expect(node.members).to.have.length(100)
    } finally {
      await Promise.all(nodes.map((node) => node.close({ drain: 0 })))
    }
  })
})
