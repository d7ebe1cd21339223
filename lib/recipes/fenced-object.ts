/** This file has the guard `fencedObject`: an object of a store that writes on condition of an entity tag, as S3 and many HTTP services do. */
import { BadOptionError, OverloadedError } from '../base/errors.ts'
import { shownShortly } from '../base/message-of.ts'
import { checkFunction } from '../base/option-checks.ts'
import { takeOptions } from '../base/options.ts'
import { checkName } from '../base/names.ts'
import { checkFence, staleError } from './stale.ts'

/** An object as it is stored, with its entity tag. */
export interface StoredObject {
  /** The whole content. */
  readonly body: Uint8Array
  /** The entity tag that a write must name. It must be a strong one. */
  readonly etag: string
}

/** On which condition an object is written: it has this entity tag, or it does not exist. */
export type WriteCondition =
  | {
      /** The entity tag that the object must have. */
      readonly ifMatch: string
    }
  | {
      /** The object must not exist. */
      readonly ifNoneMatch: '*'
    }

/** The two calls of a store that the guard makes, for one object. */
export interface ConditionalStore {
  /** What to call the object in errors. Default: `object`. */
  readonly name?: string
  /** Gets the object; null if it does not exist. Must not come from a cache. */
  readonly get: () => PromiseLike<StoredObject | null>
  /**
   * Writes the object on a condition: `If-Match` or `If-None-Match`. Resolves to false, or rejects with an error that has the status 412 or 409, if the condition does not hold
   * and nothing was written.
   */
  readonly put: (body: Uint8Array, condition: WriteCondition) => PromiseLike<boolean>
}

/** An object whose writers are fenced, for holders of exclusive locks. */
export interface FencedObject {
  /**
   * The content that the latest holder left, for the holder of this fence; null if there is none. It writes the content again under its own fence, unless it did before, so that
   * the writes of earlier holders fail from now on.
   *
   * @throws STALE if a higher fence is stored; BAD_OPTION; OVERLOADED if another writer was faster 10 times; the error of the store, after which a second call is safe.
   */
  read(fence: bigint): Promise<Uint8Array | null>
  /**
   * Replaces the content.
   *
   * @throws STALE if a higher fence is stored, and then nothing was written; the others as `read` does. After an error of the store it is not known whether the
   * content was written.
   */
  write(fence: bigint, content: string | Uint8Array): Promise<void>
}

const storeTable = { name: checkName, get: checkFunction, put: checkFunction }
const triesMax = 10
const prefix = 'holdfast-fence: '
/** The kinds of the first line: the object has content, or there was none when a holder looked. */
const firstLine = /^holdfast-fence: (\d{1,19})( nothing)?\n/
const firstLineMax = prefix.length + 19 + ' nothing\n'.length

/**
 * Guards an object of S3, of a store like it, or of an HTTP service with entity tags. A write names the entity tag that its writer has seen (optimistic concurrency control: Kung
 * and Robinson 1981), so a stale holder's late write fails.
 *
 * The fence is the first line of the object. It is not in the object's metadata: the entity tag of S3 is a digest of the content alone, and would not change when a new holder
 * takes over. An object without that line was written without a guard, and counts as older than all fences.
 *
 * @throws BAD_OPTION that names the part.
 * @example
 * const invoice = fencedObject({
 *   get: async () => await download('invoice/42'),
 *   put: async (body, condition) => (await upload('invoice/42', body, condition)).status < 300,
 * })
 * await invoice.write(hold.fence, 'paid')
 */
export function fencedObject(store: ConditionalStore): FencedObject {
  const { name = 'object', get, put } = takeOptions<ConditionalStore, typeof storeTable>(store, storeTable, 'fencedObject')
  if (get === undefined || put === undefined)
    throw new BadOptionError('fencedObject needs get and put', { option: get === undefined ? 'get' : 'put' })

  /** Writes what `next` makes of the present content, unless it makes nothing of it. */
  const change = async (
    fence: bigint,
    next: (body: Uint8Array | null, known: bigint) => Uint8Array | null,
  ): Promise<Uint8Array | null> => {
    for (let tries = 0; tries < triesMax; tries++) {
      const stored = checkStored(await get())
      const { fence: known, body } = stored === null ? { fence: 0n, body: null } : parsed(stored.body)
      if (known > fence) throw staleError(name, fence, known)
      const changed = next(body, known)
      if (changed === null) return body
      const condition: WriteCondition = stored === null ? { ifNoneMatch: '*' } : { ifMatch: stored.etag }
      if (await isWritten(put, changed, condition)) return body
    }
    throw new OverloadedError(`'${name}' was changed by another writer at each of ${triesMax} tries`)
  }

  return Object.freeze({
    read: async (fence: bigint): Promise<Uint8Array | null> => {
      checkFence(fence)
      return await change(fence, (body, known) => (known === fence ? null : joined(fence, body)))
    },
    write: async (fence: bigint, content: string | Uint8Array): Promise<void> => {
      checkFence(fence)
      if (typeof content !== 'string' && !(content instanceof Uint8Array))
        throw new BadOptionError(`content must be a string or a Uint8Array, got ${shownShortly(content)}`, { option: 'content' })
      const changed = joined(fence, typeof content === 'string' ? new TextEncoder().encode(content) : content)
      await change(fence, () => changed)
    },
  })
}

async function isWritten(put: ConditionalStore['put'], body: Uint8Array, condition: WriteCondition): Promise<boolean> {
  try {
    const written: unknown = await put(body, condition)
    if (typeof written === 'boolean') return written
    throw new BadOptionError(`put must resolve to true or false, got ${shownShortly(written)}`, { option: 'put' })
  } catch (error) {
    if (isRefusal(error)) return false
    throw error
  }
}

/** 412: the condition does not hold. 409: S3 saw another write at the same moment. The clients of AWS keep the status in `$metadata`. */
function isRefusal(error: unknown): boolean {
  const { status, statusCode, $metadata } = (error ?? {}) as {
    status?: unknown
    statusCode?: unknown
    $metadata?: { httpStatusCode?: unknown }
  }
  return [status, statusCode, $metadata?.httpStatusCode].some((each) => each === 412 || each === 409)
}

function checkStored(stored: unknown): StoredObject | null {
  if (stored === null) return null
  const { body, etag } = (stored ?? {}) as { body?: unknown; etag?: unknown }
  if (!(body instanceof Uint8Array) || typeof etag !== 'string' || etag === '')
    throw new BadOptionError('get must resolve to null, or to { body: a Uint8Array, etag: a string }', { option: 'get' })
  if (etag.startsWith('W/'))
    throw new BadOptionError(`get gave the weak entity tag ${shownShortly(etag)}, on which no write can be conditional`, {
      option: 'get',
    })
  return { body, etag }
}

function joined(fence: bigint, content: Uint8Array | null): Uint8Array {
  const head = new TextEncoder().encode(`${prefix}${fence}${content === null ? ' nothing' : ''}\n`)
  const body = new Uint8Array(head.length + (content?.length ?? 0))
  body.set(head)
  if (content !== null) body.set(content, head.length)
  return body
}

function parsed(stored: Uint8Array): { readonly fence: bigint; readonly body: Uint8Array | null } {
  const [line, fence, nothing] = firstLine.exec(new TextDecoder('latin1').decode(stored.subarray(0, firstLineMax))) ?? []
  if (line === undefined || fence === undefined) return { fence: 0n, body: stored }
  return { fence: BigInt(fence), body: nothing === undefined ? stored.slice(line.length) : null }
}
