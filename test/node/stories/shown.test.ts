import { inspect } from 'node:util'
import { expect } from 'chai'
import {
  BadOptionError,
  createNode,
  createObserver,
  fenceGuard,
  HoldfastError,
  LostError,
  type ActorContext,
  type Event,
} from '../../../lib/index.ts'
import { Simulation, simulatedNode } from '../../../lib/sim/index.ts'
import { node as nodeTls, stranger } from '../../mesh/certificates.ts'
import { freeAddresses } from '../../processes/crew.ts'

const secret = 'a secret that is not printed'

/** Every way in which people print a value. */
function prints(value: unknown): string[] {
  return [
    inspect(value),
    inspect(value, { depth: 10, showHidden: true }),
    inspect(value, { depth: 10, showHidden: true, customInspect: false }),
    inspect({ inside: [value] }, { depth: 10 }),
    JSON.stringify(value) ?? '',
    String(JSON.stringify({ inside: [value] })),
  ]
}

/** One of each public object, by its name. */
async function publicObjects(): Promise<{ objects: Record<string, unknown>; keys: string[]; close(): Promise<void> }> {
  const tls = nodeTls
  const [listen] = await freeAddresses(1)
  if (listen === undefined) throw new Error('an address')
  const options = { cluster: 'shown', join: [listen], secret, tls }
  const node = await createNode({ ...options, listen })
  const observer = await createObserver(options)
  const events: Event[] = []
  node.on('*', (event) => events.push(event))
  const hold = await node.acquire('x', { meta: { big: 5n, bytes: new Uint8Array([1]) } })
  let context: ActorContext | undefined
  const localRef = node.spawn('actor', {
    init: () => null,
    receive: (_state, _body, given) => {
      context = given
      given.reply(given.isAsk)
    },
  })
  await localRef.ask(1)
  const wrongSecret = await createObserver({ ...options, secret: 'another secret of this house', wait: 2000 }).catch(
    (error: unknown) => error,
  )
  const wrongKey = await createNode({ ...options, tls: { ...tls, key: stranger.key } }).catch((error: unknown) => error)
  const simulation = new Simulation({ seed: 1 })
  const world = simulation.world('a', { port: 7000 })
  const simulated = await simulation.outcome(simulatedNode(world, { join: ['a:7000'], secret }))
  const released = await node.acquire('y')
  await released.release()
  const objects = {
    node,
    observer,
    hold,
    signal: hold.signal,
    released,
    member: node.members[0],
    members: node.members,
    view: node.view,
    counters: node.counters,
    report: await node.query(),
    row: (await node.query()).held[0],
    observed: await observer.locks(),
    membersReport: await observer.members(),
    explained: await node.explain('x'),
    explainedToObserver: await observer.explain('x'),
    events,
    localRef,
    ref: node.ref(node.id, 'actor'),
    context,
    guard: fenceGuard(7n),
    error: new LostError('lost', { reason: 'session', cause: new BadOptionError('why') }),
    wrongSecret,
    wrongKey,
    simulation,
    world,
    simulated,
    host: simulation.host('a'),
    network: simulation.network,
    faults: simulation.network.faults,
    time: simulation.time,
    clock: world.time,
    trace: simulation.trace,
  }
  return {
    objects,
    keys: [secret, ...[tls.key, stranger.key].map((pem) => pem.split('\n')[2] as string)],
    close: async () => {
      await observer.close()
      await node.close({ drain: 0 })
    },
  }
}

describe('a public object', () => {
  let made: Awaited<ReturnType<typeof publicObjects>>
  before(async () => (made = await publicObjects()))
  after(() => made.close())

  it('shows no secret and no key, however deep it is printed, and can be made JSON', () => {
    for (const [name, object] of Object.entries(made.objects)) {
      expect(object, name).not.to.equal(undefined)
      const isSimulated = ['simulation', 'world', 'simulated', 'host', 'network', 'faults', 'time', 'clock', 'trace'].includes(
        name,
      )
      // A simulation is a test's own, and its insides can be printed by a user who turns the texts for people off.
      const texts = isSimulated ? prints(object).filter((_, index) => index !== 2) : prints(object)
      // A simulation leads to links, and those to a node only by what is private.
      for (const text of prints(object)) expect(text, name).not.to.match(/\b(?:Life|Tenure|Contacts) \{/)
      for (const text of texts)
        for (const key of made.keys) expect(text.includes(key), `${name}: ${text.slice(0, 200)}`).to.equal(false)
    }
  })

  it('is printed in few lines, and without the parts that it is made of', () => {
    for (const name of [
      'node',
      'observer',
      'hold',
      'released',
      'localRef',
      'ref',
      'context',
      'guard',
      'simulation',
      'world',
      'host',
      'network',
      'faults',
      'simulated',
      'clock',
      'time',
      'trace',
    ]) {
      const text = inspect(made.objects[name], { depth: 10 })
      expect(text.split('\n').length, text).to.be.at.most(10)
      expect(text, name).not.to.match(/tenure|requests|settings|controller|heap|WeakMap|\[Function|\[Getter/)
    }
    const { node, hold, guard, observer } = made.objects
    expect(inspect(node)).to.match(
      /^Node \{\s+id: '.*cluster: 'shown'.*address: '.*state: 'active',\s+epoch: \d+,\s+members: 1\s+\}$/s,
    )
    expect(inspect(hold)).to.match(/^Hold \{\s+name: 'x',\s+mode: 'exclusive',\s+fence: \d+n,\s+state: 'held'\s+\}$/)
    expect(inspect(observer)).to.equal("Observer { cluster: 'shown', state: 'open' }")
    expect(inspect(guard)).to.equal('FenceGuard { highest: 7n, highestExclusive: 7n }')
    expect(inspect([node, [hold]], { depth: 0 })).to.equal('[ [Node], [Array] ]')
  })

  it('has its bigints in JSON as decimal strings', () => {
    const { hold, guard, report, row, events } = made.objects
    const fence = (hold as { fence: bigint }).fence.toString()
    expect(JSON.parse(JSON.stringify(hold))).to.include({ fence })
    expect(JSON.parse(JSON.stringify(guard))).to.deep.equal({ highest: '7', highestExclusive: '7' })
    expect(JSON.parse(JSON.stringify(row)))
      .to.include({ fence })
      .and.to.have.nested.property('meta.big', '5')
    expect(JSON.parse(JSON.stringify(report))).to.have.nested.property('held[0].fence', fence)
    const granted = (events as Event[]).find(({ type }) => type === 'lockGranted')
    expect(JSON.parse(JSON.stringify(granted))).to.include({ type: 'lockGranted', lock: 'x', fence })
  })

  it('that is an error has its message, code and cause in JSON', () => {
    const cyclic: { self?: unknown } = {}
    cyclic.self = cyclic
    const error = new LostError('gone', { reason: 'session', cause: Object.assign(new Error('because'), { cyclic, big: 5n }) })
    expect(JSON.parse(JSON.stringify(error))).to.deep.equal({
      name: 'LostError',
      code: 'LOST',
      message: 'gone',
      definite: false,
      reason: 'session',
      cause: 'because',
    })
    for (const name of ['wrongSecret', 'wrongKey']) expect(made.objects[name], name).to.be.instanceOf(HoldfastError)
  })
})
