import { expect } from 'chai'
import { type CrowdFigures, measureCrowd } from '../scale-figures.ts'

/** 1,000 take minutes: `node dist/test/view/scale-main.js 1000`. */
const many = Number(process.env.HOLDFAST_SCALE ?? 150)

describe('many nodes, with their membership and views', function () {
  this.timeout(600_000)
  let few: CrowdFigures
  let crowd: CrowdFigures
  before(() => {
    few = measureCrowd(50, 10, 1)
    crowd = measureCrowd(many, 10, 1)
    for (const figures of [few, crowd]) console.log(`      ${JSON.stringify(figures)}`)
  })

  it('are in one view soon after they have started, in a handful of views', () => {
    expect(crowd.settledMs).to.be.below(5000)
    expect(crowd.viewsToSettle).to.be.below(20)
  })

  it('go on after ten crashes at once with one view more, or two, and no other loses its session', () => {
    for (const figures of [few, crowd]) {
      expect(figures.crash.views).to.be.within(1, 2)
      expect(figures.crash.tookMs).to.be.below(10_000)
      expect(figures.sessionsEnded).to.equal(0)
    }
  })

  it('cost each other the same gossip, however many they are', () => {
    expect(crowd.gossip.messages / few.gossip.messages).to.be.within(0.7, 1.3)
    expect(crowd.gossip.bytes).to.be.below(few.gossip.bytes * 1.3)
  })

  it('renew their sessions at the same cost to each, and to the voters at one that grows with them', () => {
    expect(crowd.sessions.messages / few.sessions.messages).to.be.within(0.7, 1.3)
  })

  it('say what a view change costs: each is told of the whole view a few times', () => {
    expect(crowd.crash.messages).to.be.below(12)
    expect(crowd.crash.bytes).to.be.below(400 * many)
  })
})
