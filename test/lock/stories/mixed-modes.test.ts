/** Holders in several modes that go together, at one node and at several, on one lock. */
import { expect } from 'chai'
import type { PlainMode } from '../../../lib/base/mode.ts'
import { type Client, Group } from '../group.ts'

for (const algorithm of ['home-queue', 'ricart-agrawala', 'carvalho-roucairol']) {
  describe(`holders in several modes, ${algorithm}`, () => {
    const given = (sites: number): { group: Group; ask: (site: number, mode: PlainMode) => Client } => {
      const group = new Group(sites, { algorithm })
      const ask = (site: number, mode: PlainMode): Client => {
        const client = group.seat(site).ask('door', { mode })
        group.settle()
        return client
      }
      return { group, ask }
    }
    const outcomes = (clients: readonly { readonly outcome: string }[]): string => clients.map(({ outcome }) => outcome).join(' ')

    it('readers and writers of parts are inside together, at one node and at others', () => {
      const { ask } = given(3)
      const clients = [ask(0, 'intention-exclusive'), ask(0, 'intention-shared'), ask(1, 'intention-exclusive')]
      expect(outcomes(clients)).to.equal('held held held')
      expect(outcomes([ask(2, 'intention-shared'), ask(2, 'intention-exclusive')])).to.equal('held held')
    })

    it('a reader of the whole waits for the writers of parts alone, and none of them passes it', () => {
      const { group, ask } = given(3)
      const [reads, writes] = [ask(0, 'intention-shared'), ask(0, 'intention-exclusive')]
      const whole = ask(1, 'shared')
      const late = ask(2, 'intention-exclusive')
      expect(outcomes([whole, late])).to.equal('waiting waiting')
      writes.release()
      group.settle()
      expect(outcomes([reads, whole, late])).to.equal('held held waiting')
      whole.release()
      group.settle()
      expect(late.outcome).to.equal('held')
    })

    it('an exclusive request waits for all of them, and is not starved', () => {
      const { group, ask } = given(3)
      const first = [ask(0, 'intention-shared'), ask(1, 'intention-exclusive'), ask(2, 'intention-shared')]
      const alone = ask(1, 'exclusive')
      const late = [ask(0, 'intention-shared'), ask(2, 'intention-exclusive')]
      for (const client of first) {
        expect(alone.outcome).to.equal('waiting')
        client.release()
        group.settle()
      }
      // At its own node the request waits for the holder there; of those elsewhere one may have come before it.
      for (const client of late) client.release()
      group.settle()
      expect(alone.outcome).to.equal('held')
    })

    it('holders of one node that follow each other in two modes do not starve a request of another node', () => {
      const { group, ask } = given(2)
      let before = ask(0, 'intention-shared')
      for (const client of [ask(0, 'intention-exclusive')]) client.release()
      const alone = ask(1, 'exclusive')
      for (let i = 0; i < 6 && alone.outcome === 'waiting'; i++) {
        const next = ask(0, i % 2 === 0 ? 'intention-exclusive' : 'intention-shared')
        before.release()
        group.settle()
        before = next
      }
      expect(outcomes([alone, before])).to.equal('held waiting')
      alone.release()
      group.settle()
      expect(before.outcome).to.equal('held')
    })

    it('one upgradable holder is beside readers, and a second one waits', () => {
      const { group, ask } = given(2)
      const [reader, first, beside, second] = [ask(0, 'shared'), ask(0, 'upgradable'), ask(1, 'shared'), ask(1, 'upgradable')]
      expect(outcomes([reader, first, beside, second])).to.equal('held held held waiting')
      first.release()
      group.settle()
      expect(second.outcome).to.equal('held')
    })

    it('a reader of a part joins another one as soon as no site waits any more that it keeps waiting', () => {
      const { group, ask } = given(4)
      for (const home of [0, 1, 2, 3]) {
        const [reads, writes] = [ask(home, 'intention-shared'), ask((home + 1) % 4, 'intention-exclusive')]
        const whole = ask((home + 2) % 4, 'shared')
        expect(outcomes([reads, writes, whole])).to.equal('held held waiting')
        writes.release()
        group.settle()
        expect(whole.outcome).to.equal('held')
        const beside = ask(home, 'intention-shared')
        expect(beside.outcome).to.equal('held')
        for (const client of [reads, whole, beside]) client.release()
        group.settle()
      }
    })

    it('of two readers of one node each ends by itself, also when they did not enter together', () => {
      const { group, ask } = given(2)
      const first = ask(0, 'shared')
      const alone = ask(1, 'exclusive')
      const late = ask(0, 'shared')
      expect(outcomes([first, alone, late])).to.equal('held waiting waiting')
      alone.cancel()
      first.release()
      group.settle()
      expect(late.outcome).to.equal('held')
      const third = ask(0, 'shared')
      late.release()
      group.settle()
      const writer = ask(1, 'exclusive')
      expect(outcomes([third, writer])).to.equal('held waiting')
      third.release()
      group.settle()
      expect(writer.outcome).to.equal('held')
    })

    it('each goes on beside the others over a view change, and ends by itself', () => {
      const { group, ask } = given(3)
      const writes = ask(0, 'intention-exclusive')
      const reads = ask(0, 'intention-shared')
      const elsewhere = ask(1, 'intention-exclusive')
      const whole = ask(2, 'shared')
      group.change(group.members, 5)
      group.settle()
      expect(outcomes([writes, reads, elsewhere, whole])).to.equal('held held held waiting')
      writes.release()
      group.settle()
      expect(whole.outcome).to.equal('waiting')
      elsewhere.release()
      group.settle()
      expect(outcomes([reads, whole])).to.equal('held held')
    })
  })
}
