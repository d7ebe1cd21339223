import { expect } from 'chai'
import { EventLog } from '../../lib/node/event-log.ts'
import { Counters } from '../../lib/observe/counters.ts'
import type { Event } from '../../lib/observe/events.ts'

const refused = (reason: string, from = 'x:1'): Event => ({
  type: 'peerRefused',
  from,
  code: 'REFUSED',
  reason,
  message: `for ${reason}`,
})

describe('the log of events', () => {
  let nowMs = 0
  const lines: string[] = []
  const line = (level: string) => (text: string) => void lines.push(`${level} ${text}`)
  const newLog = (): EventLog => {
    nowMs = 0
    lines.length = 0
    return new EventLog({ debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }, () => nowMs)
  }

  it('tells each kind of refusal at most once a second, and then how many were left out', () => {
    const log = newLog()
    for (let i = 0; i < 1_000; i++) {
      nowMs = i
      log.log(refused('crowded', `x:${i}`))
    }
    log.log(refused('secret'))
    expect(lines).to.deep.equal(['warn refused x:0: for crowded', 'warn refused x:1: for secret'])
    nowMs = 1_000
    log.log(refused('crowded', 'x:1000'))
    expect(lines.slice(2)).to.deep.equal(['warn refused x:1000: for crowded (999 more like it before)'])
    nowMs = 5_000
    log.log(refused('crowded', 'x:1001'))
    expect(lines.slice(3)).to.deep.equal(['warn refused x:1001: for crowded'])
  })

  const others: readonly Event[] = [
    { type: 'frameTampered', peer: 'b', message: 'altered' },
    { type: 'listenerFailed', message: 'EMFILE' },
    { type: 'messageRejected', peer: 'b', message: 'no frame' },
    { type: 'directoryFailed', message: 'EMFILE' },
  ]
  for (const event of others) {
    it(`limits ${event.type}`, () => {
      const log = newLog()
      log.log(event)
      log.log(event)
      expect(lines).to.have.length(1)
    })
  }

  it('leaves out nothing that no stranger can cause', () => {
    const log = newLog()
    for (let i = 0; i < 3; i++) log.log({ type: 'lockLost', lock: 'door', fence: BigInt(i), reason: 'session', message: 'lost' })
    expect(lines).to.have.length(3)
  })
})

describe('the count of refusals', () => {
  it('is by reason, with tampered frames', () => {
    const counters = new Counters()
    for (const reason of ['tls', 'secret', 'tls']) counters.saw(refused(reason))
    counters.saw({ type: 'frameTampered', peer: 'b', message: 'altered' })
    counters.saw({ type: 'peerDown', peer: 'b' })
    expect(counters.refusals()).to.deep.equal({ tls: 2, secret: 1, tampered: 1 })
  })
})
