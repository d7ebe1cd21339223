import { expect } from 'chai'
import { BadOptionError } from '../../lib/base/errors.ts'
import type { PlainMode } from '../../lib/base/mode.ts'
import { algorithmKind } from '../../lib/mutex/algorithms.ts'
import type { AlgorithmKind } from '../../lib/mutex/contract.ts'
import { bugNamed } from '../../lib/sim/bugs/index.ts'
import { type ExploreOptions, explore } from '../../lib/sim/explorer/explore.ts'
import type { Wish } from '../../lib/sim/explorer/situation.ts'
import { HashSet, StateHash } from '../../lib/sim/explorer/state-hash.ts'

const exclusive: Wish = { mode: 'exclusive' }
const fickle: Wish = { mode: 'exclusive', fickle: true }
const shared: Wish = { mode: 'shared' }
const upgradable: Wish = { mode: 'upgradable' }
const permit: Wish = { mode: 2 }
const ficklePermit: Wish = { mode: 2, fickle: true }

/** Bugs of the algorithms that a search of every order finds, where it finds them, and what it says. */
const found: readonly (readonly [bug: string, algorithm: string, wishes: readonly (readonly Wish[])[], says: RegExp])[] = [
  ['canary', 'ricart-agrawala', [[exclusive], [exclusive]], /are inside together|denies/],
  ['no-id-tie-break', 'ricart-agrawala', [[exclusive], [exclusive]], /a and b are inside together/],
  ['stamp-changed-while-waiting', 'carvalho-roucairol', [[exclusive], [exclusive]], /are inside together|denies/],
  ['reply-while-inside', 'ricart-agrawala', [[exclusive, exclusive], [exclusive]], /a and b are inside together/],
  ['deferred-overwritten', 'ricart-agrawala', [[exclusive], [exclusive], [exclusive]], /waits for ever/],
  ['deferred-forgotten-at-release', 'carvalho-roucairol', [[exclusive], [exclusive]], /waits for ever/],
  ['replies-counted', 'carvalho-roucairol', [[exclusive, exclusive], [exclusive], [exclusive]], /denies|inside together/],
  ['late-reply-counts', 'ricart-agrawala', [[fickle, exclusive], [exclusive], []], /are inside together/],
  ['withdrawal-not-told', 'ricart-agrawala', [[fickle, exclusive], [exclusive], []], /waits for ever/],
  ['permits-not-reported', 'carvalho-roucairol', [[permit], [permit], [permit]], /3 have 2 permits/],
  ['permission-kept-after-giving', 'carvalho-roucairol', [[exclusive, exclusive], [exclusive]], /a and b are inside together/],
  ['permission-kept-beside-sharers', 'carvalho-roucairol', [[shared, shared], [exclusive], [shared]], /denies|inside together/],
  ['sharers-pass-writers', 'ricart-agrawala', [[shared], [exclusive], [shared]], /are inside together/],
  ['late-reply-clears-note', 'carvalho-roucairol', [[fickle], [exclusive], []], /a denies that b is inside/],
  ['token-made-anew', 'token-ring', [[fickle, exclusive], [exclusive], [exclusive]], /denies|one token|together/],
  ['token-lost-when-unwanted', 'token-ring', [[exclusive, exclusive], [exclusive, fickle], []], /waits for ever/],
  ['token-kept-after-passing', 'token-ring', [[exclusive], [exclusive], [exclusive]], /denies|together/],
  ['token-passed-while-inside', 'token-ring', [[exclusive, exclusive], [exclusive]], /a and b are inside together/],
  ['lent-while-inside', 'home-queue', [[], [exclusive], [shared]], /are inside together/],
  ['follower-forgotten', 'home-queue', [[exclusive], [exclusive], []], /waits for ever/],
  ['passed-request-lost', 'home-queue', [[shared], [fickle], [shared]], /waits for ever/],
  [
    'loans-of-one-mode',
    'home-queue',
    [[], [{ mode: 'intention-exclusive' }], [{ mode: 'intention-shared' }, shared]],
    /inside together/,
  ],
  ['upgradable-taken-twice', 'ricart-agrawala', [[upgradable], [upgradable]], /inside together/],
  ['withdrawn-by-site', 'home-queue', [[], [ficklePermit, permit]], /waits for ever/],
]

describe('the explorer finds what is wrong', function () {
  this.timeout(60_000)
  for (const [name, algorithm, wishes, says] of found) {
    it(`${name}, and tells the shortest way there`, () => {
      const situation = { kind: algorithmKind(algorithm), wishes }
      expect(explore(situation).violation, 'without it').to.equal(null)
      const undo = bugNamed(name).apply()
      try {
        const { violation } = explore(situation)
        expect(violation?.problem).to.match(says)
        const told = (violation?.story ?? []).filter((line) => !line.startsWith('Still on its way'))
        expect(told).to.have.length((violation?.steps.length ?? 0) + 1)
      } finally {
        undo()
      }
    })
  }

  it('a token lock that ignorance frees, when a site is cut off', () => {
    const situation = { kind: algorithmKind('token-ring'), wishes: [[exclusive], [exclusive], []], crash: true }
    expect(explore(situation).violation).to.equal(null)
    const undo = bugNamed('ignorance-frees-tokens').apply()
    try {
      expect(explore(situation).violation?.problem).to.match(/denies|together/)
    } finally {
      undo()
    }
  })

  it('a waiter that is lost for good when a site is suspected for a while, and names both sites', () => {
    // A ring whose waiters do not chase again.
    const kind: AlgorithmKind = {
      ...algorithmKind('token-ring'),
      create: (site) => Object.assign(algorithmKind('token-ring').create(site), { silenceChanged: undefined }),
    }
    const { violation } = explore({ kind, wishes: [[exclusive], [], []], firstPlace: 'b', suspicionsMax: 1 })
    expect(violation?.rule).to.equal('liveness')
    for (const line of [/^\d+\. a suspects b/, /^\d+\. a hears b again$/, /^a waits for ever$/])
      expect(
        violation?.story.some((each) => line.test(each)),
        String(line),
      ).to.equal(true)
  })

  it('as a readable story', () => {
    const undo = bugNamed('no-id-tie-break').apply()
    try {
      const { violation } = explore({ kind: algorithmKind('ricart-agrawala'), wishes: [[exclusive], [exclusive]] })
      expect(violation?.story).to.deep.equal([
        '1. b asks: sends request 1·b to a',
        '2. a asks: sends request 1·a to b',
        '3. b receives request 1·a from a: sends reply 1·a to a',
        '4. a receives request 1·b from b: sends reply 1·b to b',
        '5. b receives reply 1·b from a: enters',
        '6. a receives reply 1·a from b: enters',
        'a and b are inside together',
      ])
    } finally {
      undo()
    }
  })

  it('and says so when it gave up', () => {
    const { complete, states } = explore({
      kind: algorithmKind('ricart-agrawala'),
      wishes: [[exclusive], [exclusive], [exclusive]],
      statesMax: 100,
    })
    expect([complete, states]).to.deep.equal([false, 100])
  })
})

describe('the explorer refuses what cannot be explored, and does not blame the algorithm', () => {
  const kind = algorithmKind('ricart-agrawala')
  const wishes = [[exclusive], [exclusive]]
  const held = (holder: string, mode: PlainMode = 'exclusive'): object => ({ lock: 'lock', holder, mode, fence: 1n })
  const wrong: readonly (readonly [options: unknown, option: string])[] = [
    [undefined, 'options'],
    [{}, 'kind'],
    [{ kind: 'ricart-agrawala', wishes }, 'kind'],
    [{ kind }, 'wishes'],
    [{ kind, wishes: [] }, 'wishes'],
    [{ kind, wishes: Array(27).fill([exclusive]) }, 'wishes'],
    [{ kind, wishes: [exclusive, exclusive] }, 'wishes[0]'],
    [{ kind, wishes: [[exclusive], ['exclusive']] }, 'wishes[1][0]'],
    [{ kind, wishes: [[{}]] }, 'wishes[0][0].mode'],
    [{ kind, wishes: [[{ mode: 'reading' }]] }, 'wishes[0][0].mode'],
    [{ kind, wishes: [[{ mode: 0 }]] }, 'wishes[0][0].mode'],
    [{ kind, wishes: [[{ mode: 'exclusive', fickel: true }]] }, 'fickel'],
    [{ kind, wishes: [[{ mode: 'exclusive', ifFree: 1 }]] }, 'wishes[0][0].ifFree'],
    [{ kind: algorithmKind('token-ring'), wishes: [[exclusive], [shared]] }, 'wishes[1][0].mode'],
    [{ kind: algorithmKind('raymond-k'), wishes: [[permit], [{ mode: 3 }]] }, 'wishes'],
    [{ kind, wishes, carried: [held('c')] }, 'carried[0].holder'],
    [{ kind, wishes, carried: [held('a'), held('b')] }, 'carried[1]'],
    [{ kind, wishes, carried: [held('a', 2), held('b', 2), held('a', 2)] }, 'carried'],
    [{ kind, wishes, carried: [{ ...held('a'), fence: 1 }] }, 'carried[0].fence'],
    [{ kind, wishes, firstPlace: 'c' }, 'firstPlace'],
    [{ kind, wishes, napsMax: -1 }, 'napsMax'],
    [{ kind, wishes, suspicionsMax: 0.5 }, 'suspicionsMax'],
    [{ kind, wishes, statesMax: Number.NaN }, 'statesMax'],
    [{ kind, wishes, depthMax: '5' }, 'depthMax'],
    [{ kind, wishes, crash: 'yes' }, 'crash'],
    [{ kind, wishes, crashes: true }, 'crashes'],
  ]
  for (const [i, [options, option]] of wrong.entries()) {
    it(`by ${option} (${i + 1})`, () => {
      expect(() => explore(options as ExploreOptions))
        .to.throw(BadOptionError)
        .that.includes({ code: 'BAD_OPTION', option })
    })
  }

  it('but takes shared holders that begin inside together, and a single site', () => {
    const carried = [held('a', 'shared'), held('b', 'shared')] as ExploreOptions['carried'] & object
    expect(explore({ kind, wishes, carried, firstPlace: 'b', statesMax: Number.POSITIVE_INFINITY }).violation).to.equal(null)
    expect(explore({ kind, wishes: [[exclusive, exclusive]], crash: true }).violation).to.equal(null)
  })
})

describe('states as numbers', () => {
  const hash = new StateHash(() => false)

  it('are equal for equal contents, in any order of maps and sets', () => {
    const one = {
      a: new Map([
        ['x', 1],
        ['y', 2],
      ]),
      b: new Set(['p', 'q']),
      c: [1, null, true, 5n],
    }
    const same = {
      a: new Map([
        ['y', 2],
        ['x', 1],
      ]),
      b: new Set(['q', 'p']),
      c: [1, null, true, 5n],
    }
    expect(hash.of(one)).to.equal(hash.of(same))
    const others = [
      { ...one, c: [1, null, false, 5n] },
      { ...one, b: new Set(['p']) },
      {
        ...one,
        a: new Map([
          ['x', 2],
          ['y', 1],
        ]),
      },
      { ...one, c: [null, 1, true, 5n] },
      { ...one, c: [1 + 2 ** 40, null, true, 5n] },
    ]
    for (const other of others) expect(hash.of(other)).to.not.equal(hash.of(one))
  })

  it('take what leads back to itself once', () => {
    class Link {
      to: Link | null = null
      weight: number

      constructor(weight: number) {
        this.weight = weight
      }
    }
    const ring = (weight: number): Link => {
      const [first, second] = [new Link(1), new Link(weight)]
      first.to = second
      second.to = first
      return first
    }
    expect(hash.of(ring(2))).to.equal(hash.of(ring(2)))
    expect(hash.of(ring(2))).to.not.equal(hash.of(ring(3)))
  })

  it('are kept once each, however many there are', () => {
    const set = new HashSet()
    for (let i = 0; i < 20_000; i++) expect(set.add(hash.of(i))).to.equal(true)
    for (let i = 0; i < 20_000; i++) expect(set.add(hash.of(i))).to.equal(false)
    expect(set.size).to.equal(20_000)
    expect([set.add(0), set.add(0)]).to.deep.equal([true, false])
  })
})
