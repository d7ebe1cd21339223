import { expect } from 'chai'
import { seededRandom } from '../../lib/base/random.ts'
import { differenceSet, planeOrderFor, planeSize } from '../../lib/mutex/difference-sets.ts'
import {
  gridQuorum,
  maekawaRule,
  meanQuorumSize,
  planeOrGridQuorum,
  planeQuorum,
  type QuorumRule,
  treeQuorum,
  treeQuorumAround,
} from '../../lib/mutex/quorums.ts'

const rules: readonly (readonly [string, QuorumRule])[] = [
  ['grid', gridQuorum],
  ['plane', planeQuorum],
  ['plane or grid', planeOrGridQuorum],
  ['tree', treeQuorum],
]

const sitesOf = (count: number): number[] => Array.from({ length: count }, (_, site) => site)
const meet = (a: readonly number[], b: readonly number[]): boolean => a.some((site) => b.includes(site))

/** In how many quorums each site is. */
function loads(rule: QuorumRule, count: number): number[] {
  const found = sitesOf(count).map(() => 0)
  for (const site of sitesOf(count)) for (const other of rule(count, site)) found[other] = (found[other] as number) + 1
  return found
}

describe('quorums', () => {
  for (const [name, rule] of rules) {
    it(`${name}: of 1 to 200 sites any two quorums meet, and each has its owner in it and no site twice`, function () {
      this.timeout(60_000)
      for (let count = 1; count <= 200; count++) {
        const quorums = sitesOf(count).map((site) => rule(count, site))
        // No call of chai for each of twenty thousand quorums, and marks instead of searches for each of a million pairs.
        for (const [site, quorum] of quorums.entries()) {
          const own = new Uint8Array(count)
          for (const each of quorum) own[each] = 1
          const isOfSites = quorum.every((each) => Number.isInteger(each) && each >= 0 && each < count)
          if (!isOfSites || own[site] !== 1 || new Set(quorum).size !== quorum.length)
            expect.fail(`of ${count}, ${site} has ${quorum.join()}`)
          for (let other = 0; other < site; other++)
            if (!(quorums[other] as number[]).some((each) => own[each] === 1))
              expect.fail(`of ${count}, ${site} and ${other} do not meet`)
        }
      }
    })
  }

  it('a plane: N = K(K−1)+1 quorums of exactly K, two of them meet in one site, and every site is in K of them', () => {
    for (const order of [1, 2, 3, 4, 5, 7, 8, 9, 11, 13]) {
      const count = planeSize(order)
      const quorums = sitesOf(count).map((site) => planeQuorum(count, site))
      expect(new Set(quorums.map((quorum) => quorum.length))).to.deep.equal(new Set([order + 1]))
      expect(new Set(loads(planeQuorum, count))).to.deep.equal(new Set([order + 1]))
      for (const a of sitesOf(count)) {
        const own = new Set(quorums[a])
        for (let b = 0; b < a; b++)
          if ((quorums[b] as number[]).filter((site) => own.has(site)).length !== 1)
            expect.fail(`of ${count}, ${a} and ${b} do not meet in one site`)
      }
    }
  })

  it('a difference set has every difference once, for every prime power up to 32', () => {
    for (const order of [16, 17, 19, 23, 25, 27, 29, 31, 32]) {
      const line = differenceSet(order)
      const size = planeSize(order)
      const differences = line.flatMap((a) => line.filter((b) => b !== a).map((b) => (a - b + size) % size))
      expect(new Set(differences).size).to.equal(size - 1)
      expect(differences.length).to.equal(size - 1)
      expect(line[0]).to.equal(0)
    }
  }).timeout(60_000)

  it('there is no plane for 43 or 111 sites: the default is the grid, and `plane` takes the next one', () => {
    expect([planeOrderFor(43), planeOrderFor(111)]).to.deep.equal([7, 11])
    expect(planeOrGridQuorum(43, 5)).to.deep.equal(gridQuorum(43, 5))
    expect(planeOrGridQuorum(57, 5)).to.deep.equal(planeQuorum(57, 5))
    expect(planeQuorum(43, 5).length).to.be.at.most(8)
  })

  it('between planes a quorum is no larger than the next plane’s, and no site has more than twice its load', () => {
    for (let count = 2; count <= 200; count++) {
      const line = planeOrderFor(count) + 1
      expect(Math.max(...sitesOf(count).map((site) => planeQuorum(count, site).length))).to.be.at.most(line)
      expect(Math.max(...loads(planeQuorum, count))).to.be.at.most(2 * line)
    }
  })

  it('a full grid costs 2√N − 1 and loads every site alike; a partial one costs no more than the next full one', () => {
    for (const width of [2, 3, 5, 10, 14]) {
      const count = width ** 2
      expect(new Set(sitesOf(count).map((site) => gridQuorum(count, site).length))).to.deep.equal(new Set([2 * width - 1]))
      expect(new Set(loads(gridQuorum, count))).to.deep.equal(new Set([2 * width - 1]))
    }
    for (let count = 1; count <= 200; count++) {
      const most = 2 * Math.ceil(Math.sqrt(count)) - 1
      expect(
        Math.max(...loads(gridQuorum, count), ...sitesOf(count).map((site) => gridQuorum(count, site).length)),
      ).to.be.at.most(most)
    }
  })

  it('a tree’s quorums are paths of log₂(N+1); the root is in all of them, and the leaves share what is left', () => {
    for (const depth of [1, 2, 3, 4, 5, 6, 7]) {
      const count = 2 ** depth - 1
      for (const site of sitesOf(count)) expect(treeQuorum(count, site).length).to.equal(depth)
      const borne = loads(treeQuorum, count)
      expect(borne[0]).to.equal(count)
      const leaves = borne.slice((count - 1) / 2)
      if (depth > 1) expect([Math.min(...leaves), Math.max(...leaves)]).to.deep.equal([1, 2])
    }
    expect(treeQuorum(7, 5)).to.deep.equal([0, 2, 5])
    expect(treeQuorum(7, 0)).to.deep.equal([0, 1, 4])
  })

  it('the mean size is what the formulas count with', () => {
    expect(meanQuorumSize('maekawa', 13)).to.equal(4)
    expect(meanQuorumSize('maekawa', 16)).to.equal(7)
    expect(meanQuorumSize('maekawa', 13, ['grid'])).to.be.within(5, 7)
    expect(meanQuorumSize('agrawal-el-abbadi', 15)).to.equal(4)
    expect([maekawaRule(['star']), maekawaRule(['grid', 'plane'])]).to.deep.equal([null, null])
  })
})

describe('GetQuorum of Agrawal and El Abbadi', () => {
  it('goes round failed sites, and any two quorums meet, with any sites taken for failed', () => {
    for (let count = 1; count <= 9; count++) {
      const quorums = new Map<string, readonly number[]>()
      for (let failed = 0; failed < 2 ** count; failed++) {
        const hasFailed = (site: number): boolean => ((failed >> site) & 1) === 1
        for (const site of sitesOf(count)) {
          const quorum = treeQuorumAround(count, site, hasFailed)
          if (quorum === null) continue
          expect(quorum.some(hasFailed), 'no failed site is in it').to.equal(false)
          quorums.set([...quorum].sort().join(), quorum)
        }
      }
      const all = [...quorums.values()]
      for (const a of all) for (const b of all) if (!meet(a, b)) expect.fail(`${count}: ${a.join()} and ${b.join()} do not meet`)
    }
  })

  it('survives any failures fewer than the path is long, and the root’s', () => {
    const random = seededRandom(3)
    for (let i = 0; i < 2000; i++) {
      const failed = new Set(Array.from({ length: 3 }, () => random.below(15)))
      expect(treeQuorumAround(15, random.below(15), (site) => failed.has(site))).to.not.equal(null)
    }
    expect(treeQuorumAround(7, 0, (site) => site === 0)).to.deep.equal([1, 4, 2, 6])
  })

  it('costs (N+1)/2 at worst, and gives up when a leaf that every way needs has failed', () => {
    const isInner = (site: number): boolean => site < 7
    expect(treeQuorumAround(15, 3, isInner)).to.have.length(8)
    expect(treeQuorumAround(15, 3, (site) => isInner(site) || site === 9)).to.equal(null)
    // With the leaf's parent alive there is another way.
    expect(treeQuorumAround(15, 3, (site) => site === 7)).to.deep.equal([0, 1, 3, 8])
  })
})
