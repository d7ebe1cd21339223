import { expect } from 'chai'
import { runCoordinator } from '../../lib/recipes/run-coordinator.ts'
import { errorOf } from '../port/engine.ts'
import { onEachEngine } from './engines.ts'
import { SpiedLocks } from './spied-locks.ts'

const [three, four] = ['report:2026-03-01T03:00:00.000Z', 'report:2026-03-01T04:00:00.000Z']

onEachEngine('runCoordinator', (given) => {
  it('lets one instance run a task at each planned time', async () => {
    const clients = await given().three()
    const coordinators = clients.map((client) => runCoordinator(client, { atLeast: 0 }))
    const ask = (key: string): Promise<boolean[]> => Promise.all(coordinators.map((each) => each.shouldRun(key)))
    for (const key of [three, four]) expect((await ask(key)).filter((runs) => runs)).to.deep.equal([true])
    expect(await coordinators[0]?.shouldRun('other')).to.equal(true)
    expect(await coordinators[1]?.shouldRun('other')).to.equal(false)
    await coordinators[0]?.onComplete('other')
    expect(await coordinators[1]?.shouldRun('other')).to.equal(true)
  })

  it('keeps a planned time taken after a short run, for an instance whose clock is late, and frees it afterwards', async () => {
    const [a, b] = await given().two()
    const spied = new SpiedLocks(a)
    const [early, late] = [runCoordinator(spied), runCoordinator(b)]
    expect(await early.shouldRun(three)).to.equal(true)
    spied.time.advance(400)
    await early.onComplete(three)
    expect(spied.time.pendingMs).to.deep.equal([9_600])
    expect(await late.shouldRun(three)).to.equal(false)
    spied.time.advance(9_600)
    await given().settle()
    expect(await late.shouldRun(three)).to.equal(true)
    await late.onComplete(three)
  })

  it('has no effect for a run that it does not know, and passes on what the engine says', async () => {
    const a = await given().open()
    const coordinator = runCoordinator(a)
    await coordinator.onComplete(three)
    expect(await errorOf(() => coordinator.shouldRun(''))).to.include({ code: 'BAD_OPTION' })
    await a.close()
    expect(await errorOf(() => coordinator.shouldRun(three))).to.include({ code: 'CLOSED' })
  })

  it('refuses wrong options by their name', async () => {
    const a = await given().open()
    for (const [option, options] of [
      ['atLeast', { atLeast: -1 }],
      ['atMost', { atMost: 5 }],
      ['options', null],
    ] as const)
      expect(() => runCoordinator(a, options as never))
        .to.throw()
        .that.includes({ code: 'BAD_OPTION', option })
  })
})
