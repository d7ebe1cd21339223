/** Promises of a hold and of `withLock`. */
import { inspect } from 'node:util'
import { expect } from 'chai'
import type { Hold } from '../../lib/port/hold.ts'
import { type Clients, errorOf } from './engine.ts'

export function itHolds(given: () => Clients): void {
  it('is released once, and says what it is afterwards', async () => {
    const a = await given().open()
    const hold = await a.acquire('door')
    const { signal } = hold
    expect(await Promise.all([hold.release(), hold.release()])).to.deep.equal(['released', 'already'])
    expect(hold.state).to.equal('released')
    expect(signal.aborted).to.equal(false)
    expect(await errorOf(() => hold.check())).to.include({ code: 'NOT_OWNER' })
    const next = await a.acquire('door')
    expect(await hold.release()).to.equal('already')
    next.check()
    await next.release()
  })

  it('ends with the block that uses it', async () => {
    const a = await given().open()
    let kept: Hold
    {
      await using hold = await a.acquire('door')
      kept = hold
      expect(kept.state).to.equal('held')
    }
    expect(kept.state).to.equal('released')
  })

  it('shows itself in a line, and as JSON with all digits of its fence', async () => {
    const a = await given().open()
    const hold = await a.acquire('door', { mode: given().shared, meta: { secret: 'not shown' } })
    const json = { name: 'door', mode: given().shared, fence: String(hold.fence), state: 'held' }
    expect(JSON.parse(JSON.stringify(hold))).to.deep.equal(json)
    expect(inspect(hold, { breakLength: 200 })).to.equal(
      `Hold { name: 'door', mode: '${given().shared}', fence: ${hold.fence}n, state: 'held' }`,
    )
    expect(Object.isFrozen(hold.fence) && inspect([[[hold]]], { depth: 9 })).not.to.include('not shown')
    await hold.release()
  })

  it('by withLock lasts as long as the function, with any result', async () => {
    const a = await given().open()
    let inside: Hold | undefined
    const result = await a.withLock('door', { wait: '10s' }, async (hold) => {
      inside = hold
      await given().settle()
      hold.check()
      return { n: 42 }
    })
    expect(result).to.deep.equal({ n: 42 })
    expect(inside?.state).to.equal('released')
    expect(await a.withLock('door', () => 'plain')).to.equal('plain')
    expect(await a.withLock('door', () => undefined)).to.equal(undefined)
  })

  it('by withLock ends with the error of the function, which is passed on as it is', async () => {
    const a = await given().open()
    for (const thrown of [new Error('mine'), 'a string', undefined, null]) {
      for (const fn of [() => Promise.reject(thrown), () => throwing(thrown)]) {
        const outcome: { thrown?: unknown } = {}
        await a.withLock('door', fn).catch((error: unknown) => (outcome.thrown = error))
        expect(outcome).to.deep.equal({ thrown })
        expect((outcome as { thrown: unknown }).thrown).to.equal(thrown)
      }
    }
    await (await a.acquire('door', { wait: '10s' })).release()
  })

  it('by withLock may be released by the function itself', async () => {
    const a = await given().open()
    const seen = await a.withLock('door', async (hold) => {
      await hold.release()
      return await a.withLock('door', () => 'again')
    })
    expect(seen).to.equal('again')
  })
}

function throwing(thrown: unknown): never {
  throw thrown
}
