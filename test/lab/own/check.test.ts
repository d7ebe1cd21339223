import { expect } from 'chai'
import { simpleToken } from '../../../lib/lab/gallery/simple-token.ts'
import { check } from '../../../lib/lab/own/check.ts'
import { defineAlgorithm, type OwnDefinition } from '../../../lib/lab/own/define.ts'
import type { Watch } from '../../../lib/lab/own/guard.ts'
import { messageCopy } from '../../../lib/lab/own/message-copy.ts'
import { isPlain } from '../../../lib/lab/own/plain.ts'
import { replayed } from '../../../lib/lab/own/replay.ts'
import type { CheckReport } from '../../../lib/lab/own/report.ts'
import { storyOfSteps } from '../../../lib/sim/explorer/story.ts'
import { readSeeds } from '../../../lib/lab/own/seeds.ts'
import { shorten } from '../../../lib/lab/own/shorten.ts'
import { textOf } from '../../../lib/sim/story/text.ts'
import { template } from '../../../lib/lab/own/template.ts'
import { walk } from '../../../lib/lab/own/walk.ts'
import { labAlgorithms } from '../../../lib/lab/algorithms.ts'
import { galleryAlgorithm } from '../../../lib/lab/gallery/index.ts'
import type { AlgorithmKind, Body, Site } from '../../../lib/mutex/contract.ts'
import { explore } from '../../../lib/sim/explorer/explore.ts'

const watch: Watch = { around: (_site, _method, call) => call(), placeOf: () => '' }

function checked(definition: OwnDefinition, seeds: readonly number[] = [1, 2, 3]): CheckReport {
  const kind = defineAlgorithm(definition)
  const { links, cancels } = kind
  return check({ kind, links, cancels }, { nodes: [2], most: 2, seeds, statesMax: 5000 }, watch, () => undefined)
}

const nothing = (): void => undefined

/** A token between two, whose state is where only a closure can see it. */
function tokenInClosure(site: Site<Body>, isBroken: boolean) {
  let hasToken = site.self === site.firstPlace
  let isInside = false
  let isOwed = false
  const [peer = ''] = site.peers
  const pass = (): void => {
    isOwed = false
    hasToken = isBroken
    site.send(peer, { kind: 'token' })
  }
  const enter = (): void => {
    hasToken = true
    isInside = true
    site.granted()
  }
  return {
    request: () => (hasToken ? enter() : site.send(peer, { kind: 'ask' })),
    receive(_from: string, { kind }: Body) {
      if (kind === 'token') return enter()
      if (hasToken && !isInside) pass()
      else isOwed = true
    },
    release() {
      isInside = false
      if (isOwed) pass()
    },
  }
}

class HiddenCount {
  readonly #site: Site<Body>
  #asked = 0

  constructor(site: Site<Body>) {
    this.#site = site
  }

  request(): void {
    if (++this.#asked > 1) this.#site.granted()
  }

  receive(): void {
    this.#asked = 0
  }

  release(): void {
    this.#asked = 0
  }
}

describe("the check of one's own algorithm", function () {
  this.timeout(60_000)

  it('knows sites by their histories where their state is hidden', () => {
    const right = { name: 'closure', create: (site: Site<Body>) => tokenInClosure(site, false) }
    expect(isPlain(defineAlgorithm(right))).to.equal(false)
    expect(checked(right).violations).to.deep.equal([])
    const [wrong] = checked({ name: 'closure', create: (site) => tokenInClosure(site, true) }).violations
    expect(wrong?.property).to.equal('exclusion')
    const hidden = { name: 'hidden', create: (site: Site<Body>) => new HiddenCount(site) }
    expect(isPlain(defineAlgorithm(hidden))).to.equal(false)
    const [forgetful] = checked(hidden).violations
    expect([forgetful?.property, forgetful?.story.length]).to.deep.equal(['liveness', 2])
  })

  it('comes to the same by histories as by copies of states', () => {
    const once = [[{ mode: 'exclusive' }], [{ mode: 'exclusive' }], [{ mode: 'exclusive' }]] as const
    expect(isPlain(simpleToken)).to.equal(true)
    expect(explore({ kind: replayed(simpleToken), wishes: once }).violation).to.equal(null)
    const broken = galleryAlgorithm('gallery:token-passed-twice') as AlgorithmKind<Body>
    const [copied, lived] = [broken, replayed(broken)].map((kind) => explore({ kind, wishes: once }).violation)
    expect(lived?.problem).to.match(/are inside together/)
    expect(lived?.steps.length).to.equal(copied?.steps.length)
  })

  it('finds that chance decides', () => {
    let turn = 0
    const [found] = checked({
      name: 'dice',
      create: (site) => ({ request: () => (turn++ % 2 === 0 ? site.granted() : nothing()), receive: nothing, release: nothing }),
    }).violations
    expect(found?.property).to.equal('unrepeatable')
    expect(found?.problem).to.match(/is granted the first time, and does nothing when the same happens again: keep all state in/)
  })

  const wrong: readonly (readonly [what: string, request: (site: Site<Body>) => void, property: string, says: RegExp])[] = [
    [
      'sends to no site',
      (site) => site.send(undefined as unknown as string, { kind: 'x' }),
      'bad message',
      /a sends to no site, and its peers are b/,
    ],
    ['sends to a stranger', (site) => site.send('zoe', { kind: 'x' }), 'bad message', /a sends to 'zoe', and its peers are b/],
    ['sends to itself', (site) => site.send(site.self, { kind: 'x' }), 'bad message', /a sends to itself/],
    [
      'sends no kind',
      (site) => site.send('b', {} as unknown as Body),
      'bad message',
      /a sends b a message without a kind: give it one/,
    ],
    ['sends no object', (site) => site.send('b', 'hi' as unknown as Body), 'bad message', /a sends b "hi", which is no message/],
    [
      'sends without end',
      (site) => {
        for (;;) site.send('b', { kind: 'x' })
      },
      'endless',
      /a sends more than 10000 messages in one call/,
    ],
    [
      'throws',
      () => {
        throw new Error('no idea')
      },
      'throws',
      /a throws in request: Error: no idea/,
    ],
    [
      'enters twice',
      (site) => {
        site.granted()
        site.granted()
      },
      'wrong move',
      /a is granted what it does not want/,
    ],
  ]
  for (const [what, request, property, says] of wrong) {
    it(`names what ${what}`, () => {
      const { violations } = checked({
        name: 'wrong',
        create: (site) => ({
          request: () => (site.self === 'a' ? request(site) : nothing()),
          receive: nothing,
          release: nothing,
        }),
      })
      expect(violations).to.have.length(1)
      expect(violations[0]?.property).to.equal(property)
      expect(violations[0]?.problem).to.match(says)
    })
  }

  it('names what cannot even be made', () => {
    const [found] = checked({
      name: 'stillborn',
      create: (site) => {
        if (site.peers.length > 0) throw new RangeError('too many')
        return { request: nothing, receive: nothing, release: nothing }
      },
    }).violations
    expect(found?.problem).to.match(/a throws in create: RangeError: too many/)
  })

  it('lets messages go round for ever, as long as all are served', () => {
    const ring = (passes: boolean): OwnDefinition => ({
      name: 'ring',
      create: (site) => {
        const pass = (): void => site.send(site.peers[0] as string, { kind: 'token' })
        let wants = false
        let hasBegun = false
        return {
          request() {
            wants = true
            if (hasBegun) return
            hasBegun = true
            if (site.self === site.firstPlace) pass()
            else site.send(site.firstPlace, { kind: 'begin' })
          },
          receive(_from: string, { kind }: Body) {
            if (kind === 'begin') {
              if (hasBegun) return
              hasBegun = true
              return pass()
            }
            hasBegun = true
            if (!wants || !passes) return pass()
            wants = false
            site.granted()
          },
          release: pass,
        }
      },
    })
    expect(checked(ring(true)).violations).to.deep.equal([])
    const [never] = checked(ring(false), [1, 2]).violations
    expect(never?.property).to.equal('liveness')
    expect(never?.problem).to.match(/waits/)
    expect(never?.story.length).to.be.below(70)
  })

  it('finds nothing in the algorithms of the textbooks that are right', () => {
    for (const kind of labAlgorithms.filter(({ name }) =>
      ['ricart-agrawala', 'carvalho-roucairol', 'token-ring'].includes(name),
    )) {
      const report = check(
        { kind, links: 'fifo', cancels: true },
        { nodes: [2], most: 6, seeds: [1, 2, 3, 4, 5], statesMax: 5000 },
        watch,
        nothing,
      )
      expect(report.violations, kind.name).to.deep.equal([])
      expect(report.score.total, kind.name).to.be.above(90)
    }
  })

  it('says the same twice', () => {
    const kind = galleryAlgorithm('gallery:maekawa-without-fail')
    const run = (): CheckReport =>
      check(
        { kind: kind as AlgorithmKind<Body>, links: 'fifo', cancels: false },
        { nodes: [2], most: 6, seeds: [58, 59, 60], statesMax: 500 },
        watch,
        nothing,
      )
    expect(run()).to.deep.equal(run())
  })
})

describe('a run at random', () => {
  it('is made short without losing what is wrong with it, and drawn', () => {
    const kind = galleryAlgorithm('gallery:no-tie-break') as AlgorithmKind<Body>
    const long = Array.from({ length: 20 }, (_, i) =>
      walk({ kind, links: 'fifo', cancels: false, modes: ['exclusive'], most: 6 }, i + 1),
    ).find(({ broken, steps }) => broken?.rule === 'exclusion' && steps.length > 12)
    expect(long).to.not.equal(undefined)
    if (long === undefined) return
    const short = shorten(long)
    const { broken } = short
    if (broken === null) return expect.fail('nothing is wrong any more')
    expect(broken.rule).to.equal('exclusion')
    // Two requests, each with a message there and one back, and nothing else.
    expect(short.steps.filter((step) => step.do === 'request')).to.have.length(2)
    expect(short.steps.length).to.be.below(long.steps.length)
    const story = storyOfSteps(short.situation, short.steps, broken)
    const drawn = textOf(story)
    expect(drawn).to.match(/○ +.*asks: sends request \{ time: 1 \}/)
    expect(drawn).to.match(/─►|◄─/)
    expect(drawn).to.include('are inside together')
    const plain = textOf(story, { unicode: false })
    expect(/^[\x20-\x7e\n]*$/.test(plain)).to.equal(true)
  })
})

describe('messages are copied', () => {
  it('as they are, and shares them with no other', () => {
    const message = { kind: 'token', queue: ['a'], seen: new Map([['a', { n: 1 }]]), on: new Set([1]), big: 5n, no: undefined }
    const copied = messageCopy(message)
    expect(copied).to.deep.equal({ message })
    message.queue.push('b')
    expect('message' in copied && copied.message)
      .to.have.property('queue')
      .that.deep.equals(['a'])
  })

  it('or it is said why they cannot travel', () => {
    const looped: Record<string, unknown> = { kind: 'x' }
    looped['self'] = looped
    const problems = [{ kind: 'x', reply: nothing }, looped, { kind: 'x', at: new Date(0) }, { kind: '' }, undefined].map(
      (each) => {
        const copied = messageCopy(each)
        return 'problem' in copied ? copied.problem : 'fine'
      },
    )
    expect(problems[0]).to.equal("a 'x' that cannot travel: it holds a function")
    expect(problems[1]).to.equal("a 'x' that cannot travel: it holds itself")
    expect(problems[2]).to.equal("a 'x' that cannot travel: it holds an instance of Date; send plain objects")
    expect(problems[3]).to.match(/without a kind/)
    expect(problems[4]).to.match(/^nothing, which is no message/)
  })
})

describe('seeds from a file', () => {
  it('are numbers however they are written', () => {
    for (const text of ['1 2 3', '1\n2\n3\n', '[1, 2, 3]', '{"seeds": [1,2,3]}', ' 1,2, 3 ']) {
      expect(readSeeds(text, 10), text).to.deep.equal([1, 2, 3])
    }
  })

  it('or it is said what is wrong', () => {
    expect(readSeeds('', 10)).to.equal('holds no seeds')
    expect(readSeeds('[]', 10)).to.equal('holds no seeds')
    expect(readSeeds('1 two', 10)).to.equal('holds "two" as seed 2: each must be a whole number from 0 to 10')
    expect(readSeeds('[1, 11]', 10)).to.match(/holds 11 as seed 2/)
    expect(readSeeds('{"seed": 1}', 10)).to.match(/must hold a list/)
    expect(readSeeds('[1', 10)).to.match(/is not JSON/)
  })
})

describe('the template', () => {
  it('has 50 lines or fewer, and a class named after the file', () => {
    for (const language of ['typescript', 'javascript'] as const) {
      const text = template('my-first_mutex', 'my-first_mutex.ts', language)
      expect(text.trimEnd().split('\n').length).to.be.at.most(50)
      expect(text).to.include('class MyFirstMutex')
    }
    expect(template('map', 'map.js', 'javascript')).to.include('class MutexMap')
  })
})
