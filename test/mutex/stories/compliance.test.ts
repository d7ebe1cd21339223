/** Every registered algorithm, and what it promises. */
import { expect } from 'chai'
import { algorithmKind, algorithms } from '../../../lib/mutex/algorithms.ts'
import { complies, type Promises } from '../compliance.ts'

/** Searches that take minutes in all. */
const isPatient = process.env.HOLDFAST_EXPLORE !== undefined

const onceEach = (sites: number): number => sites - 1

const table: Readonly<Record<string, Promises>> = {
  'carvalho-roucairol': { idle: 'always', bypassMax: onceEach, links: 'in any order', thorough: true },
  'ricart-agrawala': { idle: 'always', bypassMax: onceEach, byStamp: true, links: 'in any order', thorough: isPatient },
  'token-ring': { idle: 'always', bypassMax: onceEach, links: 'in order', thorough: true, skipsSilent: true },
  'token-ring-perpetual': {
    idle: 'never',
    bypassMax: onceEach,
    links: 'in any order',
    perpetual: true,
    skipsSilent: true,
  },
  'home-queue': { idle: 'always', bypassMax: onceEach, links: 'in order' },
  'naimi-trehel': { idle: 'never', bypassMax: onceEach, links: 'in any order' },
  // A request that another site keeps is not known to the token, and so not to the clocks of the sites that it comes by.
  mueller: { idle: 'never', bypassMax: (sites) => 2 * (sites - 1), links: 'in any order' },
  // A request that overtakes the privilege is taken for one that crossed a try.
  raymond: { idle: 'always', bypassMax: onceEach, links: 'in order' },
  'raymond:star+greedy+piggyback': { idle: 'always', bypassMax: null, links: 'in order' },
  'suzuki-kasami': { idle: 'never', bypassMax: onceEach, links: 'in any order' },
  'singhal-heuristic': { idle: 'never', bypassMax: onceEach, links: 'in any order' },
  maekawa: { idle: 'unless carried', bypassMax: onceEach, links: 'in order' },
  // Under Lamport's clock, which the explorer has, a leaf that hears little overtakes.
  'agrawal-el-abbadi': { idle: 'unless carried', bypassMax: null, links: 'in order' },
  lamport: { idle: 'always', bypassMax: onceEach, byStamp: true, links: 'in order' },
  'raymond-k': { idle: 'always', bypassMax: onceEach, links: 'in any order' },
  'raymond-k:many': { idle: 'always', bypassMax: onceEach, links: 'in any order' },
  'lodha-kshemkalyani': { idle: 'always', bypassMax: onceEach, byStamp: true, links: 'in order' },
  'singhal-dynamic': { idle: 'always', bypassMax: onceEach, links: 'in any order' },
}

for (const [name, promises] of Object.entries(table)) complies(algorithmKind(name), promises)

describe('the table of promises', () => {
  it('has a row for every algorithm that a lock may use', () => {
    const named = new Set(Object.keys(table).map((name) => name.split(':')[0]))
    expect(algorithms.map(({ name }) => name).filter((name) => !named.has(name))).to.deep.equal([])
  })
})
