import { expect } from 'chai'
import type { Context } from '../../../lib/world/context.ts'
import { seededRandom } from '../../../lib/base/random.ts'
import type { FlushState } from '../../../lib/view/flush.ts'
import { LocalRegister } from '../../../lib/view/local-register.ts'
import { Proposing } from '../../../lib/view/proposing.ts'
import { Quarantine } from '../../../lib/view/quarantine.ts'
import { Reasons } from '../../../lib/view/reasons.ts'
import type { Instant, Register } from '../../../lib/view/register.ts'
import { instantNow } from '../../../lib/view/session.ts'
import { foundedView, successorOf } from '../../../lib/view/successor.ts'
import { type ClusterConfig, type View, viewId } from '../../../lib/view/view.ts'
import { foundingFile } from '../../../lib/world/chain-names.ts'
import { encodeDecision, successorFile } from '../../../lib/view/view-file.ts'
import { createMemoryStore, MemoryDirectory } from '../memory-directory.ts'
import { memoryEpochs } from '../memory-epochs.ts'

const config: ClusterConfig = { algorithm: 'x', algorithms: [], permits: [], clock: 'hlc', sessionMs: 3000, joinList: [] }
const members = ['a', 'b', 'c'].map((id) => ({ id, address: `${id}:1` }))
const view = foundedView('test', config, 10, members, [{ id: 'h', remainingMs: 3000, lastEpoch: 9 }])

function clocks() {
  const clock = { monotonicMs: 0, wallMs: 1_800_000_000_000, bootMs: 0 }
  const context: Context<never> = {
    self: 'a',
    random: seededRandom(1),
    nowMs: () => clock.monotonicMs,
    wallMs: () => clock.wallMs,
    bootMs: () => clock.bootMs,
    send: () => undefined,
    broadcast: () => undefined,
    sendLoose: () => undefined,
    emit: () => undefined,
    setTimer: () => undefined,
    clearTimer: () => undefined,
  }
  const installed = instantNow(context)
  const flush: FlushState = { view, id: viewId(view), installed, own: null, claims: new Map(), carried: [], findings: [] }
  return { clock, context, flush }
}

/** Each tells of 1000 ms at the most that every clock which cannot be set agrees on. */
const passages = [
  { monotonicMs: 1000, bootMs: 1000, wallMs: 1_800_000_060_000 },
  { monotonicMs: 1000, bootMs: 2500, wallMs: 1_800_000_001_000 },
  { monotonicMs: 2500, bootMs: 1000, wallMs: 1_799_999_000_000 },
]

describe('a wait for others', () => {
  for (const passage of passages) {
    it(`is not cut short by the clock that ran ahead (${JSON.stringify(passage)})`, () => {
      const { clock, context, flush } = clocks()
      const quarantine = new Quarantine(context, {})
      quarantine.installed(flush)
      Object.assign(clock, passage)
      expect(quarantine.remainingMs()).to.equal(2000)
    })

    it(`is handed on to the next view by the same clocks (${JSON.stringify(passage)})`, () => {
      const { clock, context, flush } = clocks()
      const reasons = new Reasons('a', { windowMs: 0, windowMaxMs: 0, turnMs: 0 })
      const proposed: View[] = []
      const register = { propose: (_: View, successor: View) => void proposed.push(successor) } as Partial<Register> as Register
      const standing = () => ({ flush, waits: flush.view.quarantine, leaving: false })
      const proposing = new Proposing(context, register, reasons, 100, { standing, gone: () => undefined })
      Object.assign(clock, passage)
      reasons.believed('c', 'down')
      proposing.consider()
      expect(proposed[0]?.quarantine[0]).to.deep.equal({ id: 'h', remainingMs: 2000, lastEpoch: 9 })
    })
  }

  it('ends although the wall clock was set back', () => {
    const { clock, context, flush } = clocks()
    const quarantine = new Quarantine(context, {})
    quarantine.installed(flush)
    Object.assign(clock, { monotonicMs: 3000, bootMs: 3000, wallMs: 0 })
    expect(quarantine.remainingMs()).to.equal(0)
  })

  it('is no longer than the session can last, where the register knows', () => {
    const { context, flush } = clocks()
    const left = (sessionLeftMs: number | null): number => {
      const quarantine = new Quarantine(context, { sessionLeftMs: () => sessionLeftMs })
      quarantine.installed(flush)
      return quarantine.remainingMs()
    }
    expect(left(700)).to.equal(700)
    expect(left(0)).to.equal(0)
    expect(left(9000), 'and never longer than the view says').to.equal(3000)
    expect(left(null)).to.equal(3000)
  })

  it('never begins anew with a later view, though its proposer still waits in full', () => {
    const { clock, context, flush } = clocks()
    const quarantine = new Quarantine(context, {})
    quarantine.installed(flush)
    Object.assign(clock, { monotonicMs: 2000, bootMs: 2000 })
    quarantine.installed({ ...flush, installed: instantNow(context) })
    expect(quarantine.remainingMs()).to.equal(1000)
    Object.assign(clock, { monotonicMs: 4000, bootMs: 4000 })
    quarantine.installed({ ...flush, installed: instantNow(context) })
    expect(quarantine.remainingMs()).to.equal(0)
  })

  it('is in full for a node that is evicted later, and for one of the same id after another founding', () => {
    const { clock, context, flush } = clocks()
    const quarantine = new Quarantine(context, {})
    quarantine.installed(flush)
    Object.assign(clock, { monotonicMs: 2000, bootMs: 2000 })
    for (const entry of [
      { id: 'i', remainingMs: 3000, lastEpoch: 10 },
      { id: 'h', remainingMs: 3000, lastEpoch: 19 },
    ]) {
      quarantine.installed({ ...flush, view: { ...view, quarantine: [entry] }, installed: instantNow(context) })
      expect(quarantine.remainingMs()).to.equal(3000)
    }
  })

  it('is shorter by what the register told when the node had just been evicted, though it tells nothing any more', () => {
    const { clock, context, flush } = clocks()
    let noted: number | null = 700
    const quarantine = new Quarantine(context, { sessionLeftMs: () => noted })
    quarantine.installed(flush)
    noted = null
    Object.assign(clock, { monotonicMs: 500, bootMs: 500 })
    quarantine.installed({ ...flush, installed: instantNow(context) })
    expect(quarantine.remainingMs()).to.equal(200)
  })
})

describe('the local register', () => {
  const place = 'views-10-a-1'

  /** A register that has found the founding of `view`; `current` is the view as it was told. */
  function opened() {
    const { clock, context } = clocks()
    const store = createMemoryStore('memory:clocks', '')
    store.shared.makePlace(place)
    store.files.set(foundingFile, encodeDecision({ view, place }))
    const directory = new MemoryDirectory(store, 1)
    const read = directory.read.bind(directory)
    // A slow disk: each look takes a tenth of a second.
    directory.read = (name) => {
      clock.monotonicMs += 100
      return read(name)
    }
    const renewed: Instant[] = []
    const decided: View[] = []
    const register = new LocalRegister(context, directory, {
      cluster: 'test',
      address: 'a:1',
      config,
      epochs: memoryEpochs(context),
    })
    register.start({
      decided: (told) => decided.push(told),
      renewed: (started) => renewed.push(started),
      unfinished: () => undefined,
      renewing: () => undefined,
      refused: () => undefined,
      ended: ({ message }) => {
        throw new Error(message)
      },
    })
    return { clock, store, register, renewed, decided, current: decided[0] as View }
  }

  it('counts a session from before it looked, however slow the disk', () => {
    const { clock, register, renewed, current } = opened()
    clock.monotonicMs = 5000
    register.renew(current)
    expect(renewed.map(({ monotonicMs }) => monotonicMs)).to.deep.equal([5000])
    expect(clock.monotonicMs).to.be.greaterThan(5000)
  })

  it('renews no node that a view left out, although a later one lists it again', () => {
    const without = successorOf(view, { gone: new Map([['a', 'evicted']]), joiners: [], elapsedMs: 0 })
    const again = successorOf(without, { gone: new Map(), joiners: [{ id: 'a', address: 'a:1' }], elapsedMs: 0 })
    const { store, register, renewed, decided, current } = opened()
    for (const later of [without, again])
      store.files.set(successorFile(place, later.epoch - 1), encodeDecision({ view: later, place }))
    register.renew(current)
    expect(renewed).to.deep.equal([])
    expect(decided.at(-1)?.epoch).to.equal(without.epoch)
  })

  it('tells what the file says, not what it wanted to write', () => {
    const theirs = successorOf(view, { gone: new Map([['c', 'evicted']]), joiners: [], elapsedMs: 0 })
    const ours = successorOf(view, { gone: new Map([['b', 'evicted']]), joiners: [], elapsedMs: 0 })
    const { store, register, decided, current } = opened()
    store.files.set(successorFile(place, view.epoch), encodeDecision({ view: theirs, place }))
    register.propose(current, ours)
    expect(decided.at(-1)).to.deep.equal(theirs)
    expect(store.files.get(successorFile(place, view.epoch))).to.deep.equal(encodeDecision({ view: theirs, place }))
  })
})
