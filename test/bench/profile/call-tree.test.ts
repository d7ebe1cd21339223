import { expect } from 'chai'
import { type Call, type CpuProfile, callsOf, selfTimesOf } from '../../../lib/bench/profile/call-tree.ts'

function frame(functionName: string, url = '', lineNumber = -1): CpuProfile['nodes'][number]['callFrame'] {
  return { functionName, url, lineNumber }
}

const home = 'file:///home/me/app/node_modules/holdfast'
const profile: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame('(root)'), children: [2, 3, 6, 7] },
    { id: 2, callFrame: frame('(idle)') },
    { id: 3, callFrame: frame('acquire', `${home}/dist/bundled/shared/lock.js`, 39), children: [4, 5] },
    { id: 4, callFrame: frame('pack', 'file:///home/me/app/node_modules/msgpackr/dist/pack.js', 0) },
    { id: 5, callFrame: frame('', 'node:net', 9), children: [8] },
    { id: 6, callFrame: frame('dispatch') },
    { id: 7, callFrame: frame('(garbage collector)') },
    { id: 8, callFrame: frame('acquire', `${home}/dist/bundled/shared/lock.js`, 39) },
  ],
  samples: [2, 3, 4, 5, 8, 8, 6, 7],
  timeDeltas: [9000, 1000, 3000, 500, 500, 500, 7000, 250],
}

function outline({ name, place, owner, selfMs, totalMs, callees }: Call): unknown[] {
  return [name, place, owner, selfMs, totalMs, ...callees.map(outline)]
}

describe('the calls of a CPU profile', () => {
  it('have the time of the calls below them, the longest first, without idleness and the start of the profiler', () => {
    expect(callsOf(profile).map(outline)).to.deep.equal([
      [
        ...['acquire', 'bundled/shared/lock.js:40', 'holdfast', 1, 5.5],
        ['pack', 'msgpackr/dist/pack.js:1', 'package', 3, 3],
        ['(anonymous)', 'node:net:10', 'node', 0.5, 1.5, ['acquire', 'bundled/shared/lock.js:40', 'holdfast', 1, 1]],
      ],
      ['(garbage collector)', '', 'engine', 0.25, 0.25],
    ])
  })

  it('add up to the time that each function took itself, along all ways to it', () => {
    expect(selfTimesOf(callsOf(profile)).map(({ name, selfMs }) => [name, selfMs])).to.deep.equal([
      ['pack', 3],
      ['acquire', 2],
      ['(anonymous)', 0.5],
      ['(garbage collector)', 0.25],
    ])
  })

  it('are none in a process that did nothing', () => {
    expect(callsOf({ ...profile, samples: [2], timeDeltas: [5] })).to.deep.equal([])
  })
})
