import { expect } from 'chai'
import { BadOptionError } from '../../lib/base/errors.ts'
import { LockSite } from '../../lib/lock/site.ts'
import { carvalhoRoucairol } from '../../lib/mutex/carvalho-roucairol.ts'
import { bugNamed, bugs } from '../../lib/sim/bugs/index.ts'
import { replaceMethod, together } from '../../lib/sim/bugs/replace.ts'
import { judgeSeed } from '../../lib/sim/swarm/verdict.ts'
import { Session } from '../../lib/view/session.ts'
import { readProject } from '../house/project.ts'
import { bugsPage, bugsPagePath, caughtOf } from './bugs-table.ts'
import { harmless } from './harmless.ts'

/** How many seeds a mutation that breaks nothing must survive: `HOLDFAST_SEEDS=200` hunts for longer. */
const seeds = Number(process.env.HOLDFAST_SEEDS ?? 4)

/** Bugs that were first seen within so many seeds are hunted here too, within ten times as many. */
const quickSeedsMax = 5

/** Whether a run fails with the bug, and does not without it. */
async function isCaught(name: string, seed: number): Promise<boolean> {
  const undo = bugNamed(name).apply()
  let failed: boolean
  try {
    failed = (await judgeSeed(seed)).failures.length > 0
  } finally {
    undo()
  }
  return failed && (await judgeSeed(seed)).failures.length === 0
}

describe('seeded bugs', () => {
  const page = readProject(bugsPagePath)
  const caught = caughtOf(page)

  it('have names of their own, and a sentence each', () => {
    expect(bugs.length).to.be.at.least(36)
    expect(new Set(bugs.map(({ name }) => name)).size).to.equal(bugs.length)
    for (const { name, breaks } of bugs) {
      expect(name).to.match(/^[a-z]+(-[a-z]+)*$/)
      expect(breaks, name).to.match(/^[a-z`].*[;,:] .*[^.]$/)
    }
    expect(bugNamed('canary')).to.equal(bugs[0])
    expect(() => bugNamed('none')).to.throw(BadOptionError, /canary/)
  })

  it('leave nothing behind when they are undone', () => {
    const look = (): unknown[] =>
      [carvalhoRoucairol, LockSite.prototype, Session.prototype].flatMap((each) =>
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
    const replace = replaceMethod<{ vanished(): void }>()
    expect(() => replace(Session, 'vanished', (original) => original)).to.throw(/has a method vanished/)
  })

  it('are all in the docs, caught within 20,000 seeds, half of them within 500', () => {
    expect(caught.map(({ name }) => name)).to.deep.equal(bugs.map(({ name }) => name))
    expect(page).to.equal(bugsPage(bugs, caught))
    const sorted = caught.map(({ seed }) => seed).sort((a, b) => a - b)
    expect(sorted[Math.floor(sorted.length / 2)]).to.be.at.most(500)
    expect(sorted.at(-1)).to.be.at.most(20_000)
  })

  // The rarer ones are hunted by a step of their own, `write-bugs --check`.
  for (const { name } of caught.filter(({ seed }) => seed <= quickSeedsMax)) {
    it(`${name} is caught before long`, async () => {
      for (let seed = 1; seed <= quickSeedsMax * 10; seed++) if (await isCaught(name, seed)) return
      throw new Error(`${name} survives ${quickSeedsMax * 10} seeds`)
    }).timeout(60_000)
  }

  it('begin with a canary that the very first seeds catch', async () => {
    for (let seed = 1; seed <= 3; seed++) expect(await isCaught('canary', seed), `seed ${seed}`).to.equal(true)
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
