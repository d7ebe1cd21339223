import { expect } from 'chai'
import { Mode } from '../../lib/base/mode.ts'
import { Deadlocks, type DeadlocksEngine, firstSearchMs, longestSearchMs, WatchedWait } from '../../lib/port/deadlocks.ts'
import type { Hold } from '../../lib/port/hold.ts'
import { Nest } from '../../lib/port/nest.ts'
import type { Owners } from '../../lib/port/owners.ts'
import type { ClientWaits } from '../../lib/port/waits.ts'

/** A client that has `x` and waits for `y`, and the answers that it gets. */
class Client implements DeadlocksEngine {
  readonly id = 'b'
  nowMs = 0
  readonly time = { nowMs: () => this.nowMs, after: () => () => {}, random: () => 0 }
  readonly failures: Error[] = []
  readonly delays: number[] = []
  asked = 0
  hold = { name: 'x', state: 'held' } as { name: string; state: string }
  readonly deadlocks = new Deadlocks(this)
  readonly wait: WatchedWait
  private fire: (() => void) | null = null
  private readonly answers: (readonly ClientWaits[] | Error)[]

  constructor(...answers: (readonly ClientWaits[] | Error)[]) {
    this.answers = answers
    let numbers = 0
    const owners = { nextNumber: () => ++numbers } as unknown as Owners
    const level = new Nest(owners, this.hold as Hold, Mode.exclusive, 1).enter(undefined)
    this.wait = new WatchedWait('y', Mode.exclusive, level, null, (error) => this.failures.push(error))
    this.deadlocks.begin(this.wait)
  }

  wallMs(): number {
    return 100
  }

  later(delayMs: number, fire: () => void): () => void {
    this.delays.push(delayMs)
    this.fire = fire
    return () => {
      this.fire = null
    }
  }

  async othersWaits(): Promise<readonly ClientWaits[]> {
    this.asked++
    const answer = this.answers.shift() ?? []
    if (answer instanceof Error) throw answer
    return answer
  }

  get isArmed(): boolean {
    return this.fire !== null
  }

  async search(): Promise<void> {
    this.nowMs += this.delays.at(-1) ?? 0
    this.fire?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
}

const other: ClientWaits = {
  client: 'a',
  waits: [
    {
      request: 1,
      lock: 'x',
      mode: Mode.exclusive,
      sinceMs: 1,
      level: 0,
      blocks: [{ lock: 'y', mode: Mode.exclusive, level: 1 }],
    },
  ],
}

describe('the search for deadlocks', () => {
  it('refuses the youngest request of a cycle that stands in both answers', async () => {
    const client = new Client([other], [other])
    await client.search()
    expect(client.failures.map((error) => (error as { readonly code?: string }).code)).to.deep.equal(['DEADLOCK'])
  })

  it('refuses none if the cycle stands in one of the answers, and asks once if it does not stand in the first', async () => {
    for (const [asked, ...answers] of [
      [2, [other], []],
      [1, [], [other]],
      [1, new Error('closed'), [other]],
    ] as const) {
      const client = new Client(...answers)
      await client.search()
      expect(client.failures).to.deep.equal([])
      expect(client.asked).to.equal(asked)
    }
  })

  it('counts no hold that is lost, and no wait that has ended between the answers', async () => {
    const lost = new Client([other], [other])
    lost.hold.state = 'lost'
    await lost.search()
    expect(lost.failures).to.deep.equal([])
    const ended = new Client([other], [other])
    const searching = ended.search()
    ended.deadlocks.end(ended.wait)
    await searching
    expect(ended.failures).to.deep.equal([])
  })

  it('asks ever more rarely while a request waits, and sets no timer when none does', async () => {
    const client = new Client()
    for (let times = 0; times < 7; times++) await client.search()
    expect(client.delays).to.deep.equal([
      firstSearchMs,
      2000,
      4000,
      8000,
      longestSearchMs,
      longestSearchMs,
      longestSearchMs,
      longestSearchMs,
    ])
    client.deadlocks.end(client.wait)
    expect(client.isArmed).to.equal(false)
    await client.search()
    expect(client.asked).to.equal(7)
  })
})
