import { expect } from 'chai'
import { Mode } from '../../lib/base/mode.ts'
import { algorithms } from '../../lib/mutex/algorithms.ts'
import { nodeFormat } from '../../lib/mutex/format.ts'
import type { LockBody } from '../../lib/wire/bodies.ts'
import { encodeLoose } from '../../lib/wire/frame.ts'

const stamp = { time: 2 ** 40, count: 7, id: 'a.1' }
const other = { time: 3, count: 0, id: 'b.2' }
const lock = { type: 'lock', view: { epoch: 9, digest: 2 ** 40 }, lock: 'invoice/42', counter: 1000 } as const

/** What travels before the body: the place of `lock` among the types, the view, the lock, the counter. */
const head = '9215949209cb4270000000000000aa696e766f6963652f3432cd03e8'

/** One message of each kind, and the bytes of its body. They change only together with `protocolVersion`. */
const golden: readonly (readonly [bytes: string, body: LockBody & Readonly<Record<string, unknown>>])[] = [
  ['92009393cb427000000000000007a3612e31ffc3', { kind: 'request', stamp, mode: Mode.shared, ifFree: true }],
  ['92019393cb427000000000000007a3612e3105c3', { kind: 'reply', stamp, using: 5, keep: true }],
  ['92029293cb427000000000000007a3612e3102', { kind: 'freed', stamp, using: 2 }],
  ['92039193cb427000000000000007a3612e31', { kind: 'withdraw', stamp }],
  ['92049193cb427000000000000007a3612e31', { kind: 'done', stamp }],
  ['92059193cb427000000000000007a3612e31', { kind: 'busy', stamp }],
  ['920693a3612e31cd012cc3', { kind: 'token', starter: 'a.1', hops: 300, homing: true }],
  ['92079293cb427000000000000007a3612e31c2', { kind: 'chase', stamp, ifFree: false }],
  ['92089393cb427000000000000007a3612e31ffc3', { kind: 'follow', stamp, mode: Mode.shared, ifFree: true }],
  ['92099193cb427000000000000007a3612e31', { kind: 'baton', stamp }],
  ['920a91930300a3622e32', { kind: 'homeward', claimant: other }],
  ['920b90', { kind: 'settled' }],
  ['920c9393cb427000000000000007a3612e3100c2', { kind: 'astray', stamp, mode: Mode.exclusive, ifFree: false }],
  ['920d9193cb427000000000000007a3612e31', { kind: 'anybody', stamp }],
  ['920e90', { kind: 'homecoming' }],
  ['920f9193cb427000000000000007a3612e31', { kind: 'locked', stamp }],
  ['92109193cb427000000000000007a3612e31', { kind: 'failed', stamp }],
  ['92119293cb427000000000000007a3612e31c3', { kind: 'inquire', stamp, ifFree: true }],
  ['92129193cb427000000000000007a3612e31', { kind: 'relinquish', stamp }],
  ['92139193cb427000000000000007a3612e31', { kind: 'release', stamp }],
  ['92149193cb427000000000000007a3612e31', { kind: 'acknowledge', stamp }],
  ['92159293cb427000000000000007a3612e31c0', { kind: 'served', stamp, last: null }],
  ['92169193cb427000000000000007a3612e31', { kind: 'flush', stamp }],
  ['921790', { kind: 'ask' }],
  ['921892c3c0', { kind: 'privilege', asks: true, claimant: null }],
  ['92199393cb427000000000000007a3612e31ce00011170c2', { kind: 'want', stamp, number: 70000, ifFree: false }],
  [
    '921a929292a3612e310392a3622e320091a3622e32',
    {
      kind: 'succession',
      served: [
        ['a.1', 3],
        ['b.2', 0],
      ],
      queue: ['b.2'],
    },
  ],
  ['921b90', { kind: 'overtaken' }],
  ['921c9193cb427000000000000007a3612e31', { kind: 'recall', stamp }],
  ['921d9193cb427000000000000007a3612e31', { kind: 'inside', stamp }],
  ['921e93a3612e31cd012c91a3622e32', { kind: 'leap', starter: 'a.1', hops: 300, skipped: ['b.2'] }],
  ['921f9393cb427000000000000007a3612e31c391a3622e32', { kind: 'detour', stamp, ifFree: true, skipped: ['b.2'] }],
  ['92209293cb427000000000000007a3612e31c3', { kind: 'turn', stamp, isContended: true }],
  ['92219293cb427000000000000007a3612e31c2', { kind: 'lend', stamp, mayKeep: false }],
  ['922290', { kind: 'reclaim' }],
  ['9223919193fd0301', { kind: 'back', returned: [{ mode: Mode.of('intention-exclusive'), entries: 3, carried: 1 }] }],
  ['92249193cb427000000000000007a3612e31', { kind: 'taken', stamp }],
  [
    '92259593cb427000000000000007a3612e31cb4016000000000000c3a3622e32cd012c',
    { kind: 'ranked', stamp, priority: 5.5, ifFree: true, place: 'b.2', grants: 300 },
  ],
  [
    '92269393cb427000000000000007a3612e31cd012c9193930300a3622e32ff03',
    { kind: 'precedence', stamp, grants: 300, queue: [{ stamp: other, priority: -1, since: 3 }] },
  ],
  ['92279393cb427000000000000007a3612e31ff930300a3622e32', { kind: 'past', stamp, mode: Mode.shared, place: other }],
  ['92289393cb427000000000000007a3612e31ff930300a3622e32', { kind: 'before', stamp, mode: Mode.shared, place: other }],
  ['92299393cb427000000000000007a3612e31ff930300a3622e32', { kind: 'late', stamp, mode: Mode.shared, place: other }],
]

describe('the format of what nodes send to each other', () => {
  for (const [bytes, body] of golden) {
    it(`packs '${body.kind}' into the same bytes as ever, and reads it again`, () => {
      const packed = nodeFormat.packMessage({ ...lock, body })
      expect(Buffer.from(packed).toString('hex')).to.equal(head + bytes)
      const frame = nodeFormat.decodeFrame(encodeLoose([packed]))
      expect(frame.kind === 'loose' && frame.messages).to.deep.equal([{ ...lock, body }])
    })
  }

  it('has every message that an algorithm declares, and no other', () => {
    const declared = new Set(algorithms.flatMap(({ messages }) => Object.keys(messages)))
    expect(golden.map(([, { kind }]) => kind).sort()).to.deep.equal([...declared].sort())
  })
})
