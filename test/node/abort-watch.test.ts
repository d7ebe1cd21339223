import { expect } from 'chai'
import { createNode } from '../../lib/index.ts'
import { unwatchAbort, watchAbort } from '../../lib/node/abort-watch.ts'

describe('node: waiting by a signal', () => {
  it('calls each that still waits once, in their order, and nobody twice', () => {
    const controller = new AbortController()
    const calls: string[] = []
    const [a, b, c] = ['a', 'b', 'c'].map((name) => () => void calls.push(name)) as [() => void, () => void, () => void]
    for (const call of [a, b, c]) watchAbort(controller.signal, call)
    unwatchAbort(controller.signal, b)
    unwatchAbort(controller.signal, b)
    controller.abort()
    unwatchAbort(controller.signal, a)
    expect(calls).to.deep.equal(['a', 'c'])
  })

  it('leaves no listener on a signal that nobody waits by any more', () => {
    const { signal } = new AbortController()
    let listeners = 0
    const counted = new Proxy(signal, {
      get(target, key) {
        if (key === 'addEventListener') return () => void listeners++
        if (key === 'removeEventListener') return () => void listeners--
        return Reflect.get(target, key, target)
      },
    })
    const calls = Array.from({ length: 20 }, () => () => {})
    for (const call of calls) watchAbort(counted, call)
    expect(listeners).to.equal(1)
    for (const call of calls) unwatchAbort(counted, call)
    expect(listeners).to.equal(0)
  })

  it('one signal serves ten thousand waiters: all are aborted, and Node warns of no leak', async () => {
    const warnings: Error[] = []
    const hear = (warning: Error): void => void warnings.push(warning)
    process.on('warning', hear)
    const node = await createNode({ join: 'memory', cluster: `signal ${process.pid}` })
    try {
      const hold = await node.acquire('door')
      const controller = new AbortController()
      const waiting = Array.from({ length: 10_000 }, () => node.acquire('door', { signal: controller.signal }))
      const outcomes = Promise.allSettled(waiting)
      controller.abort()
      const codes = new Set((await outcomes).map((each) => (each.status === 'rejected' ? each.reason.code : each.status)))
      expect(codes).to.deep.equal(new Set(['ABORTED']))
      expect((await node.query()).pending).to.deep.equal([])
      hold.check()
    } finally {
      await node.close()
      process.off('warning', hear)
    }
    expect(warnings).to.deep.equal([])
  })
})
