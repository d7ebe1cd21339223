import { expect } from 'chai'
import { join } from 'node:path'
import type { NodeOptions } from '../../lib/index.ts'
import { Crew, freeAddresses, type Mate, together } from './crew.ts'
import { openLedger, readLedger, regressions } from './ledger.ts'

const secret = 'a secret of twenty-four'

describe('real processes with a join list', function () {
  this.timeout(60_000)
  let crew: Crew
  beforeEach(() => {
    crew = new Crew()
  })
  afterEach(() => crew.end())

  const listed = (addresses: readonly string[], more: NodeOptions = {}) =>
    addresses.map(
      (listen): NodeOptions => ({ cluster: crew.cluster, join: addresses, listen, secret, profile: { session: 1000 }, ...more }),
    )

  async function found(options: readonly NodeOptions[]): Promise<Mate[]> {
    const mates = options.map(() => crew.process())
    await Promise.all(mates.map((mate, index) => mate.create(options[index])))
    await together(mates)
    return mates
  }

  it('three found a cluster; one is killed and the two go on; the last one alone says NO_QUORUM', async () => {
    const mates = await found(listed(await freeAddresses(3)))
    const [a, b, c] = mates as [Mate, Mate, Mate]
    const ledger = join(crew.directory, 'ledger')
    openLedger(ledger)
    await Promise.all(mates.map((mate) => mate.ask('work', { lock: 'ledger', ledger, rounds: 10 })))
    const held = await c.ask('acquire', 'door')
    const waiting = a.ask('acquire', 'door')
    c.kill('SIGKILL')
    const next = await waiting
    expect(next.fence > held.fence).to.equal(true)
    await together([a, b])
    await Promise.all([a, b].map((mate) => mate.ask('work', { lock: 'ledger', ledger, rounds: 10 })))
    expect(readLedger(ledger).count).to.equal(50)
    expect(regressions(readLedger(ledger))).to.equal(0)
    b.kill('SIGKILL')
    expect(await a.until((news) => news.type === 'aborted')).to.include({ hold: next.hold })
    expect(await a.failure('acquire', 'another door', { wait: 200 })).to.include({ code: 'NO_QUORUM' })
    await a.ask('close')
  })

  it('one of three that starts alone waits for the others, and says NO_QUORUM at its deadline', async () => {
    const [options] = listed(await freeAddresses(3)) as [NodeOptions]
    const failure = await crew.process().failure('create', { ...options, wait: '1s' })
    expect(failure).to.include({ code: 'NO_QUORUM' })
    expect(failure.message).to.match(/ECONNREFUSED/)
    for (const address of options.join as readonly string[]) expect(failure.message).to.contain(address)
  })

  it('of two, the first goes on alone and the second does not', async () => {
    const mates = await found(listed(await freeAddresses(2)))
    const [first, second] = mates as [Mate, Mate]
    second.kill('SIGKILL')
    await together([first])
    await first.ask('acquire', 'door', { wait: '20s' })
  })

  it('of two, the second stops when the first is gone, and both go on when it is back', async () => {
    const options = listed(await freeAddresses(2))
    const [first, second] = (await found(options)) as [Mate, Mate]
    first.kill('SIGKILL')
    await second.until((news) => news.type === 'sessionEnded')
    expect(await second.failure('acquire', 'door', { wait: 200 })).to.include({ code: 'NO_QUORUM' })
    const back = await crew.process().create(options[0])
    await together([back, second])
    await second.ask('acquire', 'door', { wait: '20s' })
  })

  it('a process joins through the one address that is listed, and finds through it those that are not', async () => {
    const [options] = listed(await freeAddresses(1)) as [NodeOptions]
    const { listen: _, ...unlisted } = options
    const first = await crew.process().create(options)
    const other = await crew.process().create(unlisted)
    const guest = await crew.process().create(unlisted)
    await together([first, other, guest])
    const held = await guest.ask('acquire', 'door')
    expect(await other.failure('acquire', 'door', { wait: 100 })).to.include({ code: 'TIMEOUT' })
    await guest.ask('release', held.hold)
    await guest.ask('close')
    await together([first, other])
  })
})
