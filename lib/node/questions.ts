/** This file sends questions to other nodes and answers theirs: who is a member, who holds a lock, and who waits for it. */
import type { Mail } from '../world/runtime.ts'
import type { TimerHandle, World } from '../world/world.ts'
import { unreachable } from '../base/assert.ts'
import { withJson } from '../base/shown.ts'
import type { NodeId } from '../base/ids.ts'
import type { Message, MessageOf } from '../wire/messages.ts'
import { copyPlain } from '../wire/plain-data.ts'
import { placed } from '../port/places.ts'
import type { ClientWaits, OwnerWait } from '../port/waits.ts'
import { fitLockAnswer, type LockAnswer, type LockReport, readLockAnswer } from './reports.ts'
import { fitWaitsAnswer, readWaitsAnswer } from './waits-answer.ts'

/** What this node can answer about itself. */
export interface Answers {
  members(): unknown
  locks(pattern: string): LockAnswer
  /** Requests of owners that have other locks. */
  waits(): readonly OwnerWait[]
  /** By when that lock is granted again after a failure; null before there is a view. */
  explain(lock: string): unknown
  /** A survivor's answer to a shorter join list. */
  recover(join: readonly string[]): unknown
}

type What = MessageOf<'query.ask'>['what']

/** How long a report waits for a member's answer. */
export const answerWaitMs = 2000

/** Questions between nodes, and from observers: who is a member, who holds and who waits. */
export class Questions {
  private readonly world: World
  private readonly mail: Mail
  private readonly answers: Answers
  private readonly open = new Map<number, { peer: NodeId; settle(answer: unknown): void }>()
  private sequence = 0

  constructor(world: World, mail: Mail, answers: Answers) {
    this.world = world
    this.mail = mail
    this.answers = answers
  }

  /** The answer of one peer, or undefined if none came in time. */
  ask(peer: NodeId, what: What, pattern: string): Promise<unknown> {
    return this.put(peer, (sequence) => ({ type: 'query.ask', sequence, what, pattern }))
  }

  /** The same for an order to found with a shorter join list. */
  recover(peer: NodeId, join: readonly string[]): Promise<unknown> {
    return this.put(peer, (sequence) => ({ type: 'recover.found', sequence, join }))
  }

  private put(peer: NodeId, question: (sequence: number) => Message): Promise<unknown> {
    return new Promise((resolve) => {
      const sequence = ++this.sequence
      const settle = (answer: unknown): void => {
        this.open.delete(sequence)
        this.world.clearTimer(timer)
        resolve(answer)
      }
      const timer: TimerHandle = this.world.setTimer(answerWaitMs, () => settle(undefined))
      this.open.set(sequence, { peer, settle })
      this.mail.send(peer, question(sequence))
    })
  }

  /** The locks of all these members in one report. */
  async askAll(members: readonly NodeId[], pattern: string): Promise<LockReport> {
    const self = this.mail.self()
    const raw = await Promise.all(members.map((id) => (id === self ? this.ownLocks(pattern) : this.ask(id, 'locks', pattern))))
    const answers = raw.map((answer) => (answer === undefined ? undefined : readLockAnswer(answer)))
    return withJson({
      held: answers.flatMap((answer) => answer?.held ?? []),
      pending: placed(answers.flatMap((answer) => answer?.pending ?? [])),
      cached: answers.flatMap((answer) => answer?.cached ?? []),
      unanswered: members.filter((_, index) => answers[index] === undefined),
      truncated: members.filter((_, index) => answers[index]?.cut === true),
    })
  }

  /** The waits of the owners of all these members but this one. Members that do not answer in time are left out. */
  async askWaits(members: readonly NodeId[]): Promise<readonly ClientWaits[]> {
    const others = members.filter((id) => id !== this.mail.self())
    return await Promise.all(
      others.map(async (client) => ({ client, waits: readWaitsAnswer(await this.ask(client, 'waits', '*')) })),
    )
  }

  /** This node's own locks, for a reader here: bytes in a holder's `meta` are copied for the reader, as for answers of others. */
  private ownLocks(pattern: string): LockAnswer {
    const answer = this.answers.locks(pattern)
    const copied = <Row extends { readonly meta: unknown }>(row: Row): Row => ({ ...row, meta: copyPlain(row.meta, 'meta') })
    return { ...answer, held: answer.held.map(copied), pending: answer.pending.map(copied) }
  }

  receive(from: NodeId, message: MessageOf<'query.ask'> | MessageOf<'query.answer'> | MessageOf<'recover.found'>): void {
    if (message.type === 'query.answer') {
      const question = this.open.get(message.sequence)
      if (question?.peer === from) question.settle(message.answer)
      return
    }
    this.mail.send(from, { type: 'query.answer', sequence: message.sequence, answer: this.answerTo(message) })
  }

  private answerTo(message: MessageOf<'query.ask'> | MessageOf<'recover.found'>): unknown {
    if (message.type === 'recover.found') return this.answers.recover(message.join)
    switch (message.what) {
      case 'members':
        return this.answers.members()
      case 'locks':
        return fitLockAnswer(this.answers.locks(message.pattern))
      case 'waits':
        return fitWaitsAnswer(this.answers.waits())
      case 'explain':
        return this.answers.explain(message.pattern)
      default:
        return unreachable(message.what)
    }
  }

  /** A peer that is gone will not answer. */
  peerGone(peer: NodeId): void {
    for (const question of [...this.open.values()]) if (question.peer === peer) question.settle(undefined)
  }

  /** Settles all open questions, without an answer. */
  reset(): void {
    for (const question of [...this.open.values()]) question.settle(undefined)
  }
}
