import { expect } from 'chai'
import fc from 'fast-check'
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
      priority: fc.integer({ min: 0, max: 3 }),
      mode: fc.constantFrom(...modes),
      ifFree: fc.boolean(),
      which: fc.nat(),
    })
    fc.assert(
      fc.property(fc.array(action, { maxLength: 120 }), (actions) => {
        const waiting = new Waiting()
        let model: Waiter[] = []
        for (const { what, priority, mode, ifFree, which } of actions) {
          if (what === 'add') {
            const added = waiter(priority, mode, ifFree)
            waiting.add(added)
            const at = model.findIndex((each) => each.priority < priority)
            model.splice(at === -1 ? model.length : at, 0, added)
          } else if (what === 'shift') {
            const first = model.find((each) => each.mode === mode)
            expect(waiting.shift(mode)).to.equal(first)
            model = model.filter((each) => each !== first)
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
