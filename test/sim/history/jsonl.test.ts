import { expect } from 'chai'
import fc from 'fast-check'
import { Checker, checkHistory } from '../../../lib/sim/history/checker.ts'
import type { HistoryEvent } from '../../../lib/sim/history/events.ts'
import { decodeEvent, encodeEvent, HistoryError, HistoryReader } from '../../../lib/sim/history/jsonl.ts'
import { sometimesNames } from '../../../lib/sim/history/sometimes.ts'
import { Script } from './writing.ts'

const runLine = encodeEvent(new Script().events[0] as HistoryEvent)

/** The error of a history of these lines. */
function complaint(...lines: readonly string[]): string {
  try {
    checkHistory(lines)
  } catch (error) {
    if (error instanceof HistoryError) return error.message
    throw error
  }
  return 'none'
}

const atMs = fc.double({ min: 0, max: 1e9, noNaN: true }).map((each) => (each === 0 ? 0 : each))
const process = fc.string({ minLength: 1 })
const call = fc.nat()
const fence = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String)
const lock = fc.string({ minLength: 1 })
const texts = fc.array(fc.string())
/** Lists that have nothing in common. */
const sides = fc.uniqueArray(fc.string(), { minLength: 2 }).map((all) => [all.slice(0, 1), all.slice(1)])
const phases = ['faults', 'calm', 'closing', 'end']
const record = fc.record as (model: Record<string, fc.Arbitrary<unknown>>, more?: object) => fc.Arbitrary<unknown>
const is = (...types: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...types)
const mode = fc.oneof(is('exclusive', 'shared'), fc.integer({ min: 1, max: 9 }))
const anyEvent = fc.oneof(
  record({ atMs, type: is('phase'), phase: is(...phases) }),
  record({ atMs, type: is('started', 'crashed', 'paused', 'resumed', 'draining', 'closing', 'closed'), process }),
  record({ atMs, type: is('joined'), process, node: process }, { requiredKeys: ['atMs', 'type', 'process'] }),
  record(
    { atMs, type: is('fault'), fault: call, kind: process, over: fc.boolean(), sides, text: fc.string() },
    { requiredKeys: ['atMs', 'type', 'fault', 'kind', 'over'] },
  ),
  record(
    { atMs, type: is('invoked'), call, process, lock, mode, how: is('acquire', 'tryAcquire'), waitMs: fc.nat() },
    { requiredKeys: ['atMs', 'type', 'call', 'process', 'lock', 'mode', 'how'] },
  ),
  record({ atMs, type: is('granted'), call, process, fence }),
  record({ atMs, type: is('refused', 'releasing', 'expired'), call, process }),
  record({ atMs, type: is('failed'), call, process, code: fc.string(), definite: fc.boolean() }),
  record({ atMs, type: is('released'), call, process, outcome: fc.string() }),
  record({ atMs, type: is('lost'), call, process, reason: fc.string() }),
  record({ atMs, type: is('read', 'write'), call, process, lock, fence, version: fc.nat(), admitted: fc.boolean() }),
  record({ atMs, type: is('view'), process, node: process, epoch: fc.nat(), digest: fc.maxSafeInteger(), members: texts }),
  record({ atMs, type: is('quiet'), process, timers: fc.nat(), waiters: fc.nat() }),
  record({ atMs, type: is('counted'), lockMessages: fc.nat(), entries: fc.nat(), least: fc.nat(), most: fc.constant(null) }),
) as fc.Arbitrary<HistoryEvent>

describe('histories as text', () => {
  it('are read as they were written, event by event', () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const line = encodeEvent(event)
        expect(line).not.to.include('\n')
        expect(decodeEvent(line)).to.deep.equal(event)
      }),
    )
  })

  it('are judged alike as events and as lines', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 30 }), (some) => {
        const sorted = [...some].sort((a, b) => a.atMs - b.atMs)
        // Phases follow each other: one at the most is told of here.
        const first = sorted.findIndex(({ type }) => type === 'phase')
        const events = [...new Script().events, ...sorted.filter(({ type }, i) => type !== 'phase' || i === first)]
        expect(checkHistory(events.map(encodeEvent))).to.deep.equal(checkHistory(events))
      }),
    )
  })

  it('name line and field of a slip', () => {
    expect(complaint(runLine, '', '{"atMs":0,"type":"grnted"}')).to.match(/line 3, field 'type': "grnted" is unknown/)
    expect(complaint(runLine, '{"atMs":0}')).to.match(/line 2, field 'type': is missing/)
    expect(complaint(runLine, '{"type":"started","process":"a"}')).to.match(/line 2, field 'atMs': is missing/)
    expect(complaint(runLine, '{"atMs":0,"type":"granted","call":1,"process":"a"}')).to.match(/line 2, field 'fence': is missing/)
    const numeric = '{"atMs":0,"type":"granted","call":1,"process":"a","fence":5}'
    expect(complaint(runLine, numeric)).to.match(/line 2, field 'fence': is 5, not a whole number below 2\^63 as decimal text/)
    expect(complaint(runLine, 'granted')).to.match(/^line 2: no JSON/)
    expect(complaint(runLine, '[]')).to.match(/^line 2: an event is a JSON object/)
    const invoked = { atMs: 0, type: 'invoked', call: 1, process: 'a', lock: 'x', mode: 'write', how: 'acquire' }
    expect(complaint(runLine, JSON.stringify(invoked))).to.match(/line 2, field 'mode'/)
    expect(complaint(runLine, '{"atMs":0,"type":"constructor"}')).to.match(/line 2, field 'type'/)
  })

  it('begin with their run, have one, and never go back in time', () => {
    const at = (ms: number): string => `{"atMs":${ms},"type":"started","process":"a"}`
    expect(complaint()).to.match(/line 1, field 'type'/)
    expect(complaint(at(0))).to.match(/line 1, field 'type': the first line is a 'run', not 'started'/)
    expect(complaint(runLine, runLine)).to.match(/line 2, field 'type': a history has one run/)
    expect(complaint(runLine, at(5), at(5), at(4))).to.match(/line 4, field 'atMs': 4 lies before 5/)
    expect(complaint(runLine, at(5), at(5))).to.equal('none')
    expect(() => new Checker().add({ atMs: 0, type: 'started', process: 'a' })).to.throw(HistoryError)
  })

  it('count empty lines, and forgive the mark with which some editors begin a file', () => {
    expect(complaint('', '', '', '{"atMs":0,"type":"started","process":"a"}')).to.match(/^line 4, field 'type': the first line/)
    expect(complaint(`\uFEFF${runLine}`, runLine)).to.match(/^line 2, field 'type'/)
    expect(complaint(runLine, `\uFEFF${runLine}`)).to.match(/^line 2: no JSON/)
  })

  it('have phases that follow each other, and partitions whose sides make sense', () => {
    const phase = (name: string): string => `{"atMs":0,"type":"phase","phase":"${name}"}`
    expect(complaint(runLine, phase('calm'), phase('end'))).to.equal('none')
    expect(complaint(runLine, phase('calm'), phase('faults'))).to.match(/^line 3, field 'phase': 'faults' comes after 'calm'/)
    const fault = (more: object): string =>
      JSON.stringify({ atMs: 0, type: 'fault', fault: 1, kind: 'halves', over: false, ...more })
    expect(complaint(runLine, fault({ sides: [['a'], ['b', 'a']] }))).to.match(/^line 2, field 'sides': "a" is on two sides/)
    expect(complaint(runLine, fault({ sides: [['a'], ['b']], majority: 2 }))).to.match(/^line 2, field 'majority': is 2/)
  })

  it('may say more than is judged, and end with an empty line', () => {
    const line = '{"atMs":1,"type":"started","process":"a","pid":7}'
    expect(complaint(runLine, line, '')).to.equal('none')
    expect(new HistoryReader().read('  ')).to.equal(null)
  })
})

describe('situations that a history reaches', () => {
  it('are all counted, reached or not', () => {
    const { sometimes, entries } = checkHistory(new Script().members('a').enters('a', 1).leaves().events)
    expect(Object.keys(sometimes)).to.deep.equal([...sometimesNames])
    expect(sometimes).to.include({ granted: 1, released: 1, lost: 0 })
    expect(entries).to.equal(1)
  })

  it('are told apart: a zombie that is turned away, a hold carried over, a waiter that stays, a return, a founding', () => {
    const script = new Script().members('a', 'b').view(1, ['a', 'b']).enters('a', 1).reads(0).asks('b').later(10)
    script.view(2, ['a', 'b']).life('paused', 'a').later(1000).expired(1).granted(2, 2).reads(0).leaves(2)
    script.life('resumed', 'a').writes(0, 1, false).lost(1).leaves(1, 'lost')
    script.add({ type: 'joined', process: 'a', node: 'a.2' }).enters('a', 3).life('crashed', 'a').enters('b', 4)
    const viewed = { type: 'view', process: 'b', node: 'b.2', epoch: 3, digest: 3, members: ['b.2'] } as const
    const { sometimes, violations } = checkHistory(script.add(viewed).events)
    expect(violations).to.deep.equal([])
    expect(sometimes).to.include({
      'write of a zombie turned away': 1,
      'hold carried over a view change': 1,
      'waiter that survived a view change': 1,
      'expired while paused': 1,
      'paused while inside': 1,
      'released after it was lost': 1,
      'crashed while inside': 1,
      'successor granted after a crash': 1,
      'founded again': 1,
      'granted after a return': 1,
    })
    expect(sometimes['returned under a new id']).to.equal(2)
  })
})

describe('a checker of a long history', () => {
  it('goes on seeing, and keeps a bounded part of what it saw', () => {
    const checker = new Checker()
    const [run] = new Script().events
    checker.add(run as HistoryEvent)
    const common = { process: 'a', atMs: 0 } as const
    for (let i = 1; i <= 50_000; i++) {
      checker.add({ ...common, type: 'invoked', call: i, lock: 'door', mode: 'exclusive', how: 'acquire' })
      checker.add({ ...common, type: 'granted', call: i, fence: String(i) })
      checker.add({ ...common, type: 'releasing', call: i })
      checker.add({ ...common, type: 'released', call: i, outcome: 'released' })
    }
    expect(checker.verdict().violations).to.deep.equal([])
    expect(checker.verdict().entries).to.equal(50_000)
  })

  it('keeps a thousand violations and counts the rest', () => {
    const checker = new Checker()
    for (const event of new Script().events) checker.add(event)
    for (let i = 0; i < 1500; i++) checker.add({ atMs: 0, type: 'quiet', process: 'a', timers: 1, waiters: 0 })
    const { violations, violationsInAll } = checker.verdict()
    expect([violations.length, violationsInAll]).to.deep.equal([1000, 1500])
  })
})
