import { expect } from 'chai'
import { Mode } from '../../../lib/base/mode.ts'
import type { Context } from '../../../lib/world/context.ts'
import { seededRandom } from '../../../lib/base/random.ts'
import { Flush } from '../../../lib/view/flush.ts'
import type { Carried, Claim, JointTestimony } from '../../../lib/view/flush-host.ts'
import { foundedView, successorOf } from '../../../lib/view/successor.ts'
import { type ClusterConfig, viewId } from '../../../lib/view/view.ts'
import type { Message } from '../../../lib/wire/messages.ts'
import { Cluster } from '../cluster.ts'

const config: ClusterConfig = { algorithm: 'x', algorithms: [], permits: [], clock: 'hlc', sessionMs: 1000, joinList: [] }
const founded = foundedView(
  'test',
  config,
  10,
  ['a', 'b', 'c', 'h'].map((id) => ({ id, address: `${id}:1` })),
  [],
)
/** a, b and c were there before, h is gone, and d enters. */
const view = successorOf(founded, { gone: new Map([['h', 'evicted']]), joiners: [{ id: 'd', address: 'd:1' }], elapsedMs: 0 })
const id = viewId(view)
const hold = (lock: string, holder: string): Carried => ({ lock, holder, mode: Mode.exclusive, fence: 1n })

/** One member's flush of that view, and what it says to the others. */
function flushAt(self: string, own: Claim | null = { holds: [], testimonies: [] }, findings: readonly JointTestimony[] = []) {
  const sent: { readonly to: string; readonly message: Message }[] = []
  const begun: (readonly Carried[])[] = []
  const context: Context<{ readonly type: 'flush' }> = {
    self,
    random: seededRandom(1),
    nowMs: () => 0,
    wallMs: () => 0,
    bootMs: () => 0,
    send: (to, message) => void sent.push({ to, message }),
    broadcast: (all, message) => {
      for (const to of all) sent.push({ to, message })
    },
    sendLoose: () => undefined,
    emit: () => undefined,
    setTimer: () => undefined,
    clearTimer: () => undefined,
  }
  const host = { findings: () => findings }
  const flush: Flush = new Flush(
    context,
    view,
    id,
    { monotonicMs: 0, wallMs: 0, bootMs: 0 },
    own,
    { openToJoiners: false },
    100,
    host,
    () => begun.push(flush.state.carried ?? []),
  )
  flush.start(false)
  sent.length = 0
  return {
    flush,
    sent,
    begun,
    claimed: (from: string, ...holds: Carried[]) => flush.claimed(from, { type: 'view.claim', view: id, holds, testimonies: [] }),
  }
}

describe('the collector of claims', () => {
  it('keeps the first claim of each member, and ignores later ones', () => {
    const { begun, claimed } = flushAt('a')
    claimed('b', hold('first', 'b'))
    claimed('b', hold('second', 'b'))
    claimed('c')
    expect(begun).to.deep.equal([[hold('first', 'b')]])
  })

  it('merges once: a claim after the activation is answered with what was merged', () => {
    const { begun, sent, claimed } = flushAt('a')
    claimed('b')
    claimed('c', hold('lock', 'c'))
    sent.length = 0
    claimed('b', hold('lock', 'b'))
    const message = { type: 'view.activate', view: id, carried: [hold('lock', 'c')], findings: [] }
    expect(sent).to.deep.equal([{ to: 'b', message }])
    expect(begun).to.have.length(1)
  })

  it('begins with what the claims say of the evicted, and tells all the others the same', () => {
    const finding: JointTestimony = { about: 'h', gone: ['h'], uninformed: [], exceptions: ['lock'] }
    const { flush, sent, claimed } = flushAt('a', { holds: [], testimonies: [] }, [finding])
    claimed('b')
    claimed('c')
    expect(flush.state.findings).to.deep.equal([finding])
    const told = sent.filter(({ message }) => message.type === 'view.activate')
    expect(told.map(({ to }) => to)).to.have.members(['b', 'c', 'd'])
    for (const { message } of told) expect(message).to.deep.include({ findings: [finding] })
  })

  it('takes a claim of holds only from the member itself', () => {
    const { begun, claimed } = flushAt('a')
    claimed('b', hold('lock', 'b'), hold('other', 'c'))
    claimed('c')
    expect(begun).to.deep.equal([[hold('lock', 'b')]])
  })

  it('hears no claim of an entrant, which has nothing to say of the time before it', () => {
    const { begun, claimed } = flushAt('a')
    claimed('d', hold('lock', 'd'))
    claimed('b')
    claimed('c')
    expect(begun).to.deep.equal([[]])
  })

  it('takes no claim of another view for one of this', () => {
    const { flush, begun, claimed } = flushAt('a')
    claimed('b')
    const others = [viewId(founded), { ...id, digest: id.digest + 1 }]
    for (const other of others)
      flush.claimed('c', { type: 'view.claim', view: other, holds: [hold('lock', 'c')], testimonies: [] })
    expect(begun).to.deep.equal([])
    claimed('c')
    expect(begun).to.deep.equal([[]])
  })
})

describe('a member that has claimed', () => {
  it("begins the view only at the collector's message", () => {
    const { flush, begun } = flushAt('b')
    flush.activate('c', { type: 'view.activate', view: id, carried: [], findings: [] })
    expect(begun).to.deep.equal([])
    flush.activate('a', { type: 'view.activate', view: id, carried: [hold('lock', 'c')], findings: [] })
    expect(begun).to.deep.equal([[hold('lock', 'c')]])
  })

  it('does not begin this view by the activation of another', () => {
    const { flush, begun } = flushAt('b')
    for (const other of [viewId(founded), { ...id, digest: id.digest + 1 }])
      flush.activate('a', { type: 'view.activate', view: other, carried: [], findings: [] })
    expect(begun).to.deep.equal([])
  })
})

describe('a view that is told of again', () => {
  it('is not begun again', () => {
    const cluster = new Cluster()
    for (const name of ['a', 'b']) cluster.start(name)
    cluster.settle(['a', 'b'])
    const { views, host } = cluster.get('a')
    const before = [...host.log]
    const { succession } = views as unknown as { readonly succession: { decided(again: unknown): void } }
    succession.decided(views.view)
    expect(host.log).to.deep.equal(before)
    expect(views.phase).to.equal('active')
  })
})

describe('a claim', () => {
  const formed = (): Cluster => {
    const cluster = new Cluster()
    for (const name of ['a', 'b', 'c']) cluster.start(name)
    cluster.settle(['a', 'b', 'c'])
    return cluster
  }

  it('says at every repetition what was so at the first: what ended since is carried all the same', () => {
    const cluster = formed()
    const { host, views } = cluster.get('b')
    for (let i = 0; host.holds.size === 0; i++) host.take(views, `lock${i}`)
    const [lock] = [...host.holds]
    // The collector hears no claim of b until b has let go.
    cluster.drop = (from, _to, message) => from === 'b' && message.type === 'view.claim'
    cluster.crash('c')
    cluster.time.runUntil(() => views.phase === 'flushing', 4000)
    cluster.runFor(100)
    host.holds.clear()
    cluster.runFor(600)
    cluster.drop = () => false
    cluster.settle(['a', 'b'], 2000)
    expect(cluster.get('a').host.carried.map((carried) => carried.lock)).to.deep.equal([lock])
  })

  it('is not made by an entrant, which asks for the activation that it missed', () => {
    const cluster = formed()
    cluster.drop = (_from, to, message) => to === 'd' && message.type === 'view.activate'
    const late = cluster.start('d')
    cluster.time.runUntil(() => late.views.phase === 'flushing', 2000)
    cluster.runFor(300)
    const { epoch } = late.views.view ?? { epoch: 0 }
    cluster.drop = () => false
    cluster.settle(['a', 'b', 'c', 'd'], 1000)
    expect(late.host.log).to.deep.equal(['stop', `activate ${epoch}`])
  })

  it('has nothing to say by a member that never activated a view', () => {
    const cluster = formed()
    cluster.drop = (_from, to, message) => to === 'd' && message.type === 'view.activate'
    const late = cluster.start('d')
    cluster.time.runUntil(() => late.views.phase === 'flushing', 2000)
    const { epoch } = late.views.view ?? { epoch: 0 }
    cluster.start('e')
    cluster.time.runUntil(() => (late.views.view?.epoch ?? 0) > epoch, 2000)
    cluster.drop = () => false
    cluster.settle(['a', 'b', 'c', 'd', 'e'], 2000)
    expect(late.host.log).to.deep.equal(['stop', 'stop', `activate ${epoch + 1}`])
  })
})
