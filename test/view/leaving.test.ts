import { expect } from 'chai'
import type { Context } from '../../lib/world/context.ts'
import { seededRandom } from '../../lib/base/random.ts'
import { Leaving } from '../../lib/view/leaving.ts'
import { Reasons } from '../../lib/view/reasons.ts'
import { proposalTiming } from '../../lib/view/timing.ts'
import type { View } from '../../lib/view/view.ts'

const sessionMs = 1000

function leaver(size: number) {
  const sent: string[] = []
  const loose: string[] = []
  let nowMs = 0
  const context = {
    self: 'm1',
    random: seededRandom(1),
    nowMs: () => nowMs,
    send: (to: string) => void sent.push(to),
    sendLoose: (to: string) => void loose.push(to),
    setTimer: () => undefined,
  } as unknown as Context<{ readonly type: 'leave' }>
  const members = Array.from({ length: size }, (_, place) => ({ id: `m${place}`, address: `m${place}:1`, since: 1 }))
  const config = { algorithm: 'home-queue', algorithms: [], permits: [], clock: 'hlc', sessionMs, joinList: [] } as const
  const view: View = { cluster: 'c', epoch: 2, members, voters: [], quarantine: [], config }
  const reasons = new Reasons('m1', { ...proposalTiming(sessionMs), isConnected: () => true })
  const views = { consider: () => undefined, gone: () => void sent.push('gone') }
  const leaving = new Leaving(context, sessionMs, reasons, views)
  const sayAt = (atMs: number): void => {
    nowMs = atMs
    sent.length = loose.length = 0
    if (atMs === 0) leaving.begin(view)
    else leaving.say(view)
  }
  return { sent, loose, sayAt }
}

describe('a member that leaves', () => {
  it('makes connections for the eight at first whose turns to propose come first, and tells the others if it has one', () => {
    const { sent, loose, sayAt } = leaver(12)
    sayAt(0)
    expect(sent).to.deep.equal(['m0', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7', 'm8'])
    expect(loose).to.deep.equal(['m9', 'm10', 'm11'])
  })

  it('tells all for certain when they have not gone on without it', () => {
    const { sent, loose, sayAt } = leaver(12)
    sayAt(0)
    sayAt(200)
    expect(sent).to.have.length(11)
    expect(loose).to.deep.equal([])
  })

  it('is gone after the length of a session, whatever they do', () => {
    const { sent, sayAt } = leaver(3)
    sayAt(0)
    sayAt(999)
    expect(sent).to.not.include('gone')
    sayAt(1000)
    expect(sent).to.include('gone')
  })
})
