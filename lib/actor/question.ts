/**
 * This file holds one question to an actor from its arrival to its single answer, and turns a failure into the error that the
 * asker receives.
 */
import { BadOptionError, ClosedError, FailedError, type HoldfastError, OverloadedError } from '../base/errors.ts'
import { plainBody } from './body.ts'
import type { Reply } from './actor.ts'

/** How a question ends without an answer. */
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

/** A question at the asked actor: only the first answer counts. */
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
    if (typeof message !== 'string') throw new BadOptionError('fail needs a message that is a string', { option: 'message' })
    if (code !== undefined && typeof code !== 'string')
      throw new BadOptionError('the code of fail must be a string', { option: 'code' })
    return this.reject('FAILED', message, { definite: false, ...(code === undefined ? {} : { reason: code }) })
  }

  /** `definite`: it is certain that the actor never saw the message. */
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

/** A cut in the middle of a character would change that character on the wire, but not without the wire. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd')
}

/** The error of an answer. It came from a peer, so an unknown code becomes FAILED. */
export function errorOf(code: string, body: unknown): HoldfastError {
  const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  const { message, reason, definite } = fields
  const Kind = code === 'CLOSED' ? ClosedError : code === 'OVERLOADED' ? OverloadedError : FailedError
  return new Kind(typeof message === 'string' ? message : 'the actor failed', {
    definite: definite === true,
    ...(typeof reason === 'string' ? { reason } : {}),
  })
}
