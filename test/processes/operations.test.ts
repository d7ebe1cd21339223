/** What docs/operations.md tells an operator to do, done with real processes. */
import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NodeOptions } from '../../lib/index.ts'
import { Crew, freeAddresses, type Mate, together } from './crew.ts'
import { skipUnless } from './needs.ts'

describe('operating a cluster of several hosts', function () {
  this.timeout(60_000)
  let crew: Crew
  let names: HostNames
  let list: readonly string[]
  beforeEach(async function () {
    const isRoot = spawnSync('unshare', ['--mount', 'true']).status === 0
    skipUnless(this, isRoot && process.platform === 'linux', 'no mount namespaces: unshare needs root on Linux')
    crew = new Crew()
    names = new HostNames(join(crew.directory, 'hosts'))
    const [free = ''] = await freeAddresses(1)
    const port = free.slice(free.lastIndexOf(':') + 1)
    list = ['shop-1', 'shop-2', 'shop-3'].map((name) => `${name}.test:${port}`)
  })
  afterEach(() => crew?.end())

  /** A process on the machine with this address of its own, for this entry of the join list. */
  function host(entry: number, address: string, more: NodeOptions = {}): Promise<Mate> {
    const advertise = list[entry] as string
    const listen = `${address}:${advertise.split(':')[1]}`
    const options = { cluster: crew.cluster, join: list, listen, advertise, dataDir: join(crew.directory, address), ...more }
    return crew.process(names.wrapper).create({ insecure: true, profile: { session: 1000 }, ...options })
  }

  it('a host is replaced: its name is given to the new machine after the old node was closed, and the new one votes', async () => {
    names.write({ 'shop-1.test': '127.0.0.11', 'shop-2.test': '127.0.0.12', 'shop-3.test': '127.0.0.13' })
    const old = await Promise.all([host(0, '127.0.0.11'), host(1, '127.0.0.12'), host(2, '127.0.0.13')])
    await together(old)
    const [first, second, third] = old as [Mate, Mate, Mate]
    const held = await first.ask('acquire', 'door')
    await third.ask('close')
    names.write({ 'shop-1.test': '127.0.0.11', 'shop-2.test': '127.0.0.12', 'shop-3.test': '127.0.0.14' })
    const fresh = await host(2, '127.0.0.14')
    await together([first, second, fresh])
    expect(await first.ask('hold', held.hold)).to.include({ state: 'held', checked: 'fine' })
    // It has the vote of its entry: with the second host gone, it and the first are the majority.
    second.kill('SIGKILL')
    await together([first, fresh])
    await first.ask('release', held.hold)
    const next = await fresh.ask('acquire', 'door')
    expect(next.fence > held.fence).to.equal(true)
  })

  it('an option of the cluster is changed by a full stop: a rolling restart is refused, all stopped and started is not', async () => {
    names.write({ 'shop-1.test': '127.0.0.11', 'shop-2.test': '127.0.0.12', 'shop-3.test': '127.0.0.13' })
    const before = await Promise.all([host(0, '127.0.0.11'), host(1, '127.0.0.12'), host(2, '127.0.0.13')])
    await together(before)
    const held = await (before[0] as Mate).ask('acquire', 'door')
    await (before[2] as Mate).ask('close')
    const other = { algorithm: 'token-ring' } as const
    const refused = await host(2, '127.0.0.13', other).catch((error: unknown) => error)
    expect(refused).to.include({ code: 'CONFIG_MISMATCH', option: 'algorithm' })
    await Promise.all(before.slice(0, 2).map((mate) => mate.ask('close')))
    const after = await Promise.all([host(0, '127.0.0.11', other), host(1, '127.0.0.12', other), host(2, '127.0.0.13', other)])
    await together(after)
    expect((await (after[1] as Mate).ask('acquire', 'door')).fence > held.fence).to.equal(true)
  })
})

/** Names of hosts that only the test's own processes know, each in a mount namespace with this file as its /etc/hosts. */
class HostNames {
  private readonly file: string

  constructor(file: string) {
    this.file = file
    this.write({})
  }

  /** In place, so that the processes that have the file mounted see it. */
  write(addresses: Readonly<Record<string, string>>): void {
    writeFileSync(
      this.file,
      `${Object.entries(addresses)
        .map(([name, address]) => `${address} ${name}\n`)
        .join('')}127.0.0.1 localhost\n`,
    )
  }

  get wrapper(): readonly string[] {
    return ['unshare', '--mount', 'sh', '-c', `mount --bind '${this.file}' /etc/hosts && exec "$@"`, 'sh']
  }
}
