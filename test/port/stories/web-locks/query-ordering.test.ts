import { expect } from 'chai'
import { watch } from '../../engine.ts'
import { hold, webLocksTests } from './given.ts'

webLocksTests('query-ordering', (given) => {
  it('tells waiters in the order in which they asked, of both clients', async () => {
    const [a, b] = await given.two()
    const holdings = [await hold(a, 'one'), await hold(a, 'two'), await hold(a, 'three')]
    const waiting = []
    for (const [web, name] of [
      [a, 'three'],
      [b, 'two'],
      [a, 'one'],
    ] as const) {
      waiting.push(watch(web.request(name, { mode: 'shared' }, () => {})))
      await given.clients.settle()
    }
    expect((await b.query()).pending.map(({ name }) => name)).to.deep.equal(['three', 'two', 'one'])
    for (const { release } of holdings) release()
    await Promise.all(waiting.map(({ promise }) => promise))
  })

  it('tells holders in the order in which they were granted, also by a steal', async () => {
    const web = await given.one()
    for (const name of ['one', 'two', 'three']) (await hold(web, name)).request.promise.catch(() => {})
    const later = []
    for (const name of ['three', 'one', 'two']) later.push(await hold(web, name, { steal: true }))
    expect((await web.query()).held.map(({ name }) => name)).to.deep.equal(['three', 'one', 'two'])
    for (const { release } of later) release()
  })
})
