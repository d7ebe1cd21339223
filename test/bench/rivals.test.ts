import { expect } from 'chai'
import { openRival, type RivalClient } from '../../lib/bench/rivals.ts'
import { type OtherSystem, rivals } from '../../lib/bench/rows.ts'
import { type Servers, withServers } from '../../lib/bench/servers.ts'
import { errorOf } from '../port/engine.ts'

describe('what the bench compares Holdfast with', function () {
  this.timeout(120_000)
  let servers: Servers
  let stop = (): void => {}
  let stopped: Promise<void>

  before(async () => {
    const missing: string[] = []
    await new Promise<void>((resolve, reject) => {
      stopped = withServers(
        rivals,
        (text) => missing.push(text),
        (all) => {
          servers = all
          resolve()
          return new Promise<void>((end) => (stop = end))
        },
      )
      stopped.catch(reject)
    })
    for (const text of missing) console.log(`      ${text}`)
    if (process.env['HOLDFAST_TEST_STRICT'] === '1') expect(missing).to.deep.equal([])
  })

  after(async () => {
    stop()
    await stopped
  })

  for (const rival of rivals) {
    it(`${rival} excludes, and rejects a request whose wait is over`, async function () {
      if (!servers.rivals.includes(rival)) this.skip()
      await withClients(rival, servers, async (clients) => {
        let inside = 0
        let entries = 0
        const enter = async ({ locks }: RivalClient): Promise<void> => {
          for (let i = 0; i < 20; i++) {
            const hold = await locks.acquire('door', { wait: 60_000 })
            expect(++inside).to.equal(1)
            await new Promise((resolve) => setImmediate(resolve))
            inside--
            entries++
            await hold.release()
          }
        }
        await Promise.all(clients.map(enter))
        expect(entries).to.equal(20 * clients.length)
        const [first, last] = [clients[0] as RivalClient, clients[clients.length - 1] as RivalClient]
        const hold = await first.locks.acquire('door', { wait: 60_000 })
        expect(await errorOf(() => last.locks.acquire('door', { wait: 100 }))).to.include({ code: 'TIMEOUT' })
        await hold.release()
        await (await last.locks.acquire('door', { wait: 60_000 })).release()
      })
    })
  }
})

/** Two clients, or one that is asked twice if its locks are those of one client. */
async function withClients(
  rival: OtherSystem,
  servers: Servers,
  use: (clients: readonly RivalClient[]) => Promise<void>,
): Promise<void> {
  const port = servers.of(rival)?.port ?? 0
  const first = await openRival(rival, port)
  const second = rival === 'async-mutex' ? first : await openRival(rival, port)
  try {
    await use([first, second])
  } finally {
    await first.close()
    if (second !== first) await second.close()
  }
}
