import { expect } from 'chai'
import { swarm } from '../swarm.ts'

describe('views under seeded faults', () => {
  const lists = {
    local: undefined,
    'quorum of five': ['a:1', 'b:1', 'c:1', 'd:1', 'e:1'],
    'quorum of three': ['a:1', 'b:1', 'c:1'],
  }
  for (const [register, joinList] of Object.entries(lists)) {
    it(`never let two valid sessions hold one lock, and settle when the faults end (${register})`, () => {
      for (let seed = 1; seed <= 20; seed++) {
        const { problems, takes, story } = swarm(seed, joinList)
        expect(problems, `seed ${seed}\n${story.join('\n')}`).to.deep.equal([])
        expect(takes).to.be.greaterThan(0)
      }
    })
  }
})
