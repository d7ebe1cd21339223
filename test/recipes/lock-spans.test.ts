import { expect } from 'chai'
import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { lockSpans } from '../../lib/recipes/lock-spans.ts'
import { errorOf } from '../port/engine.ts'
import { onEachEngine } from './engines.ts'

const active = new AsyncLocalStorage<string>()

/** A tracer that notes its spans, each with the span that was active at its start. */
class NotingTracer {
  readonly spans: Record<string, unknown>[] = []

  readonly startSpan = (name: string, { attributes }: { attributes: object }) => {
    const span: Record<string, unknown> = { name, parent: active.getStore(), ...attributes }
    this.spans.push(span)
    return {
      setAttribute: (key: string, value: unknown) => (span[key] = value),
      setStatus: ({ code }: { code: number }) => (span['status'] = code),
      end: () => (span['ended'] = ((span['ended'] as number | undefined) ?? 0) + 1),
    }
  }

  find(name: string): Record<string, unknown>[] {
    return this.spans.filter((span) => span['name'] === name)
  }
}

onEachEngine('lockSpans', (given) => {
  let tracer: NotingTracer
  let stop: () => void

  beforeEach(() => {
    tracer = new NotingTracer()
    stop = lockSpans(tracer)
  })

  afterEach(() => stop())

  it('makes a span of the wait and one of the hold, both below the span of the caller, though another call ends the wait', async () => {
    const [a, b] = await given().two()
    const first = await a.acquire('a')
    const second = active.run('caller', () => b.acquire('a', { mode: 'shared' }))
    await given().settle()
    expect(tracer.find('holdfast.acquire')[1]).to.include({ parent: 'caller', 'holdfast.client': b.id, 'holdfast.lock': 'a' })
    expect(tracer.find('holdfast.acquire')[1]).not.to.have.property('ended')
    await active.run('other', () => first.release())
    const hold = await second
    expect(tracer.find('holdfast.hold')[0]).to.include({ parent: undefined, ended: 1, 'holdfast.outcome': 'released' })
    const [, ofSecond] = tracer.find('holdfast.hold')
    expect(ofSecond).to.include({ parent: 'caller', 'holdfast.mode': 'shared', 'holdfast.fence': String(hold.fence) })
    expect(ofSecond).not.to.have.property('ended')
    await hold.release()
    expect(ofSecond).to.include({ ended: 1, 'holdfast.outcome': 'released' })
    expect(tracer.find('holdfast.acquire')[1]).to.include({ ended: 1, 'holdfast.outcome': 'granted', 'holdfast.call': 'acquire' })
  })

  it('counts a wait in vain as well, and a lock that is taken', async () => {
    const [a, b] = await given().two()
    const hold = await a.acquire('a')
    expect(await errorOf(() => b.withLock('a', { wait: 10 }, () => {}))).to.include({ code: 'TIMEOUT' })
    expect(await b.tryAcquire('a')).to.equal(null)
    expect(await errorOf(() => b.acquire(''))).to.include({ code: 'BAD_OPTION' })
    const [, ...others] = tracer.find('holdfast.acquire')
    const told = others.map((span) => [
      span['holdfast.call'],
      span['holdfast.outcome'],
      span['error.type'],
      span['status'],
      span['ended'],
    ])
    expect(told).to.deep.equal([
      ['withLock', 'failed', 'TIMEOUT', 2, 1],
      ['tryAcquire', 'taken', undefined, undefined, 1],
      ['acquire', 'failed', 'BAD_OPTION', 2, 1],
    ])
    expect(tracer.find('holdfast.hold')).to.have.length(1)
    await hold.release()
  })

  it('tells a loss with its code', async () => {
    const a = await given().open()
    await a.acquire('a')
    await a.close({ drain: 0 })
    expect(tracer.find('holdfast.hold')).to.have.length(1)
    expect(tracer.find('holdfast.hold')[0]).to.include({ 'holdfast.outcome': 'lost', 'error.type': 'LOST', status: 2, ended: 1 })
  })

  it('makes one span of a reentrant hold and its nested levels', async () => {
    const a = await given().open()
    await a.withLock('a', { reentrant: true }, () => a.withLock('a', { reentrant: true }, () => {}))
    expect(tracer.find('holdfast.hold').map((span) => span['ended'])).to.deep.equal([1])
    expect(tracer.find('holdfast.acquire').map((span) => span['ended'])).to.deep.equal([1, 1])
  })

  it('makes none once it was stopped', async () => {
    const a = await given().open()
    stop()
    await a.withLock('a', () => {})
    expect(tracer.spans).to.deep.equal([])
  })

  it('keeps errors of the tracer from the locks', async () => {
    const a = await given().open()
    const warned: string[] = []
    const onWarning = ({ message }: Error): void => void warned.push(message)
    process.on('warning', onWarning)
    const stopBroken = lockSpans({
      startSpan: () => {
        throw new Error('of the tracer')
      },
    })
    expect(await a.withLock('a', () => 7)).to.equal(7)
    await new Promise((resolve) => setImmediate(resolve))
    stopBroken()
    process.off('warning', onWarning)
    expect(warned).to.include('the tracer of lockSpans threw: of the tracer')
  })

  it('refuses what is no tracer', () => {
    for (const wrong of [undefined, null, {}, 5, { startSpan: 'x' }])
      expect(() => lockSpans(wrong as never))
        .to.throw()
        .that.includes({ code: 'BAD_OPTION', option: 'tracer' })
  })

  it('stands on channels that any subscriber can use, in the order of tracing channels', async () => {
    const a = await given().open()
    const told: string[] = []
    const names = ['acquire', 'hold'].flatMap((of) =>
      ['start', 'end', 'error', 'asyncStart', 'asyncEnd'].map((event) => `tracing:holdfast:${of}:${event}`),
    )
    const note = (_: unknown, name: unknown): void => void told.push(String(name).replace('tracing:holdfast:', ''))
    for (const name of names) subscribe(name, note)
    await a.withLock('a', () => {})
    for (const name of names) unsubscribe(name, note)
    expect(told).to.deep.equal([
      ...['acquire:start', 'acquire:end', 'acquire:asyncStart', 'acquire:asyncEnd'],
      ...['hold:start', 'hold:end', 'hold:asyncStart', 'hold:asyncEnd'],
    ])
  })
})
