import { expect } from 'chai'
import { HoldfastError, LostError, TimeoutError } from '../../lib/base/errors.ts'

describe('base: error classes', () => {
  it('are told apart by instanceof, as classes with one base', () => {
    const error: unknown = new LostError('the hold was lost', { reason: 'session' })
    expect([error instanceof HoldfastError, error instanceof LostError, error instanceof TimeoutError]).to.deep.equal([
      true,
      true,
      false,
    ])
    expect(error).to.include({ code: 'LOST', reason: 'session', name: 'LostError' })
  })

  it('have only the details that were given', () => {
    expect(Object.keys(new TimeoutError('late'))).to.have.members(['code', 'definite', 'name'])
    expect(Object.keys(new LostError('lost', { reason: 'session' })))
      .to.include('reason')
      .and.not.include('option')
  })

  it('take nothing else for an error of Holdfast', () => {
    for (const value of [null, undefined, 'LOST', { code: 'LOST' }, Object.assign(new Error('lost'), { code: 'LOST' })])
      expect([value instanceof HoldfastError, value instanceof LostError]).to.deep.equal([false, false])
  })

  it("let a user's own subclass mean its own instances only", () => {
    class PaymentLost extends LostError {}
    class Payment extends HoldfastError {}
    const plain = new LostError('lost', { reason: 'closed' })
    const own = new PaymentLost('lost', { reason: 'closed' })
    expect([plain instanceof PaymentLost, own instanceof PaymentLost, own instanceof LostError]).to.deep.equal([
      false,
      true,
      true,
    ])
    expect([plain instanceof Payment, new Payment('LOST', 'lost') instanceof Payment]).to.deep.equal([false, true])
  })
})
