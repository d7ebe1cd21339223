import { expect } from 'chai'
import type { Role } from '../../../lib/world/world.ts'
import { seededRandom } from '../../../lib/base/random.ts'
import type { Tenure } from '../../../lib/node/tenure.ts'
import type { Life } from '../../../lib/node/life.ts'
import type { Node } from '../../../lib/node/node.ts'
import { nodeFormat } from '../../../lib/mutex/format.ts'
import { encodeLoose, encodeOrdered, encodeRelayed } from '../../../lib/wire/frame.ts'
import type { Message, MessageType } from '../../../lib/wire/messages.ts'
import { observerMaySend, senders } from '../../../lib/wire/senders.ts'
import { draw, factsOf, Hostile, messageTypes } from '../hostile.ts'
import { Pool, type Worker } from '../pool.ts'

const { packMessage } = nodeFormat

const hosts = ['one', 'two', 'three']
const join = hosts.map((host) => `${host}:7000`)

/** What each register's cluster is started with. */
const clusters = {
  local: { options: {}, hostOf: (_index: number): string => 'host' },
  quorum: { options: { join }, hostOf: (index: number): string => hosts[index] as string },
} as const

for (const [register, { options, hostOf }] of Object.entries(clusters)) {
  describe(`roles, with the ${register} register`, () => {
    let pool: Pool
    let workers: Worker[]
    let strangers: Hostile[]
    beforeEach(async () => {
      pool = new Pool(71)
      strangers = []
      workers = await pool.startAll(3, { ...options }, hostOf)
    })
    afterEach(async () => {
      for (const stranger of strangers) await stranger.close()
      await pool.closeAll()
    })

    async function connect(role: Role, as: { readonly id?: string } = {}): Promise<Hostile> {
      const nodes = workers.map(({ node }) => node)
      const stranger = await pool.outcome(Hostile.connect(pool.simulation.world(hostOf(0)), role, nodes, as))
      strangers.push(stranger)
      await pool.simulation.runUntil(() => stranger.peers.size === nodes.length, 2000)
      if (as.id === undefined) expect(stranger.peers.size).to.equal(nodes.length)
      return stranger
    }

    function standing(): unknown {
      return workers.map(({ node }) => ({ id: node.id, state: node.state, epoch: node.view?.epoch }))
    }

    /** What members said of messages of that peer. */
    function rejected(of: Hostile): readonly string[] {
      return workers.flatMap(({ events }) =>
        events.flatMap((event) => (event.type === 'messageRejected' && event.peer === of.id ? [event.message] : [])),
      )
    }

    it('keep an observer to its questions: any other message ends its connection, and changes nothing', async function () {
      this.timeout(20_000)
      const before = standing()
      for (const type of messageTypes) {
        // It orders a cluster to be founded anew, as an observer may: tried in recover.test.ts.
        if (type === 'recover.found') continue
        const random = seededRandom(messageTypes.indexOf(type) + 1)
        const observer = await connect('observer')
        for (const { node } of workers) observer.links.send(node.id, draw(type, factsOf(node, observer.id, ['door'], random)))
        // Its links dial again and repeat what was not acknowledged, as a stubborn observer would.
        await pool.simulation.runFor(200)
        const mayAsk = senders[type] === 'anyone'
        expect(observerMaySend(type), type).to.equal(mayAsk)
        const complaints = rejected(observer)
        expect(complaints.length, type).to.satisfy((length: number) => (mayAsk ? length === 0 : length >= 3))
        expect(new Set(complaints), type).to.deep.equal(new Set(mayAsk ? [] : [`${type}: an observer may only ask`]))
        expect(
          observer.heard.filter((message) => message.type !== 'query.answer' && message.type !== 'watch.news'),
          type,
        ).to.deep.equal([])
        await observer.close()
        observer.world.crash()
      }
      await pool.simulation.runFor(10_000)
      expect(standing()).to.deep.equal(before)
    })

    it('keep it so in frames of gossip too, which no link orders', async () => {
      const observer = await connect('observer')
      const about = (workers[1] as Worker).node.id
      const left: Message = {
        type: 'swim.gossip',
        updates: [{ id: about, address: '', state: 'left', incarnation: 5, by: about }],
      }
      const before = standing()
      for (const { node } of workers) observer.links.sendLoose(node.id, left)
      await pool.simulation.runFor(20_000)
      expect(rejected(observer)).to.deep.equal(workers.map(() => 'swim.gossip: an observer may only ask'))
      expect(standing()).to.deep.equal(before)
      expect(workers.flatMap(({ events }) => events).filter(({ type }) => type === 'peerLeft')).to.deep.equal([])
    })

    it('give an observer under the id of a member neither its messages nor its place', async () => {
      const [first, second] = workers as [Worker, Worker, Worker]
      const before = standing()
      await connect('observer', { id: second.node.id })
      await pool.simulation.runFor(20_000)
      expect(standing()).to.deep.equal(before)
      expect(first.node.members.map(({ id }) => id)).to.include(second.node.id)
    })

    it('let a node that is no member speak for itself alone', async () => {
      const outsider = await connect('member')
      const before = standing()
      const random = seededRandom(5)
      // A view that it invents is believed of any node: the threat model says so. What it asks for itself is a member's affair.
      const own: readonly MessageType[] = ['view.newest', 'view.join', 'vote.prepare', 'vote.accept', 'recover.found']
      const types = messageTypes.filter((type) => !own.includes(type))
      for (let round = 0; round < 400; round++) {
        for (const { node } of workers) {
          const facts = factsOf(node, outsider.id, ['door/0', 'door/1', 'door/2'], random)
          const message = draw(types[random.below(types.length)] as MessageType, facts)
          outsider.links.send(node.id, message)
          outsider.links.sendLoose(node.id, message)
        }
        await pool.simulation.runFor(20)
      }
      expect(rejected(outsider)).to.deep.equal([])
      expect(standing()).to.deep.equal(before)
      const holds = await pool.outcome(Promise.all(workers.map(({ node }, i) => node.acquire(`door/${i}`))))
      expect(holds.map((hold) => hold.state)).to.deep.equal(['held', 'held', 'held'])
      // A fence's lower half is the lock's counter: had one of its messages counted, it would have leapt.
      for (const { fence } of holds) expect(fence % 2n ** 28n < 100n).to.equal(true)
      await pool.outcome(Promise.all(holds.map((hold) => hold.release())))
      // Nor has it learnt what is held, or left a trace among those that leave.
      expect(outsider.heard.filter(({ type }) => type === 'view.activate')).to.deep.equal([])
      for (const { node } of workers) expect(leaving(node)).to.deep.equal([])
    })

    it('let a node that is no member end no hold, nor answer for one that has it', async () => {
      const outsider = await connect('member')
      const [first, second] = workers as [Worker, Worker, Worker]
      const hold = await pool.outcome(first.node.acquire('door', { revocable: { grace: '30s' } }))
      let isOver = false
      const order = second.node.admin.revoke('door', hold.fence).finally(() => (isOver = true))
      await pool.simulation.runFor(100)
      for (const isForced of [false, true]) {
        const sent = { type: 'revoke.order', sequence: 1, lock: 'door', fence: hold.fence, isForced, reason: 'x' } as const
        for (const { node } of workers) outsider.links.send(node.id, sent)
      }
      for (const outcome of ['forced', 'absent', 'refused'] as const)
        outsider.links.send(second.node.id, { type: 'revoke.answer', sequence: 1, outcome, isAlone: true })
      await pool.simulation.runFor(1000)
      expect([hold.state, isOver]).to.deep.equal(['held', false])
      expect(outsider.heard.filter(({ type }) => type === 'revoke.answer')).to.deep.equal([])
      await hold.release()
      expect(await pool.outcome(order)).to.equal('released')
    })

    it('take nothing from a node that is no member as relayed for one', async () => {
      const outsider = await connect('member')
      const [first, second] = workers as [Worker, Worker, Worker]
      const before = standing()
      const leave: Message = { type: 'view.leave', view: { epoch: 1, digest: 1 } }
      for (const inner of [orderedFrame(leave), encodeLoose([packMessage(leave)])])
        outsider.raw(first.node.id, encodeRelayed(second.node.id, first.node.id, inner))
      await pool.simulation.runFor(20_000)
      expect(standing()).to.deep.equal(before)
    })

    it('let no newcomer evict a connected member by saying that it is at its address', async () => {
      const outsider = await connect('member')
      const [first, second] = workers as [Worker, Worker, Worker]
      const { config } = first.node.view as NonNullable<typeof first.node.view>
      const { epoch } = first.node.view as { epoch: number }
      const asks: Message = { type: 'view.join', address: second.node.address, config, wallMs: 0, known: epoch, floor: 0 }
      const ids = workers.map(({ node }) => node.id)
      for (const { node } of workers) outsider.links.send(node.id, asks)
      await pool.simulation.runFor(1000)
      expect(workers.map(({ node }) => node.id)).to.deep.equal(ids)
      for (const { node } of workers) expect(node.members.map(({ id }) => id)).to.include.members(ids)
    })
  })
}

function leaving(node: Node): readonly string[] {
  const { tenure } = (node as unknown as { readonly life: Life }).life
  return [...(tenure as Tenure).views.state.reasons.leaving]
}

function orderedFrame(message: Message): Uint8Array {
  const head = { link: 1e15, sequence: 1, ahead: 0, acknowledgedLink: 0, acknowledged: 0, wantsAnswer: false }
  return encodeOrdered(head, [packMessage(message)])
}
