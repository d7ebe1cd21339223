import { expect } from 'chai'
import fastCheck from 'fast-check'
import { describe, it } from 'mocha'
import type { Intervention } from '../../../lib/lab/scenario/interventions.ts'
import { linkOf, linkText } from '../../../lib/lab/scenario/link.ts'
import { defaultScenario, nodesOf, type Scenario } from '../../../lib/lab/scenario/scenario.ts'

const message = fastCheck.integer({ min: 1, max: 9999 })

function interventionFor(nodes: readonly string[]): fastCheck.Arbitrary<Intervention> {
  const node = fastCheck.constantFrom(...nodes)
  return fastCheck.oneof(
    fastCheck.record({ kind: fastCheck.constantFrom('request', 'release', 'cancel', 'crash', 'pause', 'resume'), node }),
    fastCheck.record({ kind: fastCheck.constantFrom('deliver', 'drop', 'duplicate'), message }),
    fastCheck.record({ kind: fastCheck.constant('delay' as const), message, byT: fastCheck.constantFrom(0.5, 2, 17.25) }),
    fastCheck.record({ kind: fastCheck.constantFrom('heal', 'view') }),
    fastCheck
      .shuffledSubarray([...nodes], { minLength: 2 })
      .map((ids) => ({ kind: 'partition' as const, parts: [ids.slice(0, 1), ids.slice(1)] })),
  ) as fastCheck.Arbitrary<Intervention>
}

const anyScenario: fastCheck.Arbitrary<Scenario> = fastCheck.integer({ min: 2, max: 50 }).chain((nodes) =>
  fastCheck.record({
    algorithm: fastCheck.constantFrom('lamport', 'raymond:star+greedy', 'ricart-agrawala'),
    nodes: fastCheck.constant(nodes),
    seed: fastCheck.integer({ min: 0, max: 2 ** 31 }),
    load: fastCheck.constantFrom('hands', 'saturated', 'hotspot:0.7,0.8'),
    delay: fastCheck.constantFrom('constant:1', 'uniform:0.5,1.5', 'two-sites:1,10'),
    isFifo: fastCheck.boolean(),
    loss: fastCheck.constantFrom(0, 0.05),
    sectionT: fastCheck.constantFrom(null, 0, 1, 2.5),
    users: fastCheck.integer({ min: 0, max: 1000 }),
    interventions: fastCheck
      .array(interventionFor(nodesOf({ ...defaultScenario, nodes })), { maxLength: 6 })
      .map((all) => all.map((each, place) => ({ after: place * 3, do: each }))),
  }),
)

describe('a link', () => {
  it('holds any scenario and the step, and gives them back', () => {
    fastCheck.assert(
      fastCheck.property(anyScenario, fastCheck.nat(1000), (scenario, step) => {
        const text = linkText({ scenario, step })
        expect(linkOf(text)).to.deep.equal({ scenario, step })
        expect(text).to.match(/^[\w\-.~!*'()%=&:,+/]*$/)
      }),
    )
  })

  it('is short, and can be written by hand', () => {
    expect(linkText({ scenario: defaultScenario, step: 0 })).to.equal('algorithm=ricart-agrawala')
    expect(linkOf('nodes=3&do=2:crash:B,7:partition:A+B/C&at=9')).to.deep.equal({
      scenario: {
        ...defaultScenario,
        nodes: 3,
        interventions: [
          { after: 2, do: { kind: 'crash', node: 'B' } },
          { after: 7, do: { kind: 'partition', parts: [['A', 'B'], ['C']] } },
        ],
      },
      step: 9,
    })
  })

  it('that cannot be played is refused with the option, and what it may be', () => {
    const refusals: readonly (readonly [string, RegExp])[] = [
      ['colour=red', /no such option; there are algorithm, nodes/],
      ['nodes=1', /nodes: 1 will not do; it is a whole number from 2 to 50/],
      ['nodes=3.5', /nodes: 3\.5/],
      ['nodes=many', /nodes: 'many' is no number/],
      ['seed=-1', /seed/],
      ['load=heavy', /'heavy' is no load/],
      ['delay=long', /'long' is no delay law/],
      ['loss=1', /loss: 1 will not do; it is a chance/],
      ['section=-1', /section/],
      ['fifo=perhaps', /neither 'yes' nor 'no'/],
      ['algorithm=%E0%A4%A', /not escaped/],
      ['do=3:explode:A', /nothing to be done; write request:NODE/],
      ['do=3:crash:Z', /names 'Z'; the nodes are A, B, C, D/],
      ['do=5:crash:A,5:crash:B', /steps that rise/],
      ['do=crash:A', /no number|nothing to be done/],
      ['do=3:drop:0', /nothing to be done/],
      ['do=3:delay:1:-2', /nothing to be done/],
      ['do=3:partition:A+B/B', /two parts/],
      ['at=-2', /no number of steps/],
    ]
    for (const [text, message] of refusals) {
      expect(() => linkOf(text), text)
        .to.throw(message)
        .with.property('code', 'BAD_OPTION')
    }
  })
})
