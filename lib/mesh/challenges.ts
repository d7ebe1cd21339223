/**
 * This file keeps the handshakes that this node has answered and that are not completed. Each answer can be used once, and only
 * for a short time.
 */
import type { Answer, Hello } from './handshake.ts'

/** A hello that was answered, until its upgrade comes. */
export interface Challenge {
  readonly hello: Hello
  readonly answer: Answer
  readonly expiresAtMs: number
}

/**
 * The answers that were given and not used yet, by their nonce. Each can be used once and for a short time, and their number is
 * bounded, so a flood of hellos is refused. A hello that waits already is a recording that was sent again.
 */
export class Challenges {
  private readonly waiting = new Map<string, Challenge>()
  private readonly hellos = new Set<string>()
  private readonly lifetimeMs: number
  private readonly waitingMax: number

  constructor(lifetimeMs: number, waitingMax: number) {
    this.lifetimeMs = lifetimeMs
    this.waitingMax = waitingMax
  }

  /** Returns false if there is no room, or the same hello waits. */
  add(hello: Hello, answer: Answer, nowMs: number): boolean {
    // In order of time, so the expired are in front.
    for (const [nonce, challenge] of this.waiting) {
      if (challenge.expiresAtMs > nowMs) break
      this.forget(nonce, challenge)
    }
    if (this.waiting.size >= this.waitingMax || this.hellos.has(hello.nonce)) return false
    this.hellos.add(hello.nonce)
    this.waiting.set(answer.nonce, { hello, answer, expiresAtMs: nowMs + this.lifetimeMs })
    return true
  }

  /** Removes and returns the challenge of this nonce; null without one, or if it is too old. */
  take(nonce: string, nowMs: number): Challenge | null {
    const challenge = this.waiting.get(nonce)
    if (challenge === undefined) return null
    this.forget(nonce, challenge)
    return challenge.expiresAtMs > nowMs ? challenge : null
  }

  private forget(nonce: string, { hello }: Challenge): void {
    this.waiting.delete(nonce)
    this.hellos.delete(hello.nonce)
  }
}
