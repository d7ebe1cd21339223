import { expect } from 'chai'
import { BadOptionError } from '../../../lib/base/errors.ts'
import { createNode, createObserver } from '../../../lib/index.ts'
import { defaultScenario, experimentOf, play, runExperiment, runReal, svgOf } from '../../../lib/lab/index.ts'
import {
  diagram,
  drawPlan,
  explore,
  judgePlan,
  shrink,
  Simulation,
  simulatedNode,
  storyOf,
  testActor,
} from '../../../lib/sim/index.ts'

const actor = { init: () => 0, receive: () => undefined }
/** Any object, as a program without types gives it. */
const given = (options: object): never => options as never

describe('an option that a call does not have', () => {
  const simulation = new Simulation({ seed: 1 })
  const started = simulation.outcome(simulatedNode(simulation.world('a')))
  const experiment = experimentOf({ algorithms: ['raymond'] })
  const real = { algorithms: ['raymond'], nodes: [2], loads: ['light'] }

  const calls: readonly (readonly [call: string, key: string, meant: string, attempt: () => unknown])[] = [
    ['createNode', 'timeout', 'wait', () => createNode(given({ timeout: 5 }))],
    ['createObserver', 'timeout', 'wait', () => createObserver(given({ timeout: 5 }))],
    ['limits', 'mailbox', 'mailboxMax', () => createNode({ limits: given({ mailbox: 5 }) })],
    ['profile', 'ttl', 'session', () => createNode({ profile: given({ ttl: 5 }) })],
    ['tls', 'certificate', 'cert', () => createNode({ tls: given({ certificate: '' }) })],
    ['acquire', 'timeout', 'wait', async () => (await started).acquire('a', given({ timeout: 5 }))],
    ['tryAcquire', 'timeout', 'wait', async () => (await started).tryAcquire('a', given({ timeout: 5 }))],
    ['withLock', 'timeout', 'wait', async () => (await started).withLock('a', given({ timeout: 5 }), () => 1)],
    ['ask', 'timeout', 'wait', async () => (await started).ref('b', 'a').ask(1, given({ timeout: 5 }))],
    ['restart', 'maxRestarts', 'restartsMax', async () => spawned({ restart: given({ maxRestarts: 5 }) })],
    ['an actor', 'mailboxSize', 'mailboxMax', async () => spawned({ mailboxSize: 5 })],
    ['an actor', 'recieve', 'receive', async () => (await started).spawn('b', given({ init: () => 0, recieve: () => 0 }))],
    ['simulatedNode', 'timeout', 'wait', () => simulatedNode(simulation.world('b'), given({ timeout: 5 }))],
    ['Simulation', 'seeds', 'seed', () => new Simulation(given({ seed: 1, seeds: 5 }))],
    ['world', 'prot', 'port', () => simulation.world('b', given({ prot: 5 }))],
    ['suspend', 'bootstill', 'bootStill', () => simulation.host('b').suspend(given({ bootstill: true }))],
    ['suspend', 'bootstill', 'bootStill', () => simulation.host('b').clock.suspend(given({ bootstill: true }))],
    ['crash', 'silent', 'silently', () => simulation.world('b').crash(given({ silent: true }))],
    ['testActor', 'sed', 'seed', () => testActor(actor, given({ sed: 5 }))],
    ['storyOf', 'violation', 'violations', () => storyOf([], given({ violation: [] }))],
    ['diagram', 'column', 'columns', () => diagram([], given({ column: 5 }))],
    ['shrink', 'attempts', 'attemptsMax', () => shrink({}, [], async () => true, given({ attempts: 5 }))],
    ['judgePlan', 'totheEnd', 'toTheEnd', () => judgePlan(drawPlan(1), given({ totheEnd: true }))],
    ['explore', 'statesmax', 'statesMax', () => explore(given({ statesmax: 5 }))],
    ['runExperiment', 'workers', 'threads', () => runExperiment(experiment, given({ workers: 1 }))],
    ['runReal', 'entires', 'entries', () => runReal(given({ ...real, entires: 1 }))],
    ['svgOf', 'vertical', 'isVertical', () => svgOf(play(defaultScenario, 1), given({ vertical: true }))],
  ]

  for (const [call, key, meant, attempt] of calls) {
    it(`is refused by ${call}: '${key}' is '${meant}'`, async () => {
      const error = await rejection(attempt)
      expect(error).to.be.instanceOf(BadOptionError)
      expect((error as Error).message).to.match(new RegExp(`^${call} .*'${key}'.*Did you mean '${meant}'\\?`))
    })
  }

  it('may be a member of an actor that nothing here is called like', async () => {
    ;(await spawned({ helper: () => 1, timers: [], data: 5 })).stop()
  })

  async function spawned(more: object) {
    return (await started).spawn('an actor', { ...actor, ...more })
  }

  async function rejection(attempt: () => unknown): Promise<unknown> {
    try {
      await attempt()
    } catch (error) {
      return error
    }
    return undefined
  }
})
