import { expect } from 'chai'
import fc from 'fast-check'
import { Mailbox } from '../../lib/actor/mailbox.ts'

describe('the mailbox of an actor', () => {
  it('is a bounded queue: it agrees with a plain array under any use', () => {
    const step = fc.oneof(
      fc.constant('offer'),
      fc.constant('keep'),
      fc.constant('take'),
      fc.constant('take'),
      fc.constant('clear'),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 5 }), (steps, max) => {
        const mailbox = new Mailbox<number>(max)
        let model: number[] = []
        steps.forEach((each, i) => {
          if (each === 'offer') {
            const fits = model.length < max
            expect(mailbox.offer(i)).to.equal(fits)
            if (fits) model.push(i)
          } else if (each === 'keep') {
            mailbox.keep(i)
            model.push(i)
          } else if (each === 'take') expect(mailbox.take()).to.equal(model.shift())
          else {
            expect(mailbox.clear()).to.deep.equal(model)
            model = []
          }
          expect(mailbox.size).to.equal(model.length)
        })
      }),
    )
  })
})
