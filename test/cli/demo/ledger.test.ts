import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { credit, debit, Ledger, total, type Transit } from '../../../lib/cli/demo/ledger.ts'
import type { Incident } from '../../../lib/cli/demo/protocol.ts'
import { type TransferOrder, transfer } from '../../../lib/cli/demo/teller.ts'

describe("the demo's ledger", () => {
  let folder: string
  let a: Ledger
  let b: Ledger
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'))
    Ledger.create(folder, 3, 100)
    a = new Ledger(folder, 'a', 1001)
    b = new Ledger(folder, 'b', 1002)
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const transit: Transit = { to: 1, amount: 30, carrier: 'a', carrierPid: 1001 }

  it('counts money on the road as money', () => {
    const books = a.read()
    a.write(books, debit(books, 0, transit))
    expect(a.read().accounts).to.deep.equal([70, 100, 100])
    expect(total(a.read())).to.equal(300)
    a.write(a.read(), credit(a.read(), transit))
    expect(a.read().accounts).to.deep.equal([70, 130, 100])
    expect(total(a.read())).to.equal(300)
    expect(a.read().sequence).to.equal(2)
    expect(a.writes).to.equal(2)
  })

  it('sees an update that a later write wipes out, and misses it in the sequence', () => {
    const readByA = a.read()
    const readByB = b.read()
    expect(b.write(readByB, debit(readByB, 0, transit))).to.equal(0)
    expect(a.write(readByA, debit(readByA, 2, transit))).to.equal(1)
    expect(a.writes + b.writes - a.read().sequence).to.equal(1)
  })

  it('stores a fence before the books are read, and turns lower and equal ones away', () => {
    expect(a.admit(10n)).to.equal(null)
    expect(b.admit(9n)).to.equal(10n)
    expect(b.admit(10n)).to.equal(10n)
    expect(b.admit(11n)).to.equal(null)
    expect(a.highestFence).to.equal(11n)
  })

  it('sees two inside at once, and a marker that was taken down', () => {
    expect(a.enter()).to.equal(null)
    expect(b.enter()).to.equal(1001)
    a.leave()
    expect(a.enter()).to.equal(1002)
    a.leave()
    expect(b.enter()).to.equal(null)
    b.leave()
  })

  it('leaves no file behind but the books and the fence', () => {
    a.enter()
    a.admit(1n)
    a.write(a.read(), a.read())
    a.leave()
    expect(readdirSync(folder).sort()).to.deep.equal(['books.json', 'fence'])
  })

  describe('a transfer', () => {
    let incidents: Incident[]
    beforeEach(() => (incidents = []))

    const order = (changes: Partial<TransferOrder>): TransferOrder => ({
      worker: 'a',
      workMs: 0,
      fence: 1n,
      signal: undefined,
      random: () => 0.5,
      onTheRoad: async () => {},
      notice: (incident) => incidents.push(incident),
      ...changes,
    })

    it('moves money and keeps the total', async () => {
      await transfer(a, order({}))
      expect(a.read().accounts).not.to.deep.equal([100, 100, 100])
      expect(total(a.read())).to.equal(300)
      expect(a.read().road).to.equal(null)
      expect(incidents).to.deep.equal([])
    })

    it('that came with an old fence touches nothing', async () => {
      a.admit(5n)
      await transfer(a, order({ fence: 4n }))
      expect(a.read().sequence).to.equal(0)
      expect(incidents.map((incident) => incident.type)).to.deep.equal(['fenceRegression'])
    })

    it('that was overtaken by a higher fence does not write any more', async () => {
      await transfer(a, order({ fence: 4n, onTheRoad: async () => void b.admit(5n) }))
      expect(a.read().sequence).to.equal(1)
      expect(incidents.map((incident) => incident.type)).to.deep.equal(['fenceRegression'])
    })

    it('whose hold is lost on the way leaves the money on the road, and the next one delivers it', async () => {
      const controller = new AbortController()
      await transfer(a, order({ fence: 1n, signal: controller.signal, onTheRoad: async () => controller.abort() }))
      expect(a.read().road).not.to.equal(null)
      expect(total(a.read())).to.equal(300)
      await transfer(b, order({ fence: 2n, worker: 'b' }))
      expect(b.read().road).to.equal(null)
      expect(total(b.read())).to.equal(300)
      expect(incidents.map((incident) => incident.type)).to.deep.equal(['finishedForOther'])
    })

    it('loses money when two run at once without a lock, and both are noticed', async () => {
      await transfer(
        a,
        order({
          fence: undefined,
          onTheRoad: () => transfer(b, order({ worker: 'b', fence: undefined, onTheRoad: async () => {} })),
        }),
      )
      expect(total(a.read())).to.be.lessThan(300)
      expect(incidents.map((incident) => incident.type)).to.include('overlap')
    })
  })
})
