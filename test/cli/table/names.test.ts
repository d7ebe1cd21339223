import { expect } from 'chai'
import { bugNames, labAlgorithmNames, lockAlgorithmNames } from '../../../lib/cli/table/names.ts'
import { labAlgorithms } from '../../../lib/lab/algorithms.ts'
import { algorithms } from '../../../lib/mutex/algorithms.ts'
import { bugs } from '../../../lib/sim/bugs/index.ts'

describe('the names that a shell completes', () => {
  it('are those of the algorithms and the seeded bugs that there are', () => {
    for (const [names, catalogue] of [
      [lockAlgorithmNames, algorithms],
      [labAlgorithmNames, labAlgorithms],
      [bugNames, bugs],
    ] as const)
      expect(names).to.have.members(catalogue.map(({ name }) => name))
  })
})
