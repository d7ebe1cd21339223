import { expect } from 'chai'
import { readdirSync, rmSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import type { NodeOptions } from '../../lib/index.ts'
import { processFacts } from '../../lib/mesh/process-facts.ts'
import { Crew, type Mate, together } from './crew.ts'
import { skipUnless } from './needs.ts'

/** So long that no busy machine takes half of it to find a death. */
const sessionMs = 30_000
/** For what is found by the end of a session only. */
const short = { profile: { session: 1000 } }

describe('processes that die on one host', function () {
  this.timeout(60_000)
  let crew: Crew
  beforeEach(() => {
    crew = new Crew()
  })
  afterEach(() => crew.end())

  const long = (): NodeOptions => ({ ...crew.local, profile: { session: sessionMs } })

  /** Where the cluster's files are. */
  const folder = (): string => join(crew.directory, crew.cluster, processFacts().bootId)

  it('leave their locks to others long before their sessions could have ended, six times in a row', async () => {
    const mates = await crew.pool(3, long())
    let fence = 0n
    for (let round = 0; round < 6; round++) {
      const holder = mates.shift() as Mate
      const waiter = mates[round % mates.length] as Mate
      const held = await holder.ask('acquire', 'lock')
      const next = waiter.ask('acquire', 'lock')
      // Whether the waiter's request is under way by now or comes after the death, it is served.
      await waiter.ask('members')
      const killedAtMs = performance.now()
      holder.kill('SIGKILL')
      const { hold, fence: nextFence } = await next
      // No process can have waited for the session: it was renewed within its last fifth, and four fifths have not gone by.
      expect(performance.now() - killedAtMs).to.be.lessThan(sessionMs / 2)
      expect(held.fence > fence && nextFence > held.fence).to.equal(true)
      fence = nextFence
      await waiter.ask('release', hold)
      mates.push(await crew.process().create(long()))
      await together(mates)
    }
  })

  it('leave nothing to wait for when all die at once and a process comes', async () => {
    const mates = await crew.pool(3, long())
    const held = await (mates[0] as Mate).ask('acquire', 'lock')
    for (const mate of mates) mate.kill('SIGKILL')
    await Promise.all(mates.map((mate) => mate.ended))
    const fresh = crew.process()
    const beganAtMs = performance.now()
    await fresh.create(long())
    const { fence } = await fresh.ask('acquire', 'lock')
    expect(performance.now() - beganAtMs).to.be.lessThan(sessionMs / 2)
    expect(fence > held.fence).to.equal(true)
  })

  for (const waits of ['process', 'thread', 'clusterWorker'] as const) {
    it(`a thread that is terminated leaves its lock at once to a ${waits}, though its process lives`, async function () {
      skipUnless(this, process.platform === 'linux', 'only Linux tells of the threads of a process')
      const thread = await crew.thread().create(long())
      const mate = await crew[waits]().create(long())
      await together([thread, mate])
      const held = await thread.ask('acquire', 'lock')
      const next = mate.ask('acquire', 'lock')
      await mate.ask('members')
      const killedAtMs = performance.now()
      thread.kill('SIGKILL')
      const { fence } = await next
      expect(performance.now() - killedAtMs).to.be.lessThan(sessionMs / 2)
      expect(fence > held.fence).to.equal(true)
    })
  }

  it('a worker of node:cluster that is killed leaves its lock at once', async () => {
    const worker = await crew.clusterWorker().create(long())
    const mate = await crew.thread().create(long())
    await together([worker, mate])
    const held = await worker.ask('acquire', 'lock')
    const next = mate.ask('acquire', 'lock')
    await mate.ask('members')
    const killedAtMs = performance.now()
    worker.kill('SIGKILL')
    const { fence } = await next
    expect(performance.now() - killedAtMs).to.be.lessThan(sessionMs / 2)
    expect(fence > held.fence).to.equal(true)
  })

  it('a stopped process whose directory was deleted has lost its hold by the time that a new cluster there grants it', async () => {
    const [old] = (await crew.pool(1, { ...crew.local, ...short })) as [Mate]
    const held = await old.ask('acquire', 'lock')
    old.kill('SIGSTOP')
    rmSync(join(crew.directory, crew.cluster), { recursive: true })
    const fresh = await crew.process().create({ ...crew.local, ...short })
    const { fence } = await fresh.ask('acquire', 'lock')
    old.kill('SIGCONT')
    expect(await old.ask('hold', held.hold)).to.include({ checked: 'LOST' })
    expect(fence > held.fence).to.equal(true)
  })

  it('the same when only the files were deleted', async () => {
    const [old] = (await crew.pool(1, { ...crew.local, ...short })) as [Mate]
    const held = await old.ask('acquire', 'lock')
    old.kill('SIGSTOP')
    for (const name of readdirSync(folder())) if (name.startsWith('after-')) rmSync(join(folder(), name))
    const fresh = await crew.process().create({ ...crew.local, ...short })
    const { fence } = await fresh.ask('acquire', 'lock')
    old.kill('SIGCONT')
    expect(await old.ask('hold', held.hold)).to.include({ checked: 'LOST' })
    expect(fence > held.fence).to.equal(true)
  })

  it('leave no files when a process comes after a minute, however short it stays', async () => {
    const mates = await crew.pool(3, long())
    for (const mate of mates) mate.kill('SIGKILL')
    await Promise.all(mates.map((mate) => mate.ended))
    const entries = join(folder(), 'entries')
    const left = readdirSync(entries)
    expect(left.filter((name) => name.endsWith('.json'))).to.have.length(3)
    expect(left.filter((name) => name.endsWith('.session'))).to.have.length(3)
    const past = Date.now() / 1000 - 61
    for (const name of left) utimesSync(join(entries, name), past, past)
    const fresh = await crew.process().create(long())
    await fresh.ask('close')
    expect(readdirSync(entries).filter((name) => !name.startsWith(fresh.id))).to.deep.equal([])
  })

  it('members whose directory was deleted notice, and meet again in a new one', async () => {
    const mates = await crew.pool(3, { ...crew.local, ...short })
    const before = mates.map(({ id }) => id)
    const held = await (mates[0] as Mate).ask('acquire', 'lock')
    rmSync(join(crew.directory, crew.cluster), { recursive: true })
    await Promise.all(mates.map((mate) => mate.until(({ type }) => type === 'sessionEnded')))
    expect(await (mates[0] as Mate).ask('hold', held.hold)).to.include({ state: 'lost', checked: 'LOST' })
    const { fence } = await (mates[1] as Mate).ask('acquire', 'lock')
    expect(fence > held.fence).to.equal(true)
    await together(mates)
    for (const { id } of mates) expect(before).to.not.include(id)
  })
})
