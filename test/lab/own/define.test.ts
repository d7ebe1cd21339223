import { expect } from 'chai'
import { Mode } from '../../../lib/base/mode.ts'
import { defineAlgorithm, type OwnDefinition } from '../../../lib/lab/own/define.ts'
import type { Body, Site } from '../../../lib/mutex/contract.ts'

const stamp = { time: 1, count: 0, id: 'a' }

/** A site that writes down what is done, and an algorithm that is granted when a message arrives. */
function stage(more: object = {}) {
  const done: string[] = []
  const site: Site<Body> = {
    self: 'a',
    peers: ['b'],
    carried: [],
    firstPlace: 'b',
    send: (to, { kind }) => void done.push(`${kind} to ${to}`),
    broadcast: (to, message) => {
      for (const id of to) site.send(id, message)
    },
    granted: () => void done.push('granted'),
    refused: () => void done.push('refused'),
    pause: () => void done.push('pause'),
    isSilent: () => false,
  }
  const kind = defineAlgorithm<Body>({
    name: 'slow',
    create: (own) => ({
      request: () => own.send('b', { kind: 'ask' }),
      receive: () => own.granted(),
      release: () => own.send('b', { kind: 'left' }),
      ...more,
    }),
  })
  return { done, kind, algorithm: kind.create(site) }
}

describe('defineAlgorithm', () => {
  it('needs request, receive and release, and fills in the rest so that no site testifies for another', () => {
    const { kind, algorithm } = stage()
    expect([kind.modes, kind.asksAlways, kind.links, kind.cancels]).to.deep.equal([['exclusive'], true, 'fifo', false])
    expect(kind.untouched([], 'a', 'a', 'b')).to.equal(true)
    expect([algorithm.mayHold('b'), algorithm.wanted(Mode.exclusive), algorithm.idle()]).to.deep.equal([true, true, false])
    expect(algorithm.describe()).to.deep.equal({ token: false, permissions: [] })
    algorithm.rest()
  })

  it('gives back at once what a withdrawn request is granted', () => {
    const { done, algorithm } = stage()
    algorithm.request(stamp, Mode.exclusive, false)
    algorithm.cancel(stamp)
    algorithm.receive('b', { kind: 'yes' })
    expect(done).to.deep.equal(['ask to b', 'left to b'])
  })

  it('lets a withdrawn request stand for the next one', () => {
    const { done, algorithm } = stage()
    algorithm.request(stamp, Mode.exclusive, false)
    algorithm.cancel(stamp)
    algorithm.request(stamp, Mode.exclusive, false)
    algorithm.receive('b', { kind: 'yes' })
    expect(done).to.deep.equal(['ask to b', 'granted'])
  })

  it('leaves withdrawing to an algorithm that can', () => {
    const { done, kind, algorithm } = stage({ cancel: () => done.push('cancelled') })
    expect(kind.cancels).to.equal(true)
    algorithm.request(stamp, Mode.exclusive, false)
    algorithm.cancel(stamp)
    expect(done).to.deep.equal(['ask to b', 'cancelled'])
  })

  it('refuses a try, unless it is granted at once', () => {
    const slow = stage()
    slow.algorithm.request(stamp, Mode.exclusive, true)
    slow.algorithm.receive('b', { kind: 'yes' })
    expect(slow.done).to.deep.equal(['ask to b', 'refused', 'left to b'])
    const done: string[] = []
    const still = (): void => undefined
    const calls = { send: still, broadcast: still, pause: still, isSilent: () => false }
    const site = { self: 'a', peers: ['b'], carried: [], firstPlace: 'a', ...calls }
    const quick = defineAlgorithm<Body>({
      name: 'quick',
      create: (own) => ({ request: () => own.granted(), receive: () => undefined, release: () => undefined }),
    }).create({ ...site, granted: () => void done.push('granted'), refused: () => void done.push('refused') })
    quick.request(stamp, Mode.exclusive, true)
    expect(done).to.deep.equal(['granted'])
  })

  it('says what is missing', () => {
    const define = (definition: object): unknown => defineAlgorithm(definition as unknown as OwnDefinition)
    expect(() => define({})).to.throw(TypeError, "'name'")
    expect(() => define({ name: 'x' })).to.throw(TypeError, "'create'")
    expect(() => define({ name: 'x', create: () => null, links: 'wet' })).to.throw(TypeError, "'links'")
    const without = defineAlgorithm({ name: 'x', create: () => ({ request: () => 0 }) } as unknown as OwnDefinition)
    const { kind } = stage()
    expect(kind.name).to.equal('slow')
    expect(() => without.create({} as unknown as Site<Body>)).to.throw(TypeError, "x: what 'create' returns has no receive()")
  })
})
