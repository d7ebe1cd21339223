import { expect } from 'chai'
import type { NodeOptions } from '../../lib/index.ts'
import { Crew, together } from './crew.ts'
import { skipUnless } from './needs.ts'

/** So long that no busy machine takes half of it to find a death. */
const sessionMs = 30_000
const ifAvailable = true

/** `workers`, `crashtests/worker-termination` and `release-following-termination` of the Web Platform Tests, with processes and threads. */
describe('node.locks in processes and threads', function () {
  this.timeout(60_000)
  let crew: Crew
  beforeEach(() => {
    crew = new Crew()
  })
  afterEach(() => crew.end())

  const options = (): NodeOptions => ({ ...crew.local, profile: { session: sessionMs } })

  it('share a lock, or exclude each other, as the modes say', async () => {
    const mate = await crew.process().create(options())
    const thread = await crew.thread().create(options())
    await together([mate, thread])
    const mode = 'shared'
    expect([await mate.ask('request', 'a', { mode }), await thread.ask('request', 'a', { mode })]).to.deep.equal([true, true])
    expect(await thread.ask('request', 'b')).to.equal(true)
    for (const name of ['a', 'b']) expect(await mate.ask('request', name, { ifAvailable })).to.equal(false)
  })

  for (const worker of ['process', 'thread'] as const)
    it(`a ${worker} that is terminated leaves what it held, and its waiting requests are gone`, async function () {
      skipUnless(this, worker === 'process' || process.platform === 'linux', 'only Linux tells of the threads of a process')
      const victim = await crew[worker]().create(options())
      const mate = await crew.process().create(options())
      await together([victim, mate])
      expect(await victim.ask('request', 'held')).to.equal(true)
      expect(await mate.ask('request', 'waited for')).to.equal(true)
      victim.ask('request', 'waited for').catch(() => {})
      const next = mate.ask('request', 'held')
      await victim.ask('members')
      const killedAtMs = performance.now()
      victim.kill('SIGKILL')
      expect(await next).to.equal(true)
      expect(performance.now() - killedAtMs).to.be.lessThan(sessionMs / 2)
      mate.kill('SIGKILL')
      const fresh = await crew.process().create(options())
      expect(await fresh.ask('request', 'waited for', { wait: sessionMs / 2 })).to.equal(true)
    })

  it('a process that takes the place of one that ended is granted the lock, and its second request waits', async () => {
    for (let time = 0; time < 2; time++) {
      const worker = await crew.process().create(options())
      expect(await worker.ask('request', 'a', { wait: sessionMs / 2 })).to.equal(true)
      expect(await worker.ask('request', 'a', { ifAvailable })).to.equal(false)
      worker.ask('exit').catch(() => {})
      await worker.ended
    }
  })
})
