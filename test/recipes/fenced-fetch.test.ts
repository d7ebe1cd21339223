import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { fenceGuard } from '../../lib/index.ts'
import { fencedFetch, fenceHeader, requestFence, staleAnswer, StaleError } from '../../lib/recipes/index.ts'
import { errorOf } from '../port/engine.ts'

const big = 2n ** 53n

describe('a fenced fetch', () => {
  const guard = fenceGuard()
  const seen: string[] = []
  let server: Server
  let url: string

  before((done) => {
    // A service of the user's own: it refuses a stale fence before it looks at anything else.
    server = createServer((request, response) => {
      try {
        const fence = requestFence(request.headers)
        if (!guard.admit(fence)) {
          const { status, headers, body } = staleAnswer(
            new StaleError('a later holder has been here', { fence, highest: guard.highest }),
          )
          response.writeHead(status, headers).end(body)
          return
        }
        seen.push(`${request.method} ${request.headers['x-own'] ?? ''}`)
        response.writeHead(request.url === '/lost' ? 412 : 200).end('done')
      } catch {
        response.writeHead(400).end()
      }
    })
    server.listen(0, '127.0.0.1', () => {
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      done()
    })
  })

  after((done) => void server.close(done))

  it('carries the fence to a service, and its refusal back as STALE with both fences', async () => {
    const answer = await fencedFetch(fetch, big + 2n)(url, { method: 'PUT', headers: { 'x-own': 'kept' }, body: 'x' })
    expect([answer.status, await answer.text()]).to.deep.equal([200, 'done'])
    expect(seen.splice(0)).to.deep.equal(['PUT kept'])
    const error = await errorOf(() => fencedFetch(fetch, big + 1n)(url))
    expect(error).to.include({ code: 'STALE', fence: big + 1n, highest: big + 2n })
    expect(seen).to.deep.equal([])
  })

  it('passes on other answers, a 412 without a fence, and errors', async () => {
    expect((await fencedFetch(fetch, big + 3n)(`${url}/lost`)).status).to.equal(412)
    expect((await fetch(url)).status).to.equal(400)
    const broken = new Error('no network')
    expect(await errorOf(() => fencedFetch(() => Promise.reject(broken), 1n)(url))).to.equal(broken)
    expect(await errorOf(() => fencedFetch(fetch, big + 3n)(url, { signal: AbortSignal.abort(broken) }))).to.equal(broken)
  })

  it('reads the fence of both kinds of headers, and refuses a request without a right one', () => {
    expect(requestFence({ [fenceHeader]: String(big + 1n) })).to.equal(big + 1n)
    expect(requestFence(new Headers({ [fenceHeader]: '7' }))).to.equal(7n)
    for (const value of [undefined, '', '0', '-1', '1.5', '0x10', '5, 6', ['5', '6'], String(2n ** 63n), '1'.repeat(400)])
      expect(() => requestFence({ [fenceHeader]: value }), String(value))
        .to.throw(fenceHeader)
        .with.property('code', 'BAD_OPTION')
  })

  it('rejects wrong arguments', async () => {
    expect(await errorOf(() => fencedFetch(5 as never, 1n))).to.include({ code: 'BAD_OPTION', option: 'fetch' })
    expect(await errorOf(() => fencedFetch(fetch, 5 as never))).to.include({ code: 'BAD_OPTION', option: 'fence' })
  })
})
