import { expect } from 'chai'
import fc from 'fast-check'
import { type Aged, compareAged, grantsPerStep } from '../../../lib/base/aging.ts'
import { WaiterQueue } from '../../../lib/engines/common/queue.ts'

describe('engines: the queue of waiters', () => {
  it('equals a sorted list after any operations', () => {
    const action = fc.record({
      what: fc.constantFrom('add', 'add', 'add', 'grant', 'withdraw'),
      // Few grants make much of a step as small as these.
      priority: fc.constantFrom(0, 1 / grantsPerStep, 2 / grantsPerStep, 3, -1, 7),
      which: fc.nat(),
    })
    fc.assert(
      fc.property(fc.array(action, { maxLength: 150 }), (actions) => {
        const queue = new WaiterQueue<Aged>()
        let model: Aged[] = []
        let grantsBefore = 0
        for (const [order, { what, priority, which }] of actions.entries()) {
          if (what === 'add') {
            const added = { priority, grantsBefore, order }
            queue.add(added)
            model = [...model, added].sort(compareAged)
          } else if (model.length > 0) {
            const isGrant = what === 'grant'
            const [gone] = model.splice(isGrant ? 0 : which % model.length, 1)
            if (isGrant) {
              expect(queue.first).to.equal(gone)
              queue.granted()
              grantsBefore++
            }
            expect(queue.delete(gone as Aged)).to.equal(true)
            expect(queue.delete(gone as Aged)).to.equal(false)
          }
          expect(queue.size).to.equal(model.length)
          expect(queue.first).to.equal(model[0])
          expect([...queue]).to.deep.equal(model)
        }
      }),
    )
  })
})
