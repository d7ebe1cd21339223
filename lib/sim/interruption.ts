/**
 * What may come between two steps of a process's call of its directory or its state folder. A real process makes several system
 * calls for each of them, and can be killed or stopped between any two. Here each call has a step before its effect and a step
 * after it. A process that dies there throws `DiedInCall` through its own code, up to where the simulation had called it. What
 * this code does on the way has no effect.
 */

/** Called at each step; throws `DiedInCall` when the process is dead. */
export type CallSteps = () => void

/** The steps of a process that nothing interrupts. */
export const uninterrupted: CallSteps = () => undefined

/** The process that made a call is dead: the rest of its code does not run. */
export class DiedInCall extends Error {
  /** The process. */
  readonly victim: object

  constructor(victim: object, place: string) {
    super(`the process ${place} died in the middle of a call`)
    this.victim = victim
  }
}

/** The interruptions that wait for their steps, first come, first served: a step is counted for one of them. */
export class Interruptions {
  private readonly waiting: { stepsLeft: number; readonly strike: () => void }[] = []

  /** Strikes at the so-manieth step from now on, or from when those before it have struck. */
  add(steps: number, strike: () => void): void {
    this.waiting.push({ stepsLeft: steps, strike })
  }

  /** One step; what is due strikes. */
  step(): void {
    const [next] = this.waiting
    if (next === undefined || --next.stepsLeft > 0) return
    this.waiting.shift()
    next.strike()
  }

  clear(): void {
    this.waiting.length = 0
  }
}
