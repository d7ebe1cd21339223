/** Random schedules, compared with a model, and many clients at once: exclusion, order, and that no waiter is forgotten. */
import { expect } from 'chai'
import fc from 'fast-check'
import { type Clients, errorOf } from './engine.ts'
import { modeDraws, play, stepsOf } from './schedule.ts'

export function itWithstands(given: () => Clients, isStrict: boolean, isPlain: boolean): void {
  const draws = isPlain ? { exclusive: ['exclusive' as const] } : modeDraws
  for (const [drawn, modes] of Object.entries(draws)) {
    for (const count of [1, 3]) {
      const callers = count === 1 ? 'one client' : `${count} clients`
      it(`of random calls of ${callers} in ${drawn} modes does what the model does`, async function () {
        this.timeout(120_000)
        for (let i = 0; i < count; i++) await given().open()
        await fc.assert(
          fc.asyncProperty(stepsOf(count, modes), (steps) => play(steps, given(), isStrict)),
          { numRuns: isStrict ? 300 : isPlain ? 20 : 60, seed: 12, interruptAfterTimeLimit: 60_000 },
        )
      })
    }
  }

  it('of callers that come, give up and fail never lets two in, and forgets none', async function () {
    this.timeout(60_000)
    const clients = await given().three()
    const inside = new Map<string, number>()
    let entries = 0
    const caller = async (n: number): Promise<void> => {
      const client = clients[n % clients.length] as (typeof clients)[number]
      for (let i = 0; i < 20; i++) {
        const name = `lock ${(n * 7 + i) % 3}`
        const aborter = new AbortController()
        const doing = client.withLock(name, { signal: aborter.signal, priority: i % 2 }, async (hold) => {
          inside.set(name, (inside.get(name) ?? 0) + 1)
          expect(inside.get(name)).to.equal(1)
          entries++
          if (i % 5 === 0) await new Promise((resolve) => setImmediate(resolve))
          hold.check()
          inside.set(name, 0)
          if (i % 7 === 0) throw new Error('mine')
        })
        if ((n + i) % 4 === 0) aborter.abort()
        await doing.catch((error: { code?: string; message: string }) => {
          if (error.code !== 'ABORTED' && error.message !== 'mine') throw error
        })
      }
    }
    await Promise.all(Array.from({ length: 12 }, (_, n) => caller(n)))
    expect(entries).to.be.at.least(180)
    await given().settle()
    expect(await clients[0].query()).to.deep.include({ held: [], pending: [] })
    expect(await errorOf(() => clients[0].acquire('lock 0', { signal: AbortSignal.abort() }))).to.include({ code: 'ABORTED' })
  })
}
