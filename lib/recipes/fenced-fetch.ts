/** This file carries fences over HTTP: `fencedFetch` sends them, and a service reads them with `requestFence` and refuses a stale one with `staleAnswer`. */
import { BadOptionError, type StaleError } from '../base/errors.ts'
import { shownShortly } from '../base/message-of.ts'
import { checkFunction } from '../base/option-checks.ts'
import type { Signal } from '../base/platform.ts'
import { checkFence, staleError } from './stale.ts'

/** The header of a request that has the fence, and of an answer 412 that has the highest fence. */
export const fenceHeader = 'holdfast-fence'

/** What `fencedFetch` passes on. */
export interface FencedInit {
  /** The method. Default: GET. */
  readonly method?: string
  /** Headers, to which the fence is added. */
  readonly headers?: Record<string, string>
  /** The body. */
  readonly body?: string
  /** Gives the request up, such as `hold.signal`. */
  readonly signal?: Signal
}

/** What the guard reads of an answer. */
export interface FencedAnswer {
  /** The status: 412 if the fence is stale. */
  readonly status: number
  /** The headers, which have the highest fence then. */
  readonly headers: FencedHeaders
}

/** Headers that are read by name, such as a `Headers`. */
export interface FencedHeaders {
  /** The value of a header; null without it. */
  get(name: string): string | null
}

/** The headers of a request: those of `node:http`, or a `Headers`. */
export type RequestHeaders = { readonly [name: string]: string | readonly string[] | undefined } | FencedHeaders

/** What a service answers a stale holder. */
export interface StaleAnswer {
  readonly status: 412
  /** The type of the body, and the highest fence. */
  readonly headers: Readonly<Record<string, string>>
  /** A problem (RFC 9457) in JSON. */
  readonly body: string
}

/**
 * A `fetch` that sends a fence with each request, for a service that checks it.
 *
 * @returns a function that rejects with STALE if the service answers 412 with the highest fence. It passes all other answers and errors on.
 * @throws BAD_OPTION (`fetch`, `fence`).
 * @example await fencedFetch(fetch, hold.fence)('http://10.0.0.7/invoices/42', { method: 'PUT', body: 'paid', signal: hold.signal })
 */
export function fencedFetch<Answer extends FencedAnswer>(
  fetch: (url: string, init: FencedInit) => PromiseLike<Answer>,
  fence: bigint,
): (url: string, init?: FencedInit) => Promise<Answer> {
  checkFunction(fetch, 'fetch')
  checkFence(fence)
  return async (url, init = {}) => {
    const answer = await fetch(url, { ...init, headers: { ...init.headers, [fenceHeader]: String(fence) } })
    const highest = answer.status === 412 ? parsed(answer.headers.get(fenceHeader)) : null
    if (highest !== null) throw staleError(url, fence, highest)
    return answer
  }
}

/**
 * The fence of a request, for a service that gives it to a guard before it reads.
 *
 * @throws BAD_OPTION (`holdfast-fence`) if the request has none, several, or a wrong one: answer 400.
 * @example
 * const fence = requestFence(request.headers)
 * if (!guard.admit(fence)) …
 */
export function requestFence(headers: RequestHeaders): bigint {
  const read = (headers as { get?: unknown }).get
  const value =
    typeof read === 'function' ? (headers as FencedHeaders).get(fenceHeader) : (headers as Record<string, unknown>)[fenceHeader]
  const fence = parsed(value)
  if (fence !== null) return fence
  throw new BadOptionError(`the header ${fenceHeader} must be a fence as a decimal number, got ${shownShortly(value)}`, {
    option: fenceHeader,
  })
}

/** The answer to a stale holder, which its `fencedFetch` makes a STALE error of again. */
export function staleAnswer({ fence, highest, message }: Pick<StaleError, 'fence' | 'highest' | 'message'>): StaleAnswer {
  const problem = { title: 'stale fence', status: 412, detail: message, fence: String(fence), highest: String(highest) }
  const headers = { 'content-type': 'application/problem+json', [fenceHeader]: String(highest) }
  return Object.freeze({ status: 412, headers: Object.freeze(headers), body: JSON.stringify(problem) })
}

function parsed(value: unknown): bigint | null {
  const fence = typeof value === 'string' && /^\d{1,19}$/.test(value) ? BigInt(value) : 0n
  return fence > 0n && fence < 2n ** 63n ? fence : null
}
