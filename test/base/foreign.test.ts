import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import { codeOf, isError, isPlainPrototype, isPromise } from '../../lib/base/foreign.ts'

/** Made by another realm. */
const foreign = (program: string): unknown => runInNewContext(program)
const prototypeOf = (value: unknown): unknown => Object.getPrototypeOf(value)

describe('values of another realm', () => {
  it('are errors if errors made them', () => {
    for (const value of [
      foreign('new Error()'),
      foreign('new TypeError()'),
      new RangeError(),
      new DOMException('', 'AbortError'),
    ])
      expect(isError(value)).to.equal(true)
    for (const value of [{ message: '' }, 'Error', null, undefined, foreign('({ message: 1 })')])
      expect(isError(value)).to.equal(false)
  })

  it('tell their code', () => {
    expect(codeOf(foreign('Object.assign(new Error(), { code: "EMFILE" })'))).to.equal('EMFILE')
    expect(codeOf(Object.assign(new Error(), { code: 7 }))).to.equal(undefined)
    expect(codeOf({ code: 'EMFILE' })).to.equal(undefined)
    const trap = (): never => {
      throw new Error('trapped')
    }
    expect(codeOf(new Proxy({}, { getPrototypeOf: trap, get: trap }))).to.equal(undefined)
  })

  it('are promises if they have what promises have', () => {
    for (const value of [foreign('Promise.resolve()'), Promise.resolve(), foreign('({ then() {}, catch() {} })')])
      expect(isPromise(value)).to.equal(true)
    for (const value of [undefined, null, 1, 'then', {}, foreign('({ then: 1 })'), () => {}])
      expect(isPromise(value)).to.equal(false)
    const trap = (): never => {
      throw new Error('trapped')
    }
    const hostile = new Proxy({}, { getPrototypeOf: trap, get: trap })
    expect(isPromise(hostile)).to.equal(false)
  })

  it('are plain objects unless a class made them', () => {
    for (const value of [foreign('({})'), {}, Object.create(null)]) expect(isPlainPrototype(prototypeOf(value))).to.equal(true)
    for (const value of [foreign('new (class A {})()'), foreign('new Map()'), foreign('[]'), new Date(), Object.create({})])
      expect(isPlainPrototype(prototypeOf(value))).to.equal(false)
    expect(isPlainPrototype(Object.create(null))).to.equal(false)
  })
})
