import { expect } from 'chai'
import { BadOptionError, type AcquireOptions, type NodeOptions } from '../../../lib/index.ts'
import { parseOptions } from '../../../lib/node/options.ts'
import { hostileProxy, thrown, unprintable } from '../hostile-values.ts'
import { Pool } from '../pool.ts'

describe('what a user hands in as options', () => {
  it('is read once: a getter cannot pass the check with one value and be used with another', async () => {
    let reads = 0
    const settings = parseOptions({
      get cluster() {
        return reads++ === 0 ? 'first' : 'x'.repeat(1000)
      },
    })
    expect(settings.cluster).to.equal('first')
    expect(reads).to.equal(1)
    const { node } = await new Pool(4).start()
    reads = 0
    const options: AcquireOptions = {
      get wait() {
        return reads++ === 0 ? 1000 : -1
      },
    }
    await node.acquire('a', options)
    expect(reads).to.equal(1)
  })

  it('as options is copied and frozen, so that changing the object later changes nothing', () => {
    const said: string[] = []
    const logger = { debug: () => {}, info: () => {}, warn: () => {}, error: (text: string) => void said.push(text) }
    const join = ['a:1', 'b:1']
    const tls = { key: pem('PRIVATE KEY'), cert: pem('CERTIFICATE'), ca: pem('CERTIFICATE') }
    const algorithms = { 'x/*': 'token-ring' }
    const limits = { locksMax: 5 }
    const options = { join, tls, algorithms, permits: { 'p/*': 2 }, limits, logger }
    const settings = parseOptions(options)
    const before = JSON.stringify(settings)
    join.push('c:1')
    tls.ca = ''
    algorithms['x/*'] = 'none'
    limits.locksMax = -1
    logger.error = () => {
      throw new Error('another logger')
    }
    expect(JSON.stringify(settings)).to.equal(before)
    settings.logger?.error('said')
    expect(said).to.deep.equal(['said'])
    for (const part of [settings, settings.join, settings.tls, settings.limits, settings.config, settings.config.algorithms])
      expect(Object.isFrozen(part)).to.equal(true)
  })

  it('as options that cannot be read is BAD_OPTION, for every call', async () => {
    const { node } = await new Pool(5).start()
    const getter = (name: string): object =>
      Object.defineProperty({}, name, {
        enumerable: true,
        get() {
          throw new Error('a getter that throws')
        },
      })
    const ref = node.ref(node.id, 'nobody')
    const attempts: readonly (readonly [what: string, attempt: () => unknown])[] = [
      ['createNode', () => parseOptions(getter('secret') as NodeOptions)],
      ['createNode', () => parseOptions(hostileProxy({}) as NodeOptions)],
      ['tls', () => parseOptions({ tls: getter('key') } as NodeOptions)],
      [
        'join',
        () =>
          parseOptions({
            join: new Proxy(['a:1'], {
              get: () => {
                throw new Error('trapped')
              },
            }),
          }),
      ],
      ['limits', () => parseOptions({ limits: getter('locksMax') })],
      ['profile', () => parseOptions({ profile: getter('session') })],
      ['permits', () => parseOptions({ permits: getter('p/*') as Record<string, number> })],
      ['logger', () => parseOptions({ logger: getter('warn') } as NodeOptions)],
      ['acquire', () => node.acquire('a', getter('wait'))],
      ['acquire', () => node.acquire('a', hostileProxy({}))],
      ['tryAcquire', () => node.tryAcquire('a', getter('meta'))],
      ['withLock', () => node.withLock('a', getter('mode'), () => 1)],
      ['ask', () => ref.ask(1, getter('wait'))],
      ['spawn', () => node.spawn('a', getter('init') as never)],
    ]
    for (const [what, attempt] of attempts) expect(await thrown(attempt), what).to.be.instanceOf(BadOptionError)
  })

  it('as a value that cannot be shown as text is BAD_OPTION all the same', async () => {
    const { node } = await new Pool(6).start()
    const options = ['clock', 'wait', 'listen', 'advertise', 'cluster', 'algorithm', 'secret', 'join', 'directory', 'signal']
    for (const option of options)
      expect(await thrown(() => parseOptions({ [option]: unprintable } as NodeOptions)), option).to.be.instanceOf(BadOptionError)
    for (const option of ['wait', 'mode', 'priority', 'signal'])
      expect(await thrown(() => node.acquire('a', { [option]: unprintable })), option).to.be.instanceOf(BadOptionError)
    const fakeSignal = Object.create(AbortSignal.prototype) as AbortSignal
    expect(await thrown(() => node.acquire('a', { signal: fakeSignal }))).to.include({ code: 'BAD_OPTION', option: 'signal' })
    expect(await thrown(() => node.on('*', unprintable as never))).to.include({ code: 'BAD_OPTION', option: 'listener' })
    for (const type of ['', 'lost', 5, unprintable])
      expect(await thrown(() => node.on(type as '*', () => {}))).to.include({ code: 'BAD_OPTION', option: 'type' })
    expect(await thrown(() => node.ref('', 'a'))).to.include({ code: 'BAD_OPTION', option: 'member' })
    expect(await thrown(() => node.ref(node.id, 'a').watch(1 as never))).to.include({ code: 'BAD_OPTION', option: 'gone' })
    for (const name of ['', 'a\ud800', 5, unprintable] as string[])
      for (const attempt of [() => node.acquire(name), () => node.query(name), () => node.ref(node.id, name)])
        expect(await thrown(attempt)).to.be.instanceOf(BadOptionError)
  })

  it('as empty text is an error that names the option, also where it would mean "not given"', async () => {
    const good = { key: pem('PRIVATE KEY'), cert: pem('CERTIFICATE'), ca: pem('CERTIFICATE') }
    const empties: readonly (readonly [options: NodeOptions, option: string, says: RegExp])[] = [
      ...(['key', 'cert', 'ca'] as const).flatMap((part) =>
        ['', ' \n', 'no PEM', '-----BEGIN CERTIFICATE-----'].map(
          (text) => [{ tls: { ...good, [part]: text } }, 'tls', new RegExp(`tls\\.${part} is`)] as const,
        ),
      ),
      [{ tls: {} as never }, 'tls', /key, cert and ca/],
      [{ secret: '' }, 'secret', /empty/],
      [{ secret: ' '.repeat(16) }, 'secret', /white space/],
      [{ directory: '' }, 'directory', /empty/],
      [{ directory: 'a\0b' }, 'directory', /no path has/],
      [{ dataDir: '', join: ['a:1'] }, 'dataDir', /folder/],
      [{ cluster: '' }, 'cluster', /empty/],
      [{ join: [''] }, 'join', /an address/],
      [{ join: '' as never }, 'join', /addresses/],
      [{ listen: '' }, 'listen', /address/],
      [{ advertise: '' }, 'advertise', /address/],
      [{ algorithm: '' }, 'algorithm', /algorithm/],
      [{ wait: '' as never }, 'wait', /duration/],
      [{ profile: '' as never }, 'profile', /local/],
      [{ permits: { '': 2 } }, 'permits', /empty/],
      [{ algorithms: { 'a/*': '' } }, 'algorithm', /algorithm/],
    ]
    for (const [options, option, says] of empties) {
      const error = await thrown(() => parseOptions(options))
      expect(error, JSON.stringify(options)).to.be.instanceOf(BadOptionError)
      expect((error as BadOptionError).option, JSON.stringify(options)).to.equal(option)
      expect((error as Error).message, JSON.stringify(options)).to.match(says)
    }
  })
})

function pem(what: string): string {
  return `-----BEGIN ${what}-----\nAAAA\n-----END ${what}-----\n`
}
