import { expect } from 'chai'
import { broken, Script } from '../writing.ts'

const three = (changes = {}): Script => new Script(changes).members('a', 'b', 'c')

describe('the checker on sessions', () => {
  it('takes a process that comes back under a new id', () => {
    const script = three().enters('a', 1).lost().later(500).add({ type: 'joined', process: 'a', node: 'a.2' })
    expect(broken(script.enters('a', 2).leaves())).to.deep.equal([])
  })

  it('sees a grant after the session has ended', () => {
    expect(broken(three().enters('a', 1).lost().later(10).enters('a', 2))).to.deep.equal(['sessions'])
  })

  it('sees a hold that is over, of which its running owner is not told', () => {
    const silent = (pausedMs: number): Script =>
      three().enters('a', 1).life('paused', 'a').later(1000).expired().later(pausedMs).life('resumed', 'a')
    expect(broken(silent(5000).later(10).lost().leaves(1, 'lost'))).to.deep.equal([])
    expect(broken(silent(5000).later(1400).leaves())).to.deep.equal([])
    expect(broken(silent(5000).later(1600).phase('end'))).to.deep.equal(['sessions'])
  })

  it('sees that of two holds only one is told that their session is over', () => {
    const both = three().enters('a', 1).enters('a', 2, { lock: 'gate' }).later(500).lost(1)
    expect(broken(both.later(1600).leaves(2))).to.deep.equal(['sessions'])
  })

  it('takes the second of two losses that comes once there is a new id', () => {
    const script = three().enters('a', 1).enters('a', 2, { lock: 'gate' }).later(500).lost(1)
    script.add({ type: 'joined', process: 'a', node: 'a.2' }).later(1).lost(2).later(100).enters('a', 3).leaves()
    expect(broken(script)).to.deep.equal([])
  })

  it('takes a signal at the very time at which its owner releases, in either order', () => {
    const releasing = three().enters('a', 1).add({ type: 'releasing', call: 1, process: 'a' }).lost()
    expect(broken(releasing.add({ type: 'released', call: 1, process: 'a', outcome: 'released' }))).to.deep.equal([])
    expect(broken(three().enters('a', 1).lost().leaves(1, 'lost').leaves(1, 'lost'))).to.deep.equal([])
  })

  it('sees a release that says what is not so', () => {
    expect(broken(three().enters('a', 1).lost().leaves(1, 'lost'))).to.deep.equal([])
    expect(broken(three().enters('a', 1).leaves().leaves(1, 'already'))).to.deep.equal([])
    expect(broken(three().enters('a', 1).expired().leaves())).to.deep.equal([])
    expect(broken(three().enters('a', 1).lost().leaves(1, 'released'))).to.deep.equal(['sessions'])
    expect(broken(three().enters('a', 1).leaves(1, 'lost'))).to.deep.equal(['sessions'])
    expect(broken(three().enters('a', 1).leaves(1, 'already'))).to.deep.equal(['sessions'])
    expect(broken(three().enters('a', 1).leaves().leaves(1, 'released'))).to.deep.equal(['sessions'])
    expect(broken(three().enters('a', 1).leaves(1, 'perhaps'))).to.deep.equal(['sessions'])
  })
})

describe('the checker on deadlines', () => {
  it('takes an answer in time, and one that is late by as long as its process stood still', () => {
    expect(broken(three().asks('a', { waitMs: 300 }).later(300).fails('TIMEOUT'))).to.deep.equal([])
    const paused = three().asks('a', { waitMs: 300 }).later(100).life('paused', 'a').later(9000).life('resumed', 'a')
    expect(broken(paused.later(250).fails('TIMEOUT'))).to.deep.equal([])
    const frozen = (over: boolean) => ({ type: 'fault', fault: 1, kind: 'freeze', over }) as const
    const still = three().asks('a', { waitMs: 300 }).add(frozen(false)).later(9000).add(frozen(true))
    expect(broken(still.later(300).fails('TIMEOUT'))).to.deep.equal([])
  })

  it('takes a timer that was set while timers were late, and fires late when that is over', () => {
    const late = (over: boolean) => ({ type: 'fault', fault: 1, kind: 'lateTimers', over }) as const
    const set = (): Script => three().add(late(false)).asks('a', { waitMs: 300 }).later(10).add(late(true))
    expect(broken(set().later(1200).fails('TIMEOUT'))).to.deep.equal([])
    const after = three().add(late(false)).later(10).add(late(true)).asks('a', { waitMs: 300 })
    expect(broken(after.later(1200).fails('TIMEOUT'))).to.deep.equal(['deadlines'])
  })

  it('sees one that comes too late, too early, or never had a deadline', () => {
    expect(broken(three().asks('a', { waitMs: 300 }).later(2000).fails('TIMEOUT'))).to.deep.equal(['deadlines'])
    expect(broken(three().asks('a', { waitMs: 300 }).later(2000).granted(1))).to.deep.equal(['deadlines'])
    expect(broken(three().asks('a', { waitMs: 300 }).later(2000).phase('end'))).to.deep.equal(['deadlines'])
    expect(
      broken(
        three()
          .asks('a', { waitMs: 2 ** 31 })
          .later(1)
          .fails('TIMEOUT'),
      ),
    ).to.deep.equal(['deadlines'])
    expect(broken(three().asks('a').later(100).fails('TIMEOUT'))).to.deep.equal(['deadlines'])
  })

  it('waits for no answer to the dead', () => {
    const script = three().asks('a', { waitMs: 300 }).later(100).life('crashed', 'a').later(2000).phase('end')
    expect(broken(script)).to.deep.equal([])
  })
})

describe('the checker on liveness', () => {
  it('takes waiters that are answered in time, and those of the dead', () => {
    expect(broken(three().asks('a').later(9000).phase('calm').later(4900).granted(1).later(9000).leaves())).to.deep.equal([])
    expect(broken(three().asks('a').phase('calm').later(10).life('crashed', 'a').later(9000).phase('end'))).to.deep.equal([])
    expect(broken(three().asks('a').later(60_000).phase('end'))).to.deep.equal([])
  })

  it('sees one that waits for longer after everything healed', () => {
    expect(broken(three().asks('a').phase('calm').later(5100).granted(1))).to.deep.equal(['liveness'])
    expect(broken(three().asks('a').phase('calm').later(5100).phase('end'))).to.deep.equal(['liveness'])
  })

  it('sees a free lock with a waiter', () => {
    const script = three().phase('calm').later(100).enters('a', 1).asks('b').later(7000).leaves(1)
    expect(broken(script.later(5100).phase('end'))).to.deep.equal(['lost wake-up'])
  })

  it('accepts a later waiter that waits as long as a holder is inside', () => {
    const script = three().phase('calm').later(100).enters('a', 1).asks('b').later(7000).leaves(1)
    expect(broken(script.later(4000).granted(2, 2).leaves(2))).to.deep.equal([])
  })

  it('takes off the time in which the waiter stood still, also when that is over', () => {
    const paused = three().asks('a').phase('calm').later(1).life('paused', 'a').later(9000).life('resumed', 'a')
    expect(broken(paused.later(4000).granted(1))).to.deep.equal([])
    expect(
      broken(three().asks('a').life('paused', 'a').later(9000).life('resumed', 'a').phase('calm').later(5500).granted(1)),
    ).to.include('liveness')
  })

  it('does not count a call from before a restart as waiting', () => {
    const again = three().asks('a', { waitMs: 100 }).later(10).life('started', 'a').phase('calm').later(9000)
    expect(broken(again.phase('closing'))).to.deep.equal([])
    expect(broken(again.granted(1))).to.deep.equal(['calls'])
  })

  it('judges as one that was made later a call that follows the calm within the same millisecond', () => {
    const script = three().phase('calm').enters('a', 1).asks('b').later(7000).leaves(1).later(1).granted(2, 2)
    expect(broken(script)).to.deep.equal([])
  })

  it('sees a lock that a closed node has left and that has a waiter', () => {
    const script = three().phase('calm').enters('a', 1).asks('b').life('closed', 'a').later(5100)
    expect(broken(script.phase('closing'))).to.deep.equal(['lost wake-up'])
  })

  it('sees a call that its closed node never answers', () => {
    expect(broken(three().asks('a').life('closing', 'a').life('closed', 'a').phase('end'))).to.deep.equal(['liveness'])
    expect(broken(three().asks('a').life('closing', 'a').fails('CLOSED').life('closed', 'a').phase('end'))).to.deep.equal([])
    expect(broken(three().asks('a').life('closing', 'a').life('closed', 'a').life('started', 'a'))).to.deep.equal(['liveness'])
  })
})

describe('the checker on being overtaken', () => {
  const overtaken = (times: number, changes = {}): Script => {
    const script = three({ faultless: true, ...changes })
      .later(2000)
      .enters('a', 1)
      .asks('b')
      .later(1500)
      .leaves(1)
    for (let i = 0; i < times; i++) script.enters(i % 2 === 0 ? 'a' : 'c', i + 2).leaves(i + 3)
    return script.granted(times + 2, 2).leaves(2)
  }

  it('takes twice for each other process, and sees once more', () => {
    expect(broken(overtaken(4))).to.deep.equal([])
    expect(broken(overtaken(5))).to.deep.equal(['bypass'])
  })

  it('judges the very first requests, and those of processes whose joining is not told', () => {
    const script = new Script({ faultless: true }).life('started', 'a', 'b', 'c').enters('a', 1).asks('b').later(1500).leaves(1)
    for (let i = 0; i < 5; i++) script.enters(i % 2 === 0 ? 'a' : 'c', i + 2).leaves(i + 3)
    expect(broken(script)).to.deep.equal(['bypass'])
  })

  it('uses the time in which all processes hear of a request, if the history has it', () => {
    const soon = (heardMs?: number): Script => {
      const script = three({ faultless: true, ...(heardMs === undefined ? {} : { heardMs }) })
      script.enters('a', 1).asks('b').later(50).leaves(1)
      for (let i = 0; i < 5; i++) script.enters(i % 2 === 0 ? 'a' : 'c', i + 2).leaves(i + 3)
      return script
    }
    expect(broken(soon())).to.deep.equal([])
    expect(broken(soon(20))).to.deep.equal(['bypass'])
  })

  it('judges neither runs with faults nor algorithms that promise no order', () => {
    expect(broken(overtaken(9, { faultless: false }))).to.deep.equal([])
    expect(broken(overtaken(9, { algorithm: 'another algorithm' }))).to.deep.equal([])
  })
})

describe('the checker on errors', () => {
  it('takes what a request may say', () => {
    expect(broken(three().asks('a').fails('NO_QUORUM').asks('b').fails('ABORTED'))).to.deep.equal([])
  })

  it('sees a code that no request has, no code, CLOSED of a node that is not closing, and doubt', () => {
    for (const code of ['LOST', 'NOT_OWNER', 'ECONNRESET', 'toString', 'CLOSED'])
      expect(broken(three().asks('a').fails(code)), code).to.deep.equal(['errors'])
    expect(broken(three().asks('a').fails('ABORTED', 1, false))).to.deep.equal(['errors'])
  })
})

describe('the checker on what is left', () => {
  it('takes nothing, and sees a timer or a waiter', () => {
    expect(broken(three().add({ type: 'quiet', process: 'a', timers: 0, waiters: 0 }))).to.deep.equal([])
    expect(broken(three().add({ type: 'quiet', process: 'a', timers: 1, waiters: 0 }))).to.deep.equal(['quiescence'])
    expect(broken(three().add({ type: 'quiet', process: 'a', timers: 0, waiters: 2 }))).to.deep.equal(['quiescence'])
  })
})

describe('the checker on messages', () => {
  const counted = (lockMessages: number, faultless = true): Script =>
    three({ faultless }).add({ type: 'counted', lockMessages, entries: 10, least: 20, most: 40 })

  it('accepts counts within the formula, and any count after a fault', () => {
    expect(broken(counted(20))).to.deep.equal([])
    expect(broken(counted(40))).to.deep.equal([])
    expect(broken(counted(41, false))).to.deep.equal([])
    const free = { type: 'counted', lockMessages: 5, entries: 10, least: null, most: null } as const
    expect(broken(three({ faultless: true }).add(free))).to.deep.equal([])
  })

  it('sees one more or less', () => {
    expect(broken(counted(19))).to.deep.equal(['messages'])
    expect(broken(counted(41))).to.deep.equal(['messages'])
  })
})
