/**
 * A holder that pauses too long comes back with a stale fence, to a file, to an HTTP service, and to an object of a store like S3. Each refuses it.
 *
 *   npx tsx examples/stale-writers.ts
 *
 * You will see that each resource keeps what the later holder wrote, and tells the earlier one both fences.
 */
import { createHash } from 'node:crypto'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNode, fenceGuard, StaleError } from '../lib/index.ts'
import { fencedFetch, fencedFile, fencedObject, requestFence, staleAnswer } from '../lib/recipes/index.ts'

/** A service of your own: it gives the fence to a guard before it does anything else. */
function serviceWithGuard(): RequestListener {
  const guard = fenceGuard()
  let text = ''
  return (request, response) => {
    const fence = requestFence(request.headers)
    if (!guard.admit(fence)) {
      const error = new StaleError('a later holder has been here', { fence, highest: guard.highest })
      const { status, headers, body } = staleAnswer(error)
      response.writeHead(status, headers).end(body)
    } else if (request.method === 'GET') response.end(text)
    else request.on('data', (part) => (text = String(part))).on('end', () => response.end())
  }
}

/** A service that knows no fences, but entity tags: it writes on condition, as S3 does. */
function serviceWithTags(): RequestListener {
  let stored: Buffer | null = null
  const tag = (): string => (stored === null ? '' : `"${createHash('md5').update(stored).digest('hex')}"`)
  return async (request, response) => {
    if (request.method === 'GET') return void response.writeHead(stored === null ? 404 : 200, { etag: tag() }).end(stored)
    const parts = await request.toArray()
    const holds = request.headers['if-none-match'] === '*' ? stored === null : request.headers['if-match'] === tag()
    if (holds) stored = Buffer.concat(parts)
    response.writeHead(holds ? 200 : 412).end()
  }
}

async function serve(listener: RequestListener): Promise<{ url: string; close(): void }> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() }
}

/** With a client of S3: `new GetObjectCommand(…)`, and `new PutObjectCommand({ …, IfMatch, IfNoneMatch })`. */
const objectAt = (url: string) =>
  fencedObject({
    name: 'the object',
    get: async () => {
      const answer = await fetch(url)
      return answer.status === 404
        ? null
        : { body: Buffer.from(await answer.arrayBuffer()), etag: String(answer.headers.get('etag')) }
    },
    put: async (body, condition) => {
      const headers = 'ifMatch' in condition ? { 'if-match': condition.ifMatch } : { 'if-none-match': '*' }
      return (await fetch(url, { method: 'PUT', headers, body: Buffer.from(body) })).ok
    },
  })

const folder = mkdtempSync(join(tmpdir(), 'stale-writers-'))
const [guarded, tagged] = [await serve(serviceWithGuard()), await serve(serviceWithTags())]
const file = fencedFile(join(folder, 'settings'))
const object = objectAt(tagged.url)
const resources: Record<string, (fence: bigint, text: string) => Promise<unknown>> = {
  'the file': (fence, text) => file.write(fence, text),
  'the service': (fence, text) => fencedFetch(fetch, fence)(guarded.url, { method: 'PUT', body: text }),
  'the object': (fence, text) => object.write(fence, text),
}

await using node = await createNode({ join: 'memory', cluster: 'stale-writers' })
for (const [name, write] of Object.entries(resources)) {
  // The first holder pauses; its lock goes on. That it released the lock stands for the loss of its session.
  const early = await node.acquire(name)
  await early.release()
  await node.withLock(name, (hold) => write(hold.fence, 'by the later holder'))
  const error = await write(early.fence, 'by the earlier holder').catch((reason: unknown) => reason)
  if (error instanceof StaleError) console.log(`${name} refused fence ${error.fence}: it knows ${error.highest}`)
}
console.log(`the file says: ${Buffer.from((await file.peek()) ?? '')}`)
guarded.close()
tagged.close()
rmSync(folder, { recursive: true })
