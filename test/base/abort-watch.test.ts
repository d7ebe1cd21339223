import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { unwatchAbort, watchAbort } from '../../lib/base/abort-watch.ts'

describe('node: waiting by a signal', () => {
  it('calls each waiting callback once, in their order, and none twice', () => {
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

  it('leaves no listener on a signal without a waiting call', () => {
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

  it('one signal serves ten thousand waiters of each call: all are aborted in seconds, and the process prints no warning', function () {
    this.timeout(60_000)
    const child = fileURLToPath(new URL('./one-signal-entry.js', import.meta.url))
    const { status, stdout, stderr } = spawnSync(process.execPath, [child], { encoding: 'utf8', timeout: 50_000 })
    expect(stderr).to.equal('')
    expect(status).to.equal(0)
    const told = JSON.parse(stdout) as Record<string, { readonly codes: string[]; readonly ms: number }>
    expect(Object.keys(told)).to.deep.equal(['acquire', 'withLock', 'ask', 'createNode'])
    for (const [call, { codes, ms }] of Object.entries(told)) {
      expect(codes, call).to.deep.equal(['ABORTED'])
      expect(ms, call).to.be.lessThan(10_000)
    }
  })
})
