import { expect } from 'chai'
import { BadOptionError } from '../../lib/base/errors.ts'
import { LockSite } from '../../lib/lock/site.ts'
import { carvalhoRoucairol } from '../../lib/mutex/carvalho-roucairol.ts'
import { type Bug, bugNamed, bugs } from '../../lib/sim/bugs/index.ts'
import { replaceMethod, together } from '../../lib/sim/bugs/replace.ts'
import { type Failure, judgeSeed } from '../../lib/sim/swarm/verdict.ts'
import { Quarantine } from '../../lib/view/quarantine.ts'
import { readProject } from '../house/project.ts'
import { bugsPage, bugsPagePath, caughtOf } from './bugs-table.ts'
import { harmless } from './harmless.ts'

/** How many seeds a mutation that breaks nothing must survive: `HOLDFAST_SEEDS=200` hunts for longer. */
const seeds = Number(process.env.HOLDFAST_SEEDS ?? 4)

/** Bugs that were first seen within so many seeds are hunted here too, within ten times as many. */
const quickSeedsMax = 5

/** What a run breaks with the bug in its nodes; nothing if it breaks as much without. */
async function brokenBy(bug: Bug, seed: number): Promise<readonly string[]> {
  const undo = bug.apply()
  let failures: readonly Failure[]
  try {
    failures = (await judgeSeed(seed)).failures
  } finally {
    undo()
  }
  return failures.length > 0 && (await judgeSeed(seed)).failures.length > 0 ? [] : failures.map(({ property }) => property)
}

describe('seeded bugs', () => {
  const page = readProject(bugsPagePath)
  const caught = caughtOf(page)

  it('have names of their own, and a sentence each', () => {
    expect(bugs.length).to.be.at.least(36)
    expect(new Set(bugs.map(({ name }) => name)).size).to.equal(bugs.length)
    for (const { name, breaks } of bugs) {
      expect(name).to.match(/^[a-z]+(-[a-z]+)*$/)
      expect(breaks, name).to.match(/^[A-Z`].*\.$/)
    }
    expect(bugNamed('canary')).to.equal(bugs[0])
    expect(() => bugNamed('none')).to.throw(BadOptionError, /canary/)
  })

  it('leave nothing behind when they are undone', () => {
    const look = (): unknown[] =>
      [carvalhoRoucairol, LockSite.prototype, Quarantine.prototype].flatMap((each) =>
        Object.entries(Object.getOwnPropertyDescriptors(each)).map(([name, { value, get }]) => [name, value ?? get]),
      )
    const before = look()
    const undo = together(...bugs.map(({ apply }) => apply()))
    const during = look()
    for (const owner of ['create', 'firstPlace', 'remainingMs']) {
      const of = (all: unknown[]): unknown => (all as [string, unknown][]).find(([name]) => name === owner)?.[1]
      expect(of(during), owner).to.not.equal(of(before))
    }
    undo()
    expect(look()).to.deep.equal(before)
  })

  it('fail to apply to what is not there, so that none ever breaks nothing unnoticed', () => {
    expect(() => replaceMethod(Quarantine, 'vanished' as 'remainingMs', () => 0)).to.throw(/has a method vanished/)
  })

  it('are all in the docs, caught within 20,000 seeds, half of them within 500', () => {
    expect([...caught.keys()]).to.deep.equal(bugs.map(({ name }) => name))
    expect(page).to.equal(bugsPage(caught))
    const sorted = [...caught.values()].sort((a, b) => a - b)
    expect(sorted[Math.floor(sorted.length / 2)]).to.be.at.most(500)
    expect(sorted.at(-1)).to.be.at.most(20_000)
  })

  // The rarer ones are hunted by a step of their own, `write-bugs --check`.
  for (const bug of bugs.filter(({ name }) => (caught.get(name) ?? Number.POSITIVE_INFINITY) <= quickSeedsMax)) {
    it(`${bug.name} breaks ${bug.property} before long`, async () => {
      for (let seed = 1; seed <= quickSeedsMax * 10; seed++) if ((await brokenBy(bug, seed)).includes(bug.property)) return
      throw new Error(`${bug.name} survives ${quickSeedsMax * 10} seeds`)
    }).timeout(60_000)
  }

  it('begin with a canary that the very first seeds catch', async () => {
    for (let seed = 1; seed <= 3; seed++) expect(await brokenBy(bugNamed('canary'), seed), `seed ${seed}`).to.not.deep.equal([])
  }).timeout(60_000)
})

describe('mutations that break nothing', () => {
  for (const { name, breaks, apply } of harmless) {
    it(`${name} is never caught: ${breaks}`, async () => {
      const undo = apply()
      try {
        for (let seed = 1; seed <= seeds; seed++) expect((await judgeSeed(seed)).failures, `seed ${seed}`).to.deep.equal([])
      } finally {
        undo()
      }
    }).timeout(30_000 + seeds * 5000)
  }
})
