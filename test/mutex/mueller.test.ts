import { expect } from 'chai'
import { seededRandom } from '../../lib/base/random.ts'
import { mueller } from '../../lib/mutex/mueller.ts'
import { checkEnd } from '../../lib/sim/explorer/checks.ts'
import { explore } from '../../lib/sim/explorer/explore.ts'
import { GlobalState } from '../../lib/sim/explorer/global-state.ts'
import type { Situation, Step, Wish } from '../../lib/sim/explorer/situation.ts'
import { exclusive, stateOf, visit } from './visits.ts'

const withPriority = (priority: number, more: Partial<Wish> = {}): Wish => ({ ...exclusive, ...more, priority })

/** Each of these sites asks in turn, and all messages arrive before the next asks. */
function askInTurn(state: GlobalState, asking: readonly (readonly [at: string, priority: number])[]): void {
  for (const [at, priority] of asking) {
    state.request(at, withPriority(priority))
    state.settle()
  }
}

/** The holder leaves, and so does each that enters then. */
function leaveInTurn(state: GlobalState): string {
  for (let at = insideOf(state); at !== undefined; at = insideOf(state)) {
    state.take({ do: 'release', at })
    state.settle()
  }
  return state.entries.map(({ at }) => at).join('')
}

function insideOf(state: GlobalState): string | undefined {
  return state.ids.find((id) => state.seat(id).inside > 0)
}

function statesOf(situation: Situation): number {
  const { states, complete, violation } = explore(situation)
  if (violation !== null) throw new Error(violation.story.join('\n'))
  expect(complete).to.equal(true)
  return states
}

describe('Mueller 1998', () => {
  it('where the token is an entry costs nothing, elsewhere as much as with Naimi and Tréhel', () => {
    for (const orderOf of ['abcabc', 'bcdaebd', 'edcbaedcba']) {
      const [own, theirs] = [stateOf('mueller', 5), stateOf('naimi-trehel', 5)]
      for (const [i, at] of [...orderOf].entries()) {
        // A clock near to real time: a later request has a later stamp.
        own.own(at).clock = 10 * i
        expect(visit(own, at)).to.equal(visit(theirs, at))
      }
    }
  })

  it('serves by priority, whichever site keeps a request, and of one priority by the stamps; one message each', () => {
    const state = stateOf('mueller', 6)
    state.request('a', withPriority(0))
    askInTurn(state, [
      ['b', 1],
      ['c', 5],
      ['d', 1],
      ['e', 9],
      ['f', 5],
    ])
    const before = state.messages
    expect(leaveInTurn(state)).to.equal('aecfbd')
    expect(state.messages - before).to.equal(5)
  })

  it('a site that waits keeps what comes after it, and sends on what comes before it', () => {
    const state = stateOf('mueller', 4)
    state.request('a', withPriority(0))
    askInTurn(state, [['b', 3]])
    // All of them point to b now, by its request, or will.
    const keeps = (id: string): number => (state.seat(id).algorithm as unknown as { kept: unknown[] }).kept.length
    for (const at of ['c', 'd']) (state.own(at).algorithm as unknown as { place: string }).place = 'b'
    state.request('c', withPriority(2))
    state.settle()
    expect(keeps('b')).to.equal(1)
    state.request('d', withPriority(4))
    state.settle()
    expect(keeps('b')).to.equal(1)
    expect(leaveInTurn(state)).to.equal('adbc')
  })

  it('a request is raised by a later user of its site', () => {
    const state = stateOf('mueller', 4)
    state.request('a', withPriority(0))
    askInTurn(state, [
      ['b', 0],
      ['c', 0],
      ['d', 2],
    ])
    state.own('c').algorithm.raise?.(1)
    state.settle()
    expect(leaveInTurn(state)).to.equal('adcb')
  })
})

describe('every order of events: mueller with priorities', function () {
  this.timeout(60_000)
  const situations: readonly (readonly [name: string, wishes: Situation['wishes']])[] = [
    ['one above the other', [[withPriority(0)], [withPriority(1)], [withPriority(2)]]],
    ['again with another priority', [[withPriority(1), withPriority(0)], [withPriority(0)], [withPriority(2)]]],
    [
      'withdrawing and trying',
      [[withPriority(0, { fickle: true }), withPriority(3)], [withPriority(1)], [withPriority(0, { ifFree: true })]],
    ],
    [
      'a withdrawn place taken up with a higher one',
      [[withPriority(0, { fickle: true }), withPriority(2)], [withPriority(1)], [withPriority(0)]],
    ],
  ]
  for (const [name, wishes] of situations) {
    it(`three sites, ${name}, wherever the token begins`, () => {
      for (const firstPlace of ['a', 'b', 'c']) expect(statesOf({ kind: mueller, wishes, firstPlace })).to.be.greaterThan(80)
    })

    it(`three sites, ${name}, one cut off at any moment, or a message lost`, () => {
      const once = wishes.map((own) => own.slice(0, 1))
      expect(statesOf({ kind: mueller, wishes: once, firstPlace: 'b', crash: true, fences: true })).to.be.greaterThan(300)
      expect(statesOf({ kind: mueller, wishes: once, firstPlace: 'c', loss: true, fences: true })).to.be.greaterThan(100)
    })
  }

  it('thousands of random stories, over links that keep no order', () => {
    let entries = 0
    for (let seed = 1; seed <= 4000; seed++) {
      const random = seededRandom(seed)
      const sites = 2 + random.below(6)
      const letter = (): string => String.fromCharCode(97 + random.below(sites))
      const wishes = Array.from({ length: sites }, () =>
        Array.from({ length: random.below(6) }, () =>
          withPriority(random.below(4), { fickle: random.below(3) === 0, ifFree: random.below(5) === 0 }),
        ),
      )
      const state = new GlobalState({ kind: mueller, wishes, firstPlace: letter(), fences: true, unordered: true })
      for (let steps = state.steps(); steps.length > 0; steps = state.steps()) {
        const waiting = state.ids.filter(
          (id) => state.seat(id).pending[0] !== undefined && state.seat(id).pending[0]?.ifFree !== true,
        )
        const raised = waiting[random.below(Math.max(1, waiting.length))]
        // A later user of the site has a higher priority than its request.
        if (raised !== undefined && random.below(8) === 0) state.own(raised).algorithm.raise?.(random.below(6))
        state.take(steps[random.below(steps.length)] as Step)
      }
      checkEnd(state)
      entries += state.entries.length
    }
    expect(entries).to.be.greaterThan(20_000)
  })
})
