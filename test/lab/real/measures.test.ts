import { expect } from 'chai'
import { mergedHistory, violationsOf } from '../../../lib/lab/real/history.ts'
import { realMeasuresOf } from '../../../lib/lab/real/measures.ts'
import type { ProcessLog } from '../../../lib/lab/real/protocol.ts'

type Times = readonly [askedMs: number, enteredMs: number, leftMs: number, fence: number]
type Message = readonly [atMs: number, kind: string, of?: string, time?: number]

/** What one process noted: users who ask as soon as they come, and messages. */
function log(
  id: string,
  entries: readonly Times[],
  messages: readonly Message[] = [],
  roundMs: readonly number[] = [2, 2, 2],
): ProcessLog {
  const kinds = [...new Set(messages.map(([, kind]) => kind))]
  const ids = ['a', 'b', 'c']
  const column = (at: 0 | 1 | 2): Float64Array => Float64Array.from(entries, (entry) => entry[at])
  return {
    id,
    arrivedMs: column(0),
    askedMs: column(0),
    enteredMs: column(1),
    leftMs: column(2),
    fences: BigInt64Array.from(entries, ([, , , fence]) => BigInt(fence)),
    sent: {
      kinds,
      kind: Uint8Array.from(messages, ([, kind]) => kinds.indexOf(kind)),
      atMs: Float64Array.from(messages, ([atMs]) => atMs),
      of: Int16Array.from(messages, ([, , of]) => (of === undefined ? -1 : ids.indexOf(of))),
      ids,
      time: Float64Array.from(messages, ([, , , time]) => time ?? 0),
      count: Uint16Array.from(messages, () => 0),
      bytes: 100,
    },
    roundMs: Float64Array.from(roundMs),
    viewChanges: 0,
    lost: 0,
    cpuMs: 1,
  }
}

const options = { warmUp: 0, entries: 100, together: false, fenceBefore: 0n, delayMs: 1 }

describe('what a real run came to', () => {
  it('is no violation when one enters as the other leaves', () => {
    const { entries } = mergedHistory([log('a', [[0, 1, 2, 1]]), log('b', [[0, 2, 3, 2]])])
    expect(violationsOf(entries)).to.deep.equal([])
  })

  it('names the sites that were inside together', () => {
    const { entries } = mergedHistory([log('a', [[0, 1, 4, 1]]), log('b', [[0, 2, 3, 2]]), log('c', [[0, 3.5, 5, 3]])])
    expect(violationsOf(entries)).to.deep.equal([
      'process 2 entered 2.000 ms before process 1 had left',
      'process 3 entered 0.500 ms before process 1 had left',
    ])
  })

  it('names a fence that does not rise, also over that of an earlier run', () => {
    const { entries } = mergedHistory([log('a', [[0, 1, 2, 5]]), log('b', [[0, 3, 4, 5]])])
    expect(violationsOf(entries)).to.deep.equal(['process 2 entered with fence 5, after 5'])
    expect(violationsOf(entries, 9n)).to.have.length(2)
  })

  it('measures from an exit to the next entry, in units of half a round trip, if a request waited', () => {
    const measures = realMeasuresOf(
      [
        log('a', [[0, 1, 5, 1]], [], [4, 4, 4]),
        log('b', [
          [4, 8, 9, 3],
          [20, 21, 22, 4],
        ]),
      ],
      options,
    )
    expect(measures.delayMs).to.equal(1)
    expect(measures.syncDelay.mean).to.equal(3)
    expect(measures.waiting.mean).to.be.closeTo((1 + 4 + 1) / 3, 1e-9)
    expect(measures.response.mean).to.be.closeTo((5 + 5 + 2) / 3, 1e-9)
    const slower = realMeasuresOf([log('a', [[0, 1, 5, 1]], [], [4, 4, 4, 4]), log('b', [[4, 8, 9, 3]], [], [])], options)
    expect(slower.delayMs).to.equal(2)
    expect(slower.syncDelay.mean).to.equal(1.5)
  })

  it('counts a message for the request that it names, whenever it is sent, and one that names none while entries count', () => {
    const requests: Message[] = [
      [0.1, 'request', 'a', 1],
      [10.1, 'request', 'a', 2],
      [20.1, 'request', 'a', 3],
      [30.1, 'request', 'a', 4],
    ]
    const entries: Times[] = [
      [0, 1, 2, 1],
      [10, 11, 12, 2],
      [20, 21, 22, 3],
      [30, 31, 32, 4],
    ]
    const answers: Message[] = [
      [0.5, 'reply', 'a', 1],
      // Late, and still for the entry that counts.
      [40, 'reply', 'a', 3],
      [10.5, 'token'],
      [20.5, 'token'],
      [30.5, 'token'],
      [50, 'done', 'a', 4],
    ]
    const measures = realMeasuresOf([log('a', entries, requests), log('b', [], answers)], { ...options, warmUp: 1, entries: 2 })
    // The token: one gap between two entries had one message.
    expect(measures.messagesByKind).to.deep.equal({ request: 1, reply: 0.5, token: 1 })
    expect(measures.messagesPerEntry).to.equal(2.5)
    expect(measures.outsidePerEntry).to.deep.equal({ done: 0.25 })
  })

  it('counts how often the most patient was overtaken, and entries against the order of stamps', () => {
    const b: Times[] = [
      [1, 2, 3, 1],
      [3, 4, 5, 2],
    ]
    const stamps: Message[] = [
      [1.1, 'request', 'b', 7],
      [3.1, 'request', 'b', 9],
    ]
    const measures = realMeasuresOf([log('a', [[0, 6, 7, 3]], [[0.1, 'request', 'a', 8]]), log('b', b, stamps)], options)
    expect(measures.bypassMax).to.equal(2)
    expect(measures.inversions.arrival).to.equal(2)
    expect(measures.inversions.timestamp).to.equal(1)
  })

  it('begins to count when all have taken part', () => {
    const alone: Times[] = Array.from({ length: 50 }, (_, i) => [i, i + 0.1, i + 0.2, i + 1])
    const late: Times[] = Array.from({ length: 10 }, (_, i) => [100 + i, 100.1 + i, 100.2 + i, 100 + i])
    const both = [log('a', alone), log('b', late)]
    expect(realMeasuresOf(both, { ...options, entries: 5, together: true }).jain).to.equal(0.5)
    expect(realMeasuresOf(both, { ...options, entries: 5, together: true }).throughput).to.be.closeTo(1, 1e-6)
  })
})
