import { expect } from 'chai'
import fc from 'fast-check'
import { grantsPerStep } from '../../lib/base/aging.ts'
import { Mode } from '../../lib/base/mode.ts'
import type { Waiter } from '../../lib/lock/waiter.ts'
import { Waiting } from '../../lib/lock/waiting.ts'

function waiter(priority: number, mode = Mode.exclusive, ifFree = false): Waiter {
  const ignored = (): void => {}
  return {
    name: 'door',
    mode,
    owner: 1,
    priority,
    meta: undefined,
    ifFree,
    sinceMs: 0,
    order: 0,
    grantsBefore: 0,
    granted: () => expect.fail('is not granted'),
    refused: ignored,
    failed: ignored,
  }
}

describe('lock: the waiters of a node', () => {
  it('go by priority, then in the order of arrival, and by mode when one is asked for', () => {
    const waiting = new Waiting()
    const [low, writer, reader, late] = [waiter(0), waiter(2), waiter(2, Mode.shared), waiter(2)]
    for (const each of [low, writer, reader, late]) waiting.add(each)
    expect(waiting.all()).to.deep.equal([writer, reader, late, low])
    expect(waiting.shift(Mode.shared)).to.equal(reader)
    expect(waiting.firstOf(Mode.shared)).to.equal(undefined)
    expect(waiting.first).to.equal(writer)
    expect(waiting.remove(writer)).to.equal(true)
    expect(waiting.remove(writer)).to.equal(false)
    expect(waiting.first).to.equal(late)
  })

  it('age: requests of a higher priority pass a waiter for a hundred grants a step, and no longer', () => {
    for (const step of [1, 3, 0.5]) {
      const waiting = new Waiting()
      const low = waiter(0)
      waiting.add(low)
      let passed = 0
      for (waiting.add(waiter(step)); waiting.shift(Mode.exclusive) !== low; passed++) waiting.add(waiter(step))
      // The last one came after just as many grants.
      expect(passed).to.equal(step * grantsPerStep + 1)
    }
  })

  it('that ask between the same two grants go by priority alone, however close their priorities are', () => {
    const waiting = new Waiting()
    for (let i = 0; i < 1e6; i++) {
      waiting.add(waiter(0))
      waiting.shift(Mode.exclusive)
    }
    const priorities = [1e-20, 0, 2e-20, Number.MAX_VALUE, -Number.MAX_VALUE, 5, 5]
    const asked = priorities.map((priority) => waiter(priority))
    for (const each of asked) waiting.add(each)
    expect(waiting.all()).to.deep.equal([3, 5, 6, 2, 0, 1, 4].map((at) => asked[at]))
  })

  it('say how many of the first want one mode, and whether a waiter is among these', () => {
    const permits = Mode.permits(3)
    const waiting = new Waiting()
    expect(waiting.beginsWith(permits, 1)).to.equal(false)
    const [late, first, second] = [waiter(0, permits), waiter(2, permits), waiter(1, permits)]
    waiting.add(late)
    expect([waiting.beginsWith(permits, 1), waiting.beginsWith(permits, 2)]).to.deep.equal([true, false])
    for (const each of [first, second]) waiting.add(each)
    expect([waiting.beginsWith(permits, 3), waiting.beginsWith(permits, 4)]).to.deep.equal([true, false])
    const amongTwo = [late, first, second].map((each) => waiting.isAmongFirst(each, permits, 2))
    expect(amongTwo).to.deep.equal([false, true, true])
    expect([first, second].map((each) => waiting.isAmongFirst(each, permits, 1))).to.deep.equal([true, false])
    const writer = waiter(0)
    waiting.add(writer)
    expect([waiting.beginsWith(permits, 1), waiting.beginsWith(permits, 2)]).to.deep.equal([true, false])
    expect(waiting.isAmongFirst(writer, permits, 4)).to.equal(false)
    waiting.remove(first)
    expect(waiting.isAmongFirst(late, permits, 2)).to.equal(true)
  })

  it('equal a sorted list after any operations', () => {
    const modes: readonly Mode[] = [Mode.exclusive, Mode.shared, Mode.permits(3)]
    const action = fc.record({
      what: fc.constantFrom('add', 'add', 'add', 'shift', 'remove', 'triers'),
      // Few grants make much of a step as small as these.
      priority: fc.constantFrom(0, 1 / grantsPerStep, 2 / grantsPerStep, 3),
      mode: fc.constantFrom(...modes),
      ifFree: fc.boolean(),
      which: fc.nat(),
    })
    fc.assert(
      fc.property(fc.array(action, { maxLength: 120 }), (actions) => {
        const waiting = new Waiting()
        let model: Waiter[] = []
        let grants = 0
        const came = new Map<Waiter, number>()
        // In hundredths of a step: whole numbers.
        const rank = (each: Waiter): number => Math.round(each.priority * grantsPerStep) - (came.get(each) as number)
        const isBefore = (a: Waiter, b: Waiter): boolean => rank(a) > rank(b) || (rank(a) === rank(b) && a.priority > b.priority)
        for (const { what, priority, mode, ifFree, which } of actions) {
          if (what === 'add') {
            const added = waiter(priority, mode, ifFree)
            waiting.add(added)
            came.set(added, grants)
            const at = model.findIndex((each) => isBefore(added, each))
            model.splice(at === -1 ? model.length : at, 0, added)
          } else if (what === 'shift') {
            const first = model.find((each) => each.mode === mode)
            expect(waiting.shift(mode)).to.equal(first)
            model = model.filter((each) => each !== first)
            if (first !== undefined) grants++
          } else if (what === 'remove' && model.length > 0) {
            const removed = model[which % model.length] as Waiter
            expect(waiting.remove(removed)).to.equal(true)
            model = model.filter((each) => each !== removed)
          } else if (what === 'triers') {
            const spared = model[which % Math.max(1, model.length)]
            const taken = new Set(waiting.takeTriers(spared))
            const tried = model.filter((each) => each.ifFree && each !== spared)
            expect([taken.size, tried.every((each) => taken.has(each))]).to.deep.equal([tried.length, true])
            model = model.filter((each) => !taken.has(each))
          }
          expect(waiting.size).to.equal(model.length)
          expect(waiting.first).to.equal(model[0])
          for (const each of modes) expect(waiting.firstOf(each)).to.equal(model.find((one) => one.mode === each))
          expect(waiting.all()).to.deep.equal(model)
        }
      }),
    )
  })

  it('a hundred thousand come and go in any order without a walk along the queue', () => {
    const waiting = new Waiting()
    const crowd = Array.from({ length: 100_000 }, (_, i) => waiter(i % 1000, i % 2 === 0 ? Mode.exclusive : Mode.shared))
    for (const each of crowd) waiting.add(each)
    // From the front and from the back: a list would be walked from one end or the other.
    for (let i = 0; i < 50_000; i++) {
      waiting.remove(crowd[i] as Waiter)
      waiting.remove(crowd[99_999 - i] as Waiter)
    }
    expect(waiting.size).to.equal(0)
  })
})
