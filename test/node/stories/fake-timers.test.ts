import { expect } from 'chai'
import { readdirSync, readFileSync } from 'node:fs'
import { mock } from 'node:test'
import { createNode } from '../../../lib/index.ts'

describe('node: under the fake timers of a test runner', () => {
  afterEach(() => mock.timers.reset())

  it('keeps to the real clock: a tick of an hour ends no session, and a standing clock holds nothing up', async () => {
    const options = { join: 'memory', cluster: `fake timers ${Math.random()}` } as const
    const node = await createNode(options)
    const hold = await node.acquire('x')
    mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'], now: 0 })
    const other = await createNode(options)
    mock.timers.tick(3_600_000)
    hold.check()
    expect(hold.state).to.equal('held')
    expect(await other.tryAcquire('x')).to.equal(null)
    await hold.release()
    const next = await other.acquire('x', { wait: 5000 })
    expect(next.fence > hold.fence).to.equal(true)
    await Promise.all([node, other].map((each) => each.close({ drain: 0 })))
  })

  it('takes every clock and timer of the mesh from one place', () => {
    const folder = new URL('../../../../lib/mesh/', import.meta.url)
    const timers = /(?<![.\w])(setTimeout|clearTimeout|setInterval|clearInterval|setImmediate|queueMicrotask)\(/g
    const ambient = readdirSync(folder).filter((file) => {
      const text = readFileSync(new URL(file, folder), 'utf8')
      const taken = /^import \{(.*)\} from '.\/real-time.ts'$/m.exec(text)?.[1] ?? ''
      const isForgotten = [...text.matchAll(timers)].some(([, name = '']) => !taken.includes(name))
      return isForgotten || /Date\.now|new Date\(|performance\.now|process\.hrtime|node:timers/.test(text)
    })
    expect(ambient).to.deep.equal(['real-time.ts'])
  })
})
