import { expect } from 'chai'
import { painter, widthOf } from '../../../lib/cli/paint.ts'
import { renderFrame } from '../../../lib/cli/demo/render.ts'
import type { Picture } from '../../../lib/cli/demo/picture.ts'
import { Tally } from '../../../lib/cli/demo/tally.ts'
import type { WorkerReport, Transition } from '../../../lib/cli/demo/protocol.ts'
import { judgeRun, verdictLines } from '../../../lib/cli/demo/verdict.ts'

/** Told: five workers, of whom w1 is inside, w3 and w2 wait in that order, w4 thinks and w5 is dead. */
function story(): Tally {
  const tally = new Tally(['w1', 'w2', 'w3', 'w4', 'w5'], 0)
  for (let i = 0; i < 5; i++) {
    tally.started(i, 5000 + i, 0)
    tally.reported(i, { type: 'joined', node: `node-${i + 1}` }, 100)
  }
  tally.reported(0, { type: 'view', epoch: 7, members: ['node-1', 'node-2', 'node-3', 'node-4', 'node-5'] }, 110)
  tally.reported(0, worked([{ atMs: 1000, state: 'inside' }], 12, 4), 1025)
  tally.reported(1, worked([{ atMs: 1002, state: 'waiting' }], 0, 0), 1025)
  tally.reported(2, worked([{ atMs: 1001, state: 'waiting' }], 0, 0), 1025)
  tally.reported(3, worked([{ atMs: 1000, state: 'thinking' }], 0, 0), 1025)
  return tally
}

function worked(transitions: readonly Transition[], entries: number, writes: number): WorkerReport & { type: 'work' } {
  return {
    type: 'work',
    transitions,
    writes,
    incidents: [],
    entries: Array.from({ length: entries }, (_, i) => ({ atMs: 500 + i, waitedMs: i, fence: String(900_000 + i) })),
  }
}

function scene(tally: Tally, changes: Partial<Picture> = {}): Picture {
  return {
    tally,
    algorithm: 'token-ring',
    locked: true,
    nowMs: 1100,
    secondsLeft: 9.2,
    totalBefore: 300,
    books: { sequence: 4, accounts: [100, 90, 100], road: { to: 1, amount: 10, carrier: 'w1', carrierPid: 5000 } },
    hint: 'a hint',
    ...changes,
  }
}

const plain = painter(false)

describe("the demo's picture", () => {
  it('fills exactly the terminal, at any size', () => {
    for (const [columns, rows] of [
      [80, 24],
      [120, 50],
      [40, 10],
      [100, 3],
    ] as const) {
      const lines = renderFrame(scene(story()), columns, rows, painter(true))
      expect(lines).to.have.length(rows)
      for (const line of lines) expect(widthOf(line)).to.be.at.most(columns)
    }
  })

  it('shows the whole command that looks at this run, however narrow the terminal is', () => {
    const hint = '$ npx holdfast locks --cluster demo --directory /tmp/holdfast-demo-AbCdEf/mesh'
    for (const columns of [100, 80, 60, 40]) {
      const lines = renderFrame(scene(story(), { hint }), columns, 24, plain)
      const text = lines.slice(-4).join('').replaceAll(' ', '')
      expect(text, String(columns)).to.include(hint.replaceAll(' ', ''))
      for (const line of lines) expect(widthOf(line)).to.be.at.most(columns)
    }
  })

  it('has the same text with and without colours', () => {
    const strip = (line: string): string => line.replace(/\u001b\[[0-9;]*m/g, '').trimEnd()
    expect(renderFrame(scene(story()), 80, 24, painter(true)).map(strip)).to.deep.equal(
      renderFrame(scene(story()), 80, 24, plain).map(strip),
    )
  })

  it('shows the holder, the queue in the order of asking, the fence, the members and the money', () => {
    const text = renderFrame(scene(story()), 80, 24, plain).join('\n')
    expect(text).to.match(/holder +w1 +fence 900011/)
    expect(text).to.match(/queue +w3 → w2/)
    expect(text).to.match(/members +w1 w2 w3 w4 w5 +view 7/)
    expect(text).to.match(/money +300 +every coin is there/)
    expect(text).to.include('token-ring · 10 s to go')
  })

  it('shows the dead worker, and how long the others have waited for its session', () => {
    const tally = story()
    tally.killed(0, 1010, true)
    const text = renderFrame(scene(tally, { nowMs: 3110 }), 80, 24, plain).join('\n')
    expect(text).to.match(/w1 +5000 +killed 2\.1 s ago/)
    expect(text).to.match(/holder +w1 \(dead\)/)
    expect(text).to.include("waiting out w1's session: 2.1 s")
    expect(text).to.include('w1 killed (SIGKILL) in the middle of a transfer')
  })

  it('says when money is missing', () => {
    const books = { sequence: 1, accounts: [100, 90, 100], road: null }
    expect(renderFrame(scene(story(), { books, locked: false }), 80, 24, plain).join('\n')).to.match(/money +290 +10 lost/)
  })

  it('shows all workers as they were at one moment, though their reports come at different ones', () => {
    const tally = story()
    // w1 has left and w3 has entered, but of that moment nothing is shown yet.
    tally.reported(0, worked([{ atMs: 1050, state: 'thinking' }], 0, 4), 1075)
    const before = renderFrame(scene(tally, { nowMs: 1100 }), 80, 24, plain).join('\n')
    expect(before).to.match(/holder +w1/)
    tally.reported(2, worked([{ atMs: 1051, state: 'inside' }], 0, 0), 1080)
    const after = renderFrame(scene(tally, { nowMs: 1140 }), 80, 24, plain).join('\n')
    expect(after).to.match(/holder +w3/)
  })
})

describe("the demo's tally", () => {
  it('measures from a death to the earliest grant after it, however late that is told', () => {
    const tally = story()
    tally.killed(4, 2000, true)
    const grant = (atMs: number): WorkerReport & { type: 'work' } => ({
      type: 'work',
      transitions: [],
      incidents: [],
      writes: 0,
      entries: [{ atMs, waitedMs: 1 }],
    })
    tally.reported(1, grant(1999), 7000)
    expect(tally.kills[0]?.nextGrantMs).to.equal(null)
    tally.reported(1, grant(7010), 7030)
    tally.reported(2, grant(7004), 7031)
    tally.reported(3, grant(7100), 7110)
    expect(tally.kills[0]?.nextGrantMs).to.equal(7004)
  })

  it("does not take a dead worker's marker for an overlap, but a living one's", () => {
    const tally = story()
    tally.killed(4, 2000, true)
    const overlap = (otherPid: number, atMs: number): WorkerReport & { type: 'work' } => ({
      type: 'work',
      transitions: [],
      entries: [],
      writes: 0,
      incidents: [{ type: 'overlap', atMs, otherPid }],
    })
    tally.reported(0, overlap(5004, 2001), 2100)
    expect(tally.overlaps).to.equal(0)
    tally.reported(0, overlap(5004, 1999), 2100)
    tally.reported(0, overlap(5001, 2001), 2100)
    expect(tally.overlaps).to.equal(2)
  })

  it('forgives an overlap with a process that turns out to have died there, and no other', () => {
    const tally = story()
    const overlap = (atMs: number): WorkerReport & { type: 'work' } => ({
      type: 'work',
      transitions: [],
      entries: [],
      writes: 0,
      incidents: [{ type: 'overlap', atMs, otherPid: 5000 }],
    })
    tally.reported(1, overlap(999), 1030)
    tally.reported(1, overlap(1010), 1030)
    expect(tally.overlaps).to.equal(2)
    tally.killed(0, 1020, false)
    expect(tally.overlaps).to.equal(1)
  })

  it('adds up the writes of all processes that had a place', () => {
    const tally = story()
    tally.killed(0, 2000, true)
    tally.started(0, 6000, 3000)
    tally.reported(0, worked([], 0, 3), 3100)
    expect(tally.places[0]?.writes).to.equal(7)
  })

  it('keeps a bounded log, and counts all lines', () => {
    const tally = new Tally(['w1'], 0)
    for (let i = 0; i < 1000; i++) tally.say(i, `line ${i}`, 'plain')
    expect(tally.said).to.equal(1000)
    expect(tally.log.length).to.be.below(1000)
    expect(tally.log.at(-1)?.text).to.equal('line 999')
  })
})

describe("the demo's verdict", () => {
  const conditions = {
    algorithm: 'token-ring',
    locked: true,
    totalBefore: 300,
    durationMs: 5000.4,
    workedMs: 4000,
    interrupted: false,
    books: { sequence: 4, accounts: [100, 100, 100], road: null },
  }

  it('is clean when nothing was lost, doubled or turned away', () => {
    const verdict = judgeRun(story(), conditions)
    expect(verdict).to.include({
      processes: 5,
      algorithm: 'token-ring',
      grants: 12,
      violations: 0,
      fenceRegressions: 0,
      kills: 0,
      durationMs: 5000,
      perSec: 3,
      clean: true,
    })
    expect(verdict.failoverMs).to.deep.equal([])
    expect(verdictLines(verdict, plain).join('\n')).to.include('Clean')
  })

  it('counts writes that are missing in the sequence as lost updates', () => {
    const verdict = judgeRun(story(), { ...conditions, books: { ...conditions.books, sequence: 1 } })
    expect(verdict).to.include({ lostUpdates: 3, violations: 3, clean: false })
  })

  it('is not clean when money is missing, even if nothing else was noticed', () => {
    const verdict = judgeRun(story(), { ...conditions, books: { sequence: 4, accounts: [100, 100, 99], road: null } })
    expect(verdict).to.include({ violations: 0, totalAfter: 299, clean: false })
    expect(verdictLines(verdict, plain).join('\n')).to.include('1 lost')
  })

  it('is not clean when the lock never moved on after a death', () => {
    const tally = story()
    tally.killed(4, 2000, true)
    expect(judgeRun(tally, conditions)).to.include({ kills: 1, clean: false })
    // Unless the user had no patience to see it.
    expect(judgeRun(tally, { ...conditions, interrupted: true }).clean).to.equal(true)
  })

  it('is not clean when nothing was granted, or a worker gave up', () => {
    expect(judgeRun(new Tally(['w1'], 0), { ...conditions, books: { ...conditions.books, sequence: 0 } }).clean).to.equal(false)
    const tally = story()
    tally.failed(1, { code: 'CLOSED', message: 'gone' }, 3000)
    const verdict = judgeRun(tally, conditions)
    expect(verdict.clean).to.equal(false)
    expect(verdictLines(verdict, plain).join('\n')).to.include('CLOSED: gone')
  })

  it('says that a loss without locks was to be expected', () => {
    const verdict = judgeRun(story(), { ...conditions, locked: false, books: { ...conditions.books, sequence: 0 } })
    expect(verdictLines(verdict, plain).join('\n')).to.include('to be expected')
  })
})
