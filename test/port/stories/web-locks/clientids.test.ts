import { expect } from 'chai'
import { webLocks } from '../../../../lib/port/web-locks/web-locks.ts'
import { webLocksTests } from './given.ts'

webLocksTests('clientids', (given) => {
  it('are the ids of the clients: one for all requests of a client, another for another', async () => {
    const [a, b] = await given.two()
    const mode = 'shared'
    await a.request('a', { mode }, () =>
      a.request('b', () =>
        b.request('a', { mode }, async () => {
          const { held } = await b.query()
          const clientsOf = (name: string) => held.filter((row) => row.name === name).map(({ clientId }) => clientId)
          const [first, second] = given.all.map(({ id }) => id)
          expect(clientsOf('b')).to.deep.equal([first])
          expect(clientsOf('a')).to.have.members([first, second])
        }),
      ),
    )
  })

  it('belong to one object for each client', async () => {
    const [a, b] = await given.clients.two()
    expect(webLocks(a)).to.equal(webLocks(a))
    expect(webLocks(a)).not.to.equal(webLocks(b))
    if ('locks' in a) expect(a.locks).to.equal(webLocks(a))
  })
})
