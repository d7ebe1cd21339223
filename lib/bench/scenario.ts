/** This file declares what a scenario of the bench is given and gives, and measures the round trips that its rows are compared with. */
import { median } from '../observe/statistics.ts'
import type { Group } from './group.ts'
import type { PhaseTimes } from './phases.ts'
import type { BenchProfile, BenchRow, Contestant } from './rows.ts'
import type { Servers } from './servers.ts'

/** A scenario's rows and profiles, and the round trips of bare `ws` measured in between. */
export interface ScenarioResult {
  readonly rows: readonly BenchRow[]
  readonly wsMs: Float64Array
  readonly profiles: readonly BenchProfile[]
}

/** What is measured, on how many processes and for how long. */
export interface ScenarioSetup extends PhaseTimes {
  /** The floor is the first of them. */
  readonly contestants: readonly Contestant[]
  readonly processes: number
  readonly servers: Servers
  /** Where profiles are written; undefined if none are wanted. */
  readonly profileFolder: string | undefined
  /** Told what is being measured. */
  progress(text: string): void
}

const warmUpRounds = 500
const rounds = 100

/** Bare round trips between two processes of the floor, taken between the other measurements. */
export class WsSamples {
  private readonly floor: Group | undefined
  private readonly samples: Float64Array[] = []

  constructor(groups: readonly Group[]) {
    this.floor = groups.find(({ contestant }) => contestant.system === 'floor')
  }

  /** Makes rounds that do not count, and the first ones that do. */
  async warmUp(): Promise<void> {
    await this.floor?.first.call('wsRounds', warmUpRounds)
    await this.take()
  }

  async take(): Promise<void> {
    if (this.floor !== undefined) this.samples.push(await this.floor.first.call('wsRounds', rounds))
  }

  get all(): Float64Array {
    return Float64Array.from(this.samples.flatMap((ms) => [...ms]))
  }

  get medianMs(): number {
    return median(this.all)
  }
}
