import { expect } from 'chai'
import { createNode, createObserver, HoldfastError, type Node, type NodeOptions } from '../../lib/index.ts'
import { systemWorld } from '../../lib/mesh/system-world.ts'
import { parseOptions } from '../../lib/node/options.ts'
import { startNode } from '../../lib/node/node.ts'
import { Crew, freeAddresses } from './crew.ts'

const secret = 'a secret of twenty-four'

/** What a promise was rejected with, which must be an error of Holdfast's; a node that came of it is closed. */
async function refusal(attempt: Promise<unknown>): Promise<HoldfastError> {
  const outcome = await attempt.then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  )
  if ('error' in outcome) {
    expect(outcome.error).to.be.instanceOf(HoldfastError)
    return outcome.error as HoldfastError
  }
  await (outcome.result as Partial<AsyncDisposable> | undefined)?.[Symbol.asyncDispose]?.()
  throw new Error('expected a rejection')
}

/** So many patterns of names, all with one value. */
function patterns<Value>(count: number, value: Value): Record<string, Value> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`lock-${i}/*`, value]))
}

describe('bad input to createNode', () => {
  // Each is wrong in one way, which TypeScript would say as well; users of JavaScript hear it from us.
  const wrong: readonly (readonly [what: string, options: unknown, option: string, says: RegExp])[] = [
    [
      'an unknown option',
      { clusterName: 'a' },
      'clusterName',
      /no option 'clusterName'. Did you mean 'cluster'\? It has .*cluster/,
    ],
    ['a text for options', 'billing', 'options', /as an object/],
    ['null for options', null, 'options', /as an object/],
    ['a cluster with a name over 256 bytes', { cluster: 'ä'.repeat(129) }, 'cluster', /at most 256 bytes of UTF-8, got 258/],
    ['a cluster with no name', { cluster: '' }, 'cluster', /not be empty/],
    ['a number as the name of a cluster', { cluster: 5 }, 'cluster', /must be a string/],
    ['a duration with no unit that we know', { wait: '5 days' }, 'wait', /milliseconds .* '5s'.*got '5 days'/],
    ['a negative duration', { wait: -1 }, 'wait', /got -1/],
    ['a wait of nothing', { wait: '0ms' }, 'wait', /longer than 0 ms: leave it out/],
    ['a duration beyond what timers can take', { wait: '1000h' }, 'wait', /0 to 2147483647/],
    ['a duration that is no number', { maxClockOffset: Number.NaN }, 'maxClockOffset', /got NaN/],
    ['a duration of another type', { wait: {} }, 'wait', /must be a duration/],
    ['a session too short', { profile: { session: 10 } }, 'profile.session', /at least 500 ms/],
    ['a profile that is none', { profile: 'moon' }, 'profile', /'local' or 'lan' or 'wan', got 'moon'/],
    [
      'a part of a profile that is none',
      { profile: { sesion: '5s' } },
      'sesion',
      /no option 'sesion'. Did you mean 'session'\? It has base, session/,
    ],
    ['an empty join list', { join: [] }, 'join', /list of addresses/],
    ['an address without a port', { join: ['10.0.0.1'] }, 'join', /10\.0\.0\.1:7000/],
    ['an address that is none', { join: ['10.0.0.1:seven'] }, 'join', /such as '10\.0\.0\.1:7000'/],
    ['an address with port 0 to be found at', { join: ['10.0.0.1:0'] }, 'join', /port/],
    ['an address twice', { join: ['a:1', 'a:1'] }, 'join', /twice/],
    ['a word to join by', { join: 'everywhere' }, 'join', /'local', 'memory' or a list/],
    ['an address to listen at that is none', { listen: 'port 7000' }, 'listen', /such as '10\.0\.0\.1:7000'/],
    ['a number to listen at', { listen: 7000 }, 'listen', /such as/],
    ['a port out of range', { listen: '127.0.0.1:70000' }, 'listen', /0 to 65535/],
    ['an address to advertise that is none', { advertise: 'here' }, 'advertise', /such as/],
    [
      'listening beyond loopback without secret or tls',
      { join: ['10.0.0.1:7000'], listen: '0.0.0.0:0' },
      'listen',
      /secret.*tls.*insecure/s,
    ],
    ['a secret too short', { secret: 'short' }, 'secret', /at least 16/],
    ['a secret of another type', { secret: 1234567890123456 }, 'secret', /string/],
    ['certificates that are none', { tls: { key: 'a', cert: 'b', ca: 'c' } }, 'tls', /PEM/],
    ['tls that is no object', { tls: 'yes' }, 'tls', /PEM|object/],
    ['a directory of another type', { directory: 5 }, 'directory', /path/],
    ['a directory that is empty', { directory: '' }, 'directory', /path/],
    ['an algorithm that is none', { algorithm: 'bakery' }, 'algorithm', /carvalho-roucairol/],
    ['an algorithm that is none for a pattern', { algorithms: { 'a*': 'bakery' } }, 'algorithm', /carvalho-roucairol/],
    ['algorithms in a list', { algorithms: ['token-ring'] }, 'algorithms', /pattern/],
    ['more patterns than a view can carry', { algorithms: patterns(257, 'lamport') }, 'algorithms', /257 patterns.*limit is 256/],
    ['more permits than a view can carry', { permits: patterns(257, 2) }, 'permits', /257 patterns.*limit is 256/],
    ['permits of a half', { permits: { pool: 0.5 } }, 'permits', /integer/],
    ['permits that are a number', { permits: 3 }, 'permits', /pattern/],
    ['a clock that is none', { clock: 'sundial' }, 'clock', /'hlc' or 'lamport'/],
    ['a limit of nothing', { limits: { locksMax: 0 } }, 'limits.locksMax', /whole number from 1, got 0/],
    ['an unknown limit', { limits: { lockMax: 1 } }, 'lockMax', /locksMax/],
    ['a signal that is none', { signal: {} }, 'signal', /AbortSignal/],
    ['a logger that cannot log', { logger: { info: () => undefined } }, 'logger', /debug, info, warn and error/],
    ['a text for a switch', { unref: 'no' }, 'unref', /true or false/],
    ['a number for a switch', { insecure: 1 }, 'insecure', /true or false/],
    ['a discovery that finds nothing', { discovery: ['10.0.0.1:7000'] }, 'discovery', /function/],
  ]

  for (const [what, options, option, says] of wrong) {
    it(`${what} is BAD_OPTION, which names ${option}`, async () => {
      const error = await refusal(createNode(options as NodeOptions))
      expect(error).to.include({ code: 'BAD_OPTION', option })
      expect(error.message).to.match(says)
    })
  }

  it('an observer is as strict', async () => {
    expect(await refusal(createObserver({ clusterName: 'a' } as NodeOptions))).to.include({
      code: 'BAD_OPTION',
      option: 'clusterName',
    })
  })
})

describe('bad input to a node', () => {
  let crew: Crew
  let node: Node
  before(async () => {
    crew = new Crew()
    node = await createNode({ ...crew.local, permits: { pool: 3 }, algorithms: { 'ring/*': 'token-ring' } })
  })
  after(async () => {
    await node.close()
    await crew.end()
  })

  const wrong: readonly (readonly [what: string, name: unknown, options: unknown, option: string])[] = [
    ['a name over 256 bytes', 'x'.repeat(257), {}, 'lock name'],
    ['no name', '', {}, 'lock name'],
    ['a number as a name', 5, {}, 'lock name'],
    ['half a character in a name', 'a\ud800', {}, 'lock name'],
    ['an unknown option', 'a', { timeout: 5 }, 'timeout'],
    ['a wrong duration', 'a', { wait: 'soon' }, 'wait'],
    ['null for options', 'a', null, 'options'],
    ['a mode that is none', 'a', { mode: 'mine' }, 'mode'],
    ['a mode that the algorithm does not know', 'ring/a', { mode: 'shared' }, 'mode'],
    ['other permits than the cluster has', 'pool', { mode: 4 }, 'mode'],
    ['a signal that is none', 'a', { signal: 'stop' }, 'signal'],
    ['a priority that is none', 'a', { priority: 'high' }, 'priority'],
  ]
  for (const [what, name, options, option] of wrong) {
    it(`${what} is BAD_OPTION, which names ${option}`, async () => {
      for (const call of ['acquire', 'tryAcquire'] as const) {
        expect(await refusal(node[call](name as string, options as object))).to.include({ code: 'BAD_OPTION', option })
      }
      expect(await refusal(node.withLock(name as string, options as object, () => undefined))).to.include({
        code: 'BAD_OPTION',
        option,
      })
      expect((await node.query()).held).to.deep.equal([])
    })
  }

  it('withLock without a function is BAD_OPTION, and nothing is acquired', async () => {
    expect(await refusal(node.withLock('a', 5 as unknown as () => void))).to.include({ code: 'BAD_OPTION', option: 'fn' })
    expect((await node.query()).held).to.deep.equal([])
  })

  it('a name of exactly 256 bytes is taken', async () => {
    const hold = await node.acquire('ä'.repeat(128))
    expect(await hold.release()).to.equal('released')
  })
})

describe('addresses that cannot be had', () => {
  let crew: Crew
  beforeEach(() => {
    crew = new Crew()
  })
  afterEach(() => crew.end())

  it('an address in use is BAD_OPTION at the node that came second, and the first goes on', async () => {
    await using first = await createNode({ ...crew.local, listen: '127.0.0.1:0' })
    const error = await refusal(createNode({ ...crew.local, listen: first.address }))
    expect(error).to.include({ code: 'BAD_OPTION', option: 'listen' })
    expect(error.message).to.match(/in use.*port 0/)
    expect(first.members).to.have.length(1)
  })

  it('an address of another host is BAD_OPTION', async () => {
    const error = await refusal(createNode({ ...crew.local, listen: '192.0.2.1:0', secret }))
    expect(error).to.include({ code: 'BAD_OPTION', option: 'listen' })
    expect(error.message).to.match(/not one of this machine/)
  })

  it('a name that leads nowhere is BAD_OPTION', async () => {
    expect(await refusal(createNode({ ...crew.local, listen: 'no-such-host.invalid:0', secret }))).to.include({
      code: 'BAD_OPTION',
      option: 'listen',
    })
  })

  it('another protocol version is REFUSED at the joiner, and told at the listener', async () => {
    const [address] = (await freeAddresses(1)) as [string]
    const options = { cluster: crew.cluster, join: [address], secret }
    await using first = await createNode({ ...options, listen: address })
    const turnedAway = new Promise((resolve) => first.on('peerRefused', resolve))
    const error = await refusal(startNode(systemWorld({ secret, protocol: 999 }), parseOptions(options)))
    expect(error).to.include({ code: 'REFUSED', reason: 'protocol' })
    expect(error.message).to.match(/same version/)
    expect(await turnedAway).to.include({ code: 'REFUSED' })
  })
})
