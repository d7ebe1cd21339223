import { expect } from 'chai'
import { Mode } from '../../lib/base/mode.ts'
import { type ClientWaits, deadlockError, type OwnerWait, WaitGraph } from '../../lib/port/waits.ts'
import { fitWaitsAnswer, readWaitsAnswer } from '../../lib/node/waits-answer.ts'

/** A request that waits for a lock under holds of others. */
function wait(request: number, lock: string, held: readonly string[], more: Partial<OwnerWait> = {}): OwnerWait {
  const mode = more.mode ?? Mode.exclusive
  const blocks = held.map((name, i) => ({ lock: name, mode, level: request * 10 + i }))
  return { request, lock, mode, sinceMs: request, level: 0, blocks, ...more }
}

const two = (mode: Mode = Mode.exclusive): ClientWaits[] => [
  { client: 'a', waits: [wait(1, 'y', ['x'], { mode })] },
  { client: 'b', waits: [wait(2, 'x', ['y'], { mode })] },
]

describe('the graph of waits', () => {
  it('finds a cycle for its youngest request alone, and names its locks and clients by turns', () => {
    const graph = new WaitGraph(two())
    expect(graph.cycleOf('a', 1)).to.equal(null)
    expect(graph.cycleOf('a', 9)).to.equal(null)
    const cycle = graph.cycleOf('b', 2)
    if (cycle === null) throw new Error('no cycle')
    const error = deadlockError(cycle)
    expect(error.cycle).to.deep.equal(['x', 'a', 'y', 'b'])
    expect(error).to.include({
      code: 'DEADLOCK',
      message: "waiting for 'x' would not end: a has 'x' and waits for 'y', b has 'y' and waits for 'x'",
    })
  })

  it('takes equally old requests in the order of their clients and numbers, so that one alone is the youngest', () => {
    const graph = new WaitGraph(two().map((each) => ({ ...each, waits: each.waits.map((row) => ({ ...row, sinceMs: 5 })) })))
    expect([graph.cycleOf('a', 1), graph.cycleOf('b', 2)].map((cycle) => cycle?.length)).to.deep.equal([undefined, 2])
  })

  it('has no edge where the holder does not exclude the request, or where another permit may become free', () => {
    for (const [mode, isCycle] of [
      [Mode.shared, false],
      [Mode.permits(2), false],
      [Mode.permits(1), true],
      [Mode.of('upgradable'), true],
      [Mode.of('intention-exclusive'), false],
    ] as const)
      expect(new WaitGraph(two(mode)).cycleOf('b', 2) !== null, String(mode)).to.equal(isCycle)
  })

  it('has a request for a level wait for the functions inside that level', () => {
    const waits = [wait(1, 'y', ['x']), wait(2, 'x', ['y'], { level: 10 })]
    expect(new WaitGraph([{ client: 'a', waits }]).cycleOf('a', 2)).to.have.length(2)
    const apart = [
      { client: 'a', waits: [wait(1, 'y', ['x'])] },
      { client: 'b', waits: [wait(2, 'x', ['y'], { level: 10 })] },
    ]
    expect(new WaitGraph(apart).cycleOf('b', 2)).to.equal(null)
  })

  it('confirms a cycle only if each of its requests still waits under the same hold', () => {
    const cycle = new WaitGraph(two()).cycleOf('b', 2)
    if (cycle === null) throw new Error('no cycle')
    expect(new WaitGraph(two()).has(cycle)).to.equal(true)
    const [a, b] = two() as [ClientWaits, ClientWaits]
    expect(new WaitGraph([a]).has(cycle)).to.equal(false)
    expect(new WaitGraph([{ client: 'a', waits: [wait(1, 'y', [])] }, b]).has(cycle)).to.equal(false)
    expect(new WaitGraph([{ client: 'a', waits: [wait(3, 'y', ['x'])] }, b]).has(cycle)).to.equal(false)
  })

  it('finds a cycle of a thousand, and none in a chain of as many', () => {
    const ring = Array.from({ length: 1000 }, (_, i) => wait(i + 1, `lock ${(i + 1) % 1000}`, [`lock ${i}`]))
    expect(new WaitGraph([{ client: 'a', waits: ring }]).cycleOf('a', 1000)).to.have.length(1000)
    expect(new WaitGraph([{ client: 'a', waits: ring.slice(1) }]).cycleOf('a', 1000)).to.equal(null)
  })

  it('is read from an answer of a peer, which is cut to its bounds and takes no other shape', () => {
    const [{ waits }] = two() as [ClientWaits]
    expect(readWaitsAnswer(fitWaitsAnswer(waits))).to.deep.equal(waits)
    const many = Array.from({ length: 2000 }, (_, i) => wait(i + 1, 'x', ['y']))
    expect(readWaitsAnswer(fitWaitsAnswer(many))).to.have.length(500)
    for (const wrong of [
      undefined,
      null,
      7,
      'x',
      {},
      [null],
      [[]],
      [{ ...waits[0], mode: 'no' }],
      [{ ...waits[0], mode: 0, request: 1.5 }],
    ])
      expect(readWaitsAnswer(wrong)).to.deep.equal([])
    expect(
      readWaitsAnswer([{ request: 1, lock: 'x', mode: 'exclusive', sinceMs: 1, level: 0, blocks: [{ lock: 7 }, null] }]),
    ).to.deep.equal([{ request: 1, lock: 'x', mode: Mode.exclusive, sinceMs: 1, level: 0, blocks: [] }])
  })
})
