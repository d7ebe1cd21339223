/** This file makes the reports of a node about itself, for its own user and for peers and observers that ask. */
import type { OwnerWait } from '../port/waits.ts'
import { explainFailover, type Failover } from './explain.ts'
import type { Life } from './life.ts'
import { algorithmNameOf } from './options.ts'
import type { Answers } from './questions.ts'
import { recoveryAnswer } from './recovery.ts'
import type { LockAnswer } from './reports.ts'
import { unguardedAdvice } from './unguarded.ts'

export class SelfReport implements Answers {
  private readonly life: Life

  constructor(life: Life) {
    this.life = life
  }

  members(): unknown {
    const { tenure, settings } = this.life
    const view = tenure?.views.view ?? null
    const members = (view?.members ?? []).map(({ id, address, since }) => ({
      id,
      address,
      since,
      state: tenure?.membership.stateOf(id) ?? 'alive',
    }))
    return { cluster: settings.cluster, epoch: view?.epoch ?? 0, members }
  }

  locks(pattern: string): LockAnswer {
    return this.life.tenure?.locks.query(pattern) ?? { held: [], pending: [], cached: [] }
  }

  waits(): readonly OwnerWait[] {
    return this.life.requests.waits()
  }

  /** By when a lock is granted again after a failure, and what would change it. */
  explain(lock: string): Failover | null {
    const { tenure, settings, address } = this.life
    const view = tenure?.views.view ?? null
    if (tenure === null || view === null) return null
    const failover = explainFailover(lock, algorithmNameOf(view.config, lock), view, settings.profile, tenure.blindSpot)
    const unguarded = unguardedAdvice(settings, address)
    const advice = [...failover.advice, ...tenure.obstacles.advice, ...(unguarded === null ? [] : [unguarded])]
    return { ...failover, advice }
  }

  recover(join: readonly string[]): unknown {
    return recoveryAnswer(this.life.recovery.give(join))
  }
}
