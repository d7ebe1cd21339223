import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { type ConditionalStore, fencedObject, type WriteCondition } from '../../lib/recipes/index.ts'
import { errorOf } from '../port/engine.ts'

/** A bucket with one object. As in S3, the entity tag is a digest of the content. */
class Bucket {
  body: Uint8Array | null = null
  puts = 0
  /** Waits before each write. */
  pause: () => Promise<void> = async () => {}

  readonly get = async (): Promise<{ body: Uint8Array; etag: string } | null> =>
    this.body === null ? null : { body: this.body, etag: this.etag }

  readonly put = async (body: Uint8Array, condition: WriteCondition): Promise<boolean> => {
    await this.pause()
    const holds = 'ifMatch' in condition ? this.body !== null && condition.ifMatch === this.etag : this.body === null
    if (holds) {
      this.body = body
      this.puts++
    }
    return holds
  }

  get store(): ConditionalStore {
    return { name: 'bucket/invoice', get: this.get, put: this.put }
  }

  get etag(): string {
    return `"${createHash('md5')
      .update(this.body ?? '')
      .digest('hex')}"`
  }

  get text(): string {
    return Buffer.from(this.body ?? '').toString()
  }
}

const big = 2n ** 53n

describe('a fenced object', () => {
  const text = (content: Uint8Array | null): string | null => (content === null ? null : Buffer.from(content).toString())

  it('gives each holder what the one before left, and says the fence in its first line', async () => {
    const bucket = new Bucket()
    const object = fencedObject(bucket.store)
    expect(await object.read(big + 1n)).to.equal(null)
    await object.write(big + 1n, 'one')
    expect(bucket.text).to.equal(`holdfast-fence: ${big + 1n}\none`)
    expect(text(await object.read(big + 2n))).to.equal('one')
    expect(bucket.text).to.equal(`holdfast-fence: ${big + 2n}\none`)
    await object.write(big + 2n, Uint8Array.of(10, 0, 255))
    expect([...((await object.read(big + 2n)) as Uint8Array)]).to.deep.equal([10, 0, 255])
    expect(bucket.puts).to.equal(4)
  })

  it('refuses a stale holder before it reads, and writes nothing', async () => {
    const bucket = new Bucket()
    const object = fencedObject(bucket.store)
    await object.read(big + 1n)
    for (const stale of [() => object.read(big), () => object.write(big, 'late')])
      expect(await errorOf(stale)).to.include({ code: 'STALE', fence: big, highest: big + 1n, definite: true })
    expect(bucket.puts).to.equal(1)
    expect(await object.read(big + 1n)).to.equal(null)
  })

  for (const before of [null, 'five'])
    it(`fails the write of a stale holder that was paused after its check, with ${before ?? 'nothing'} before`, async () => {
      const bucket = new Bucket()
      const object = fencedObject(bucket.store)
      if (before !== null) await object.write(4n, before)
      let goOn = (): void => {}
      bucket.pause = () =>
        new Promise((resolve) => {
          goOn = resolve
        })
      const late = errorOf(() => object.write(5n, 'late'))
      await new Promise(setImmediate)
      bucket.pause = async () => {}
      expect(text(await object.read(6n))).to.equal(before)
      goOn()
      expect(await late).to.include({ code: 'STALE', highest: 6n })
      expect(text(await object.read(6n))).to.equal(before)
    })

  it('takes over an object that was written without a guard', async () => {
    const bucket = new Bucket()
    bucket.body = Buffer.from('holdfast-fence: x\nplain')
    expect(text(await fencedObject(bucket.store).read(1n))).to.equal('holdfast-fence: x\nplain')
    expect(bucket.text).to.equal('holdfast-fence: 1\nholdfast-fence: x\nplain')
  })

  it('takes an error with status 412 or 409 for a condition that does not hold', async () => {
    for (const refusal of [{ status: 412 }, { statusCode: 409 }, { $metadata: { httpStatusCode: 412 } }]) {
      const bucket = new Bucket()
      const object = fencedObject({
        ...bucket.store,
        put: async (body, condition) => (await bucket.put(body, condition)) || Promise.reject(refusal),
      })
      let others = 1
      bucket.pause = async () => {
        if (others-- > 0) bucket.body = Buffer.from(`holdfast-fence: 3\nother`)
      }
      await object.write(3n, 'own')
      expect(bucket.puts).to.equal(1)
    }
  })

  it('gives up with OVERLOADED after ten tries, and passes the errors of the store on', async () => {
    const bucket = new Bucket()
    let tries = 0
    const busy = fencedObject({ name: 'busy', get: bucket.get, put: async () => ++tries < 0 })
    expect(await errorOf(() => busy.write(1n, 'x')))
      .to.include({ code: 'OVERLOADED' })
      .and.match(/'busy' .* 10 tries/)
    expect(tries).to.equal(10)
    for (const broken of [new Error('500'), { status: 500 }, null]) {
      const object = fencedObject({ get: bucket.get, put: () => Promise.reject(broken) })
      expect(await errorOf(() => object.write(1n, 'x'))).to.equal(broken)
    }
    const failing = new Error('no network')
    const thrower = (): never => {
      throw failing
    }
    expect(await errorOf(() => fencedObject({ get: thrower, put: thrower }).read(1n))).to.equal(failing)
  })

  it('rejects wrong parts and arguments', async () => {
    const bucket = new Bucket()
    const parts = { get: bucket.get, put: bucket.put }
    const { put: _put, ...withoutPut } = parts
    const { get: _get, ...withoutGet } = parts
    for (const [given, option] of [
      [withoutPut, 'put'],
      [withoutGet, 'get'],
      [{ ...parts, get: 5 }, 'get'],
      [{ ...parts, name: '' }, 'name'],
      [{ ...parts, x: 1 }, 'x'],
    ] as const)
      expect(await errorOf(() => fencedObject(given as ConditionalStore)), option).to.include({ code: 'BAD_OPTION', option })
    for (const stored of [
      undefined,
      5,
      { body: 'text', etag: '"x"' },
      { body: Buffer.from('x') },
      { body: Buffer.from('x'), etag: 'W/"x"' },
    ])
      expect(await errorOf(() => fencedObject({ ...parts, get: async () => stored as unknown as null }).read(1n))).to.include({
        code: 'BAD_OPTION',
        option: 'get',
      })
    const object = fencedObject({ ...parts, put: async () => undefined as unknown as boolean })
    expect(await errorOf(() => object.write(1n, 'x'))).to.include({ code: 'BAD_OPTION', option: 'put' })
    for (const fence of [undefined, 1, 0n]) {
      expect(await errorOf(() => fencedObject(parts).read(fence as bigint))).to.include({ option: 'fence' })
      expect(await errorOf(() => fencedObject(parts).write(fence as bigint, 'x'))).to.include({ option: 'fence' })
    }
    expect(await errorOf(() => fencedObject(parts).write(1n, 5 as never))).to.include({ option: 'content' })
    expect(bucket.body).to.equal(null)
  })
})
