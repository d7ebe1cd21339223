/** Promises to a waiter that gives up by its `wait` or its `signal`, in each state in which it can. */
import { expect } from 'chai'
import { type Clients, errorOf, watch } from './engine.ts'

export function itGivesUp(given: () => Clients, isPlain: boolean): void {
  it('by `wait` gets TIMEOUT, and leaves nothing', async () => {
    const [a, b] = await given().two()
    const hold = await a.acquire('door')
    const errors = await Promise.all([a, b].map((client) => errorOf(() => client.acquire('door', { wait: 5 }))))
    expect(errors.map(({ code }) => code)).to.deep.equal(['TIMEOUT', 'TIMEOUT'])
    expect(errors[0]).to.include({ definite: true }).and.not.equal(errors[1])
    await given().settle()
    expect((await a.query('door')).pending).to.deep.equal([])
    await hold.release()
    await (await b.acquire('door', { wait: '10s' })).release()
  })

  it('by an aborted `signal` gets ABORTED with its reason, before it ever waited', async () => {
    const [a] = await given().two()
    const reason = new Error('changed my mind')
    for (const call of ['acquire', 'tryAcquire'] as const) {
      const error = await errorOf(() => a[call]('door', { signal: AbortSignal.abort(reason) }))
      expect(error).to.include({ code: 'ABORTED', cause: reason })
    }
    expect(await a.query('door')).to.deep.include({ held: [], pending: [] })
  })

  it('by its `signal` gets ABORTED while it waits, and leaves nothing', async () => {
    const [a, b] = await given().two()
    const hold = await a.acquire('door')
    const aborter = new AbortController()
    const waiting = [a, b, b].map((client) => watch(client.acquire('door', { signal: aborter.signal })))
    const other = watch(b.acquire('door'))
    await given().settle()
    aborter.abort('enough')
    for (const { promise } of waiting) expect(await errorOf(() => promise)).to.include({ code: 'ABORTED', cause: 'enough' })
    await hold.release()
    await (await other.promise).release()
    await given().settle()
    expect(await a.query('door')).to.deep.include({ held: [], pending: [] })
  })

  it('in the turn in which it is granted has the hold or the error, and the lock goes on in either case', async () => {
    const [a, b] = await given().two()
    for (const client of [a, b]) {
      const hold = await a.acquire('door')
      const aborter = new AbortController()
      const waiting = watch(client.acquire('door', { signal: aborter.signal }))
      await given().settle()
      const releasing = hold.release()
      aborter.abort()
      await releasing
      const granted = await waiting.promise.catch(() => null)
      await granted?.release()
      await (await b.acquire('door', { wait: '10s' })).release()
    }
  })

  it('when a listener hears of its grant has the hold all the same', async () => {
    const a = await given().open()
    const hold = await a.acquire('door')
    const aborter = new AbortController()
    const waiting = watch(a.acquire('door', { signal: aborter.signal }))
    await given().settle()
    const stop = a.on('lockGranted', () => aborter.abort())
    await hold.release()
    const granted = await waiting.promise
    stop()
    granted.check()
    await granted.release()
    await (await a.acquire('door', { wait: '10s' })).release()
  })

  it('after it was granted keeps its hold', async () => {
    const a = await given().open()
    const aborter = new AbortController()
    const hold = await a.acquire('door', { signal: aborter.signal, wait: isPlain ? '10s' : 5 })
    aborter.abort()
    hold.check()
    expect(hold.signal.aborted).to.equal(false)
    await hold.release()
  })

  const itWithModes = isPlain ? () => {} : it
  itWithModes('lets the waiters behind it go in', async () => {
    const a = await given().open()
    const reader = await a.acquire('page', { mode: 'shared' })
    const aborter = new AbortController()
    const writer = watch(a.acquire('page', { signal: aborter.signal }))
    const late = watch(a.acquire('page', { mode: 'shared' }))
    await given().settle()
    expect(late.outcome).to.equal(undefined)
    aborter.abort()
    expect(await errorOf(() => writer.promise)).to.include({ code: 'ABORTED' })
    const beside = await late.promise
    reader.check()
    await reader.release()
    await beside.release()
  })

  it('together with a thousand others by one signal makes no warning, and none is left', async () => {
    const a = await given().open()
    const warnings: Error[] = []
    const heard = (warning: Error): void => void warnings.push(warning)
    process.on('warning', heard)
    try {
      const hold = await a.acquire('door')
      const aborter = new AbortController()
      const waiting = Array.from({ length: 1000 }, () => errorOf(() => a.acquire('door', { signal: aborter.signal })))
      aborter.abort()
      const codes = new Set((await Promise.all(waiting)).map(({ code }) => code))
      expect([...codes]).to.deep.equal(['ABORTED'])
      await hold.release()
      await (await a.acquire('door')).release()
      // Node tells of a warning in a later turn.
      await new Promise((resolve) => setImmediate(resolve))
      expect(warnings).to.deep.equal([])
    } finally {
      process.off('warning', heard)
    }
  })
}
