import { expect } from 'chai'
import { InvariantViolation } from '../../lib/base/assert.ts'
import { bodySchema, body } from '../../lib/wire/bodies.ts'
import { safe } from '../../lib/wire/fields.ts'
import { WireError } from '../../lib/wire/schema.ts'

const ask = body(3, { number: safe })
const answer = body(1, {})

describe('the schema of the bodies that algorithms declare', () => {
  it('packs a body as the number of its kind and its fields, and reads it again', () => {
    const schema = bodySchema([{ ask }, { ask, answer }])
    const packed = schema.pack({ kind: 'ask', number: 7 } as { kind: string })
    expect(packed).to.deep.equal([3, [7]])
    expect(schema.unpack(packed)).to.deep.equal({ kind: 'ask', number: 7 })
    expect(schema.unpack([1, []])).to.deep.equal({ kind: 'answer' })
  })

  it('takes nothing that is not declared, and says which kinds are', () => {
    const schema = bodySchema([{ ask }, { answer }])
    for (const raw of [[0, []], [2, []], [4, []], [-1, []], ['ask', [7]], [3], [3, [7], 0], null])
      expect(() => schema.unpack(raw), JSON.stringify(raw)).to.throw(WireError, 'expected one of answer, ask')
    expect(() => schema.unpack([3, [-7]])).to.throw(WireError, /^ask\.number: /)
    expect(() => schema.pack({ kind: 'other' })).to.throw(InvariantViolation, 'expected one of answer, ask')
  })

  it('refuses two kinds of one number, and two shapes of one kind', () => {
    expect(() => bodySchema([{ ask }, { other: body(3, {}) }])).to.throw(InvariantViolation, /'ask' and 'other'/)
    expect(() => bodySchema([{ ask }, { ask: body(4, {}) }])).to.throw(InvariantViolation, /'ask' is declared twice/)
    expect(() => bodySchema([{ ask }, { ask: body(3, { number: safe }) }])).to.throw(
      InvariantViolation,
      /'ask' is declared twice/,
    )
  })
})
