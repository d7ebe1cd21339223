/** This file makes spans of OpenTelemetry of the requests and holds of a process, which the engines publish on diagnostics channels. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { BadOptionError } from '../base/errors.ts'
import { messageOf } from '../base/message-of.ts'
import type { AcquireTrace, HoldTrace } from '../port/diagnostics.ts'

/** The status of a span. */
export interface LockSpanStatus {
  /** 2 is an error. */
  code: number
  /** What happened. */
  message?: string
}

/** Options of a span. */
export interface LockSpanOptions {
  /** The attributes from the start. */
  attributes: Record<string, string | number | boolean>
}

/** What is needed of a span of `@opentelemetry/api`. */
export interface LockSpan {
  /** Adds one attribute. */
  setAttribute(key: string, value: string | number | boolean): unknown
  /** Sets the status. */
  setStatus(status: LockSpanStatus): unknown
  /** Ends the span. */
  end(): void
}

/** What is needed of a tracer of `@opentelemetry/api`. */
export interface LockTracer {
  /** Starts a span, below the one that is active. */
  startSpan(name: string, options: LockSpanOptions): LockSpan
}

interface Open {
  readonly span: LockSpan
  /** Runs a function where the request was made, so that the span of the hold has the parent that the span of the wait has. */
  readonly within: (run: () => void) => void
}

/**
 * Makes spans of all locks of this process, of every engine: `holdfast.acquire` from the request to its outcome, and `holdfast.hold` from the grant to the release or the
 * loss. Both are children of the span that is active where the request is made. Attributes: `holdfast.lock`, `holdfast.client`, `holdfast.call`, `holdfast.outcome`, and for holds
 * `holdfast.mode` and `holdfast.fence` (a string). A span of a failed request or a lost hold has the status error and `error.type`, the code.
 *
 * The returned function ends it. An error of the tracer becomes a warning of the process, and no lock is touched.
 *
 * @throws BAD_OPTION if `tracer` is none.
 * @example
 * import { trace } from '@opentelemetry/api'
 * const stop = lockSpans(trace.getTracer('locks'))
 */
export function lockSpans(tracer: LockTracer): () => void {
  if (typeof tracer?.startSpan !== 'function')
    throw new BadOptionError('lockSpans takes a tracer of OpenTelemetry', { option: 'tracer' })
  const waits = new WeakMap<object, Open>()
  const holds = new WeakMap<object, LockSpan>()
  const handlers: readonly (readonly [string, (message: never) => void])[] = [
    [
      'tracing:holdfast:acquire:start',
      (trace: AcquireTrace) => {
        const attributes = attributesOf(trace)
        waits.set(trace, { span: tracer.startSpan('holdfast.acquire', { attributes }), within: AsyncLocalStorage.snapshot() })
      },
    ],
    [
      'tracing:holdfast:acquire:asyncEnd',
      (trace: AcquireTrace) => {
        const outcome = trace.result === undefined ? 'failed' : trace.result === null ? 'taken' : 'granted'
        end(waits.get(trace)?.span, outcome, trace)
      },
    ],
    [
      'tracing:holdfast:hold:start',
      (trace: HoldTrace) => {
        const { acquire, hold } = trace
        const attributes = { ...attributesOf(acquire), 'holdfast.mode': hold.mode, 'holdfast.fence': String(hold.fence) }
        waits.get(acquire)?.within(() => holds.set(trace, tracer.startSpan('holdfast.hold', { attributes })))
      },
    ],
    [
      'tracing:holdfast:hold:asyncEnd',
      (trace: HoldTrace) => end(holds.get(trace), 'error' in trace ? 'lost' : 'released', trace),
    ],
  ]
  const guarded = handlers.map(([name, handle]) => [name, guard(handle)] as const)
  for (const [name, handle] of guarded) subscribe(name, handle)
  return () => {
    for (const [name, handle] of guarded) unsubscribe(name, handle)
  }
}

function attributesOf({ client, lock, call }: AcquireTrace): Record<string, string> {
  return { 'holdfast.client': client, 'holdfast.lock': String(lock), 'holdfast.call': call }
}

function end(span: LockSpan | undefined, outcome: string, trace: { readonly error?: unknown }): void {
  if (span === undefined) return
  span.setAttribute('holdfast.outcome', outcome)
  if ('error' in trace) {
    span.setAttribute('error.type', (trace.error as { readonly code?: string } | undefined)?.code ?? 'error')
    span.setStatus({ code: 2, message: messageOf(trace.error) })
  }
  span.end()
}

/** An exception in a subscriber would end the process. */
function guard(handle: (message: never) => void): (message: unknown) => void {
  return (message) => {
    try {
      handle(message as never)
    } catch (error) {
      process.emitWarning(`the tracer of lockSpans threw: ${messageOf(error)}`, 'HoldfastWarning')
    }
  }
}
