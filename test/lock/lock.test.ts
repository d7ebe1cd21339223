import { expect } from 'chai'
import { ModeCounts } from '../../lib/base/mode-counts.ts'
import { Lock } from '../../lib/lock/lock.ts'
import { algorithmKind } from '../../lib/mutex/algorithms.ts'
import type { Algorithm } from '../../lib/mutex/contract.ts'

const locks: ConstructorParameters<typeof Lock>[3] = {
  localHandoffsMax: 1,
  nowMs: () => 0,
  nextStamp: () => ({ time: 1, count: 0, id: 'na' }),
  nextFence: () => null,
  granted: () => {},
  changed: () => {},
}

describe('a lock', () => {
  it('hands its algorithm the messages that the algorithm declares, and drops those of other algorithms', () => {
    const heard: string[] = []
    const instance = { receive: (_from: string, { kind }: { kind: string }) => heard.push(kind) } as unknown as Algorithm
    const lock = new Lock('door', algorithmKind('token-ring'), 0, locks)
    lock.begin(instance, new ModeCounts())
    const stamp = { time: 1, count: 0, id: 'nb' }
    for (const body of [
      { kind: 'token', starter: 'nb', hops: 1, homing: false },
      { kind: 'reply', stamp },
      { kind: 'busy', stamp },
    ])
      lock.receive('nb', body)
    expect(heard).to.deep.equal(['token', 'busy'])
  })
})
