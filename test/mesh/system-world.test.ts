import { expect } from 'chai'
import { BadOptionError } from '../../lib/base/errors.ts'
import type { Child } from '../../lib/children/child.ts'
import { startProcess } from '../../lib/children/process.ts'
import { formatAddress, isLoopback, parseAddress } from '../../lib/base/address.ts'
import { systemWorld } from '../../lib/mesh/system-world.ts'

describe('mesh: the real world', () => {
  const world = systemWorld()

  it('has three clocks that do not fall', () => {
    const { time } = world
    const before = [time.monotonicMs(), time.bootMs(), time.wallMs()]
    const after = [time.monotonicMs(), time.bootMs(), time.wallMs()]
    for (let i = 0; i < 2; i++) expect(after[i]).to.be.at.least(before[i] as number)
    expect(time.wallMs()).to.be.greaterThan(Date.UTC(2025, 0, 1))
    expect(time.bootMs()).to.be.greaterThan(0)
  })

  it('fires timers never early, and not at all when they were cleared', async () => {
    const early: number[] = []
    let cleared = true
    world.clearTimer(world.setTimer(1, () => (cleared = false)))
    world.clearTimer(undefined)
    await Promise.all(
      Array.from(
        { length: 100 },
        (_, i) =>
          new Promise<void>((resolve) => {
            const delayMs = 1 + (i % 10) * 0.77
            const dueMs = world.time.monotonicMs() + delayMs
            world.setTimer(delayMs, () => {
              if (world.time.monotonicMs() < dueMs) early.push(delayMs)
              resolve()
            })
          }),
      ),
    )
    expect(early).to.deep.equal([])
    expect(cleared).to.equal(true)
  })

  it('runs what is deferred after the current call and before any timer or input', async () => {
    const order: string[] = []
    await new Promise<void>((resolve) => {
      setImmediate(() => {
        order.push('input')
        resolve()
      })
      world.defer(() => order.push('deferred'))
      order.push('call')
    })
    expect(order).to.deep.equal(['call', 'deferred', 'input'])
  })

  it('makes ids that are new, short and plain', () => {
    const ids = Array.from({ length: 1_000 }, () => world.newId())
    expect(new Set(ids).size).to.equal(ids.length)
    expect(new Set(ids.map((id) => id.slice(0, 8))).size).to.equal(ids.length)
    for (const id of ids) expect(id).to.match(/^[A-Za-z0-9][A-Za-z0-9_-]{21}$/)
  })

  it('keeps no process alive when told so', async () => {
    const said: string[] = []
    const child: Child<object, string> = startProcess('two peers', new URL('./child.js', import.meta.url), {
      args: ['unref', 'child'],
      hear(news) {
        said.push(news)
        child.letGo()
      },
    })
    expect(await child.ended).to.include({ code: 0, signal: null })
    expect(said).to.deep.equal(['connected'])
  })
})

describe('base: addresses', () => {
  it('are read and written', () => {
    for (const text of ['127.0.0.1:7000', 'name:0', 'a-b.example.org:65535', '[::1]:7000', '[fe80::1%eth0]:1', 'memory:1']) {
      expect(formatAddress(parseAddress(text, 'listen'))).to.equal(text)
    }
    expect(parseAddress('[::1]:7000', 'listen')).to.deep.equal({ host: '::1', port: 7000 })
  })

  it('are refused if they are invalid', () => {
    for (const text of [
      '',
      ':1',
      'host',
      'host:',
      'host:65536',
      'host:-1',
      'host:1x',
      '::1:70',
      '[::1]',
      'http://host:1',
      'host:1/path',
      'a b:1',
      '[x]:1',
      7000,
      null,
    ]) {
      expect(() => parseAddress(text, 'advertise'), String(text)).to.throw(BadOptionError, 'advertise')
    }
  })

  it('are loopback or not', () => {
    for (const host of ['localhost', '127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])
      expect(isLoopback(host), host).to.equal(true)
    for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.example.org', 'example.org'])
      expect(isLoopback(host), host).to.equal(false)
  })
})
