/** Promises of `ensure` and of the margin of `check`: how long a hold is certain to last. */
import { expect } from 'chai'
import { type Clients, errorOf } from './engine.ts'

const longMs = 60_000

export function itLasts(given: () => Clients): void {
  it('passes `check` with a margin, and `ensure`, as long as it stands', async () => {
    const a = await given().open()
    const hold = await a.acquire('door')
    for (const time of [0, 1, '50ms'] as const) {
      hold.check(time)
      await hold.ensure(time)
    }
    await Promise.all(Array.from({ length: 50 }, () => hold.ensure(50)))
    await hold.release()
    expect(await errorOf(() => hold.check(50))).to.include({ code: 'NOT_OWNER' })
    expect(await errorOf(() => hold.ensure(50))).to.include({ code: 'NOT_OWNER' })
  })

  it('with maxHold has no more left than that, and no renewal gives more', async () => {
    const a = await given().open()
    const hold = await a.acquire('door', { maxHold: 400 })
    hold.check(50)
    await hold.ensure(50)
    for (const call of [() => hold.check(400), () => hold.ensure(400), () => hold.ensure(longMs)])
      expect(await errorOf(call)).to.include({ code: 'BAD_OPTION' })
    const untilMs = performance.now() + 20
    while (performance.now() < untilMs) {
      // 20 of its 400 ms go by.
    }
    for (const call of [() => hold.check(395), () => hold.ensure(395)])
      expect(await errorOf(call)).to.include({ code: 'EXPIRING', definite: true })
    hold.check()
    await hold.release()
  })

  it('that is lost rejects both with the error of its loss', async () => {
    const a = await given().open()
    const hold = await a.acquire('door', { maxHold: 5 })
    const untilMs = performance.now() + 6
    while (performance.now() < untilMs) {
      // The time goes by, and no timer fires.
    }
    const error = await errorOf(() => hold.check(1))
    expect(error).to.include({ code: 'LOST', reason: 'maxHold' })
    expect(await errorOf(() => hold.ensure(1))).to.equal(error)
  })

  it('refuses a time that is none with BAD_OPTION', async () => {
    const a = await given().open()
    const hold = await a.acquire('door')
    for (const time of [-1, Number.NaN, Infinity, '5', null, {}]) {
      expect(await errorOf(() => hold.ensure(time as never))).to.include({ code: 'BAD_OPTION', option: 'time' })
      expect(await errorOf(() => hold.check(time as never))).to.include({ code: 'BAD_OPTION', option: 'margin' })
    }
    hold.check()
    await hold.release()
  })
}
