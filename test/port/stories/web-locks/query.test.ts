import { expect } from 'chai'
import { watch } from '../../engine.ts'
import { hold, webLocksTests } from './given.ts'

webLocksTests('query', (given) => {
  it('tells each holder and waiter with its name, its mode and its client, and what Holdfast knows beside', async () => {
    const [a, b] = await given.two()
    const { lock, release } = await hold(a, 'a', { meta: { job: 1 } })
    const next = watch(b.request('a', { mode: 'shared', meta: 'next' }, () => {}))
    await given.clients.settle()
    const [first, second] = given.all
    for (const web of [a, b]) {
      const { held, pending } = await web.query()
      expect(held).to.have.length(1)
      expect(held[0]).to.deep.include({ name: 'a', mode: 'exclusive', clientId: first?.id, fence: lock.fence, meta: { job: 1 } })
      expect(pending).to.have.length(1)
      expect(pending[0]).to.deep.include({ name: 'a', mode: 'shared', clientId: second?.id, meta: 'next' })
      expect(JSON.parse(JSON.stringify(held[0]))).to.include({ fence: String(lock.fence) })
    }
    release()
    await next.promise
  })

  it('tells several holders of one lock and of several', async () => {
    const web = await given.one()
    await web.request('a', { mode: 'shared' }, () =>
      web.request('a', { mode: 'shared' }, () =>
        web.request('b', async () => {
          const { held, pending } = await web.query()
          expect(held.map(({ name, mode }) => [name, mode])).to.deep.equal([
            ['a', 'shared'],
            ['a', 'shared'],
            ['b', 'exclusive'],
          ])
          expect(pending).to.deep.equal([])
        }),
      ),
    )
  })

  it('shows a deadlock', async () => {
    const [a, b] = await given.two()
    const holdings = [await hold(a, 'one'), await hold(b, 'two')]
    const waiting = [watch(a.request('two', () => {})), watch(b.request('one', () => {}))]
    await given.clients.settle()
    const { held, pending } = await a.query()
    const clientOf = (rows: readonly { name: string; clientId: string }[], name: string) =>
      rows.filter((row) => row.name === name).map(({ clientId }) => clientId)
    expect(clientOf(held, 'one')).to.deep.equal(clientOf(pending, 'two'))
    expect(clientOf(held, 'two')).to.deep.equal(clientOf(pending, 'one'))
    for (const { release } of holdings) release()
    await Promise.all(waiting.map(({ promise }) => promise))
  })
})
