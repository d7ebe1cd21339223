/**
 * This file holds one question to an actor from its arrival to its single answer, and turns a failure into the error that the
 * asker receives.
 */
import { BadOptionError, ClosedError, FailedError, type HoldfastError, OverloadedError } from '../base/errors.ts'
import { plainBody } from './body.ts'
import type { Reply } from './actor.ts'

/** How a question ends that is not answered. */
export type AskFailure = 'FAILED' | 'CLOSED' | 'OVERLOADED'

/** How a question ended, as it travels. */
export interface Outcome {
  readonly ok: boolean
  /** Empty when `ok`. */
  readonly code: AskFailure | ''
  readonly body: unknown
}

const messageMax = 2_000
const reasonMax = 64

/** A question as its actor has it: answered once, by the first try. */
export class Question implements Reply {
  /** The handler said that the answer comes later. */
  isDeferred = false
  private settled = false
  private readonly answer: (outcome: Outcome) => void

  constructor(answer: (outcome: Outcome) => void) {
    this.answer = answer
  }

  get isSettled(): boolean {
    return this.settled
  }

  reply(answer: unknown): boolean {
    return this.settle({ ok: true, code: '', body: plainBody(answer, 'answer') })
  }

  fail(message: string, code?: string): boolean {
    if (typeof message !== 'string') throw new BadOptionError('fail takes a message as text', { option: 'message' })
    if (code !== undefined && typeof code !== 'string') throw new BadOptionError('the code of fail is a text', { option: 'code' })
    return this.reject('FAILED', message, { definite: false, ...(code === undefined ? {} : { reason: code }) })
  }

  /** `definite`: the actor certainly never saw the message. */
  reject(code: AskFailure, message: string, details: { readonly definite: boolean; readonly reason?: string }): boolean {
    const reason = details.reason === undefined ? undefined : wellFormed(details.reason.slice(0, reasonMax))
    const body = { message: wellFormed(message.slice(0, messageMax)), reason, definite: details.definite }
    return this.settle({ ok: false, code, body })
  }

  private settle(outcome: Outcome): boolean {
    if (this.settled) return false
    this.settled = true
    this.answer(outcome)
    return true
  }
}

/** A cut may go through the middle of a character, which would then arrive as another on the wire and unchanged without it. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd')
}

/** The error that an answer speaks of. It came from a peer, so an unknown code becomes FAILED. */
export function errorOf(code: string, body: unknown): HoldfastError {
  const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  const { message, reason, definite } = fields
  const Kind = code === 'CLOSED' ? ClosedError : code === 'OVERLOADED' ? OverloadedError : FailedError
  return new Kind(typeof message === 'string' ? message : 'the actor failed', {
    definite: definite === true,
    ...(typeof reason === 'string' ? { reason } : {}),
  })
}
