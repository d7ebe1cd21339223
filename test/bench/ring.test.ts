import { expect } from 'chai'
import { RingMember } from '../../lib/bench/ring.ts'
import { sharedNowMs } from '../../lib/mesh/shared-clock.ts'

describe('the ring of the floor', () => {
  it('passes a token on that came before the member was told of the run, and one token alone', async () => {
    const members = [new RingMember(), new RingMember(), new RingMember()]
    const [first, second, third] = members as [RingMember, RingMember, RingMember]
    const ports = await Promise.all(members.map((member) => member.listen()))
    await Promise.all(members.map((member, i) => member.connect(ports[(i + 1) % 3] as number, i === 0)))
    for (let run = 0; run < 2; run++) {
      const fromMs = sharedNowMs()
      const untilMs = fromMs + 300
      const running = [first.run(fromMs, untilMs), third.run(fromMs, untilMs)]
      // The token is at the second member, which does not know of the run.
      await new Promise((resolve) => setTimeout(resolve, 30))
      const logs = await Promise.all([...running, second.run(fromMs, untilMs)])
      const counts = logs.map(({ grantedMs }) => grantedMs.length)
      expect(Math.min(...counts)).to.be.above(0)
      expect(Math.max(...counts) - Math.min(...counts)).to.be.at.most(1)
    }
    await Promise.all(members.map((member) => member.close()))
  })
})
