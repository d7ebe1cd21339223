import { unreachable } from '../../lib/base/assert.ts'
import type { FaultKind } from './swarm-plan.ts'
import type { Process, Stage } from './swarm-stage.ts'

/** What goes wrong, one fault after the other, until the phase of faults is over. */
export class FaultMaker {
  private readonly stage: Stage

  constructor(stage: Stage) {
    this.stage = stage
  }

  begin(): void {
    const { stage } = this
    const again = (): void =>
      stage.later(1 + stage.random.below(2 * stage.plan.faultEveryMs), () => {
        if (stage.phase !== 'faults') return
        this.next()
        again()
      })
    again()
  }

  private next(): void {
    const { plan, random, judge, living } = this.stage
    const kind = plan.kinds[random.below(plan.kinds.length)]
    // Whoever is inside is worth more trouble than who is not.
    const holder = living.find(({ name }) => random.below(2) === 0 && judge.holders.has(name))
    const victim = holder ?? living[random.below(living.length)]
    // Shorter than a session, or up to some sessions.
    const durationMs = random.below(plan.sessionMs * (random.below(2) === 0 ? 4 : 1))
    if (kind === undefined) return
    if (kind === 'start') {
      if (living.length < plan.hosts.length) this.stage.start(plan.hosts[random.below(plan.hosts.length)] as string)
    } else if (victim !== undefined) this.happens(kind, victim, durationMs)
  }

  private happens(kind: Exclude<FaultKind, 'start'>, victim: Process, durationMs: number): void {
    const { stage } = this
    const { plan, random, living, simulation } = stage
    const { world, name, node } = victim
    stage.count(kind)
    switch (kind) {
      case 'crash':
        return stage.crash(victim, false)
      case 'silentCrash':
        return stage.crash(victim, true)
      case 'pause':
        if (world.isPaused) return
        stage.tell(name, `pauses for ${durationMs}`)
        stage.pause(victim)
        return stage.later(durationMs, () => stage.resume(victim))
      case 'suspend':
        stage.tell(world.host.name, `sleeps for ${durationMs}`)
        stage.suspend(world.host.name)
        return stage.later(durationMs, () => stage.wake(world.host.name))
      case 'partition': {
        const places = living.map((each) => stage.placeOf(each)).filter((place) => place !== '')
        // Half of them cut off one, the others draw a side for each.
        const isAlone = random.below(2) === 0
        const side = places.filter((place) => (isAlone ? place === stage.placeOf(victim) : random.below(2) === 0))
        return this.partition(
          side,
          places.filter((place) => !side.includes(place)),
          durationMs,
        )
      }
      case 'stall':
      case 'cut': {
        const from = stage.placeOf(victim)
        const to = stage.placeOf(living[random.below(living.length)] as Process)
        if (from === '' || to === '' || from === to) return
        if (kind === 'stall') return this.stall(from, to, durationMs)
        stage.tell('*', `cut ${from} ${to}`)
        return simulation.network.faults.cut(from, to)
      }
      case 'jump': {
        const byMs = plan.mayJumpBack ? random.below(600) - 300 : random.below(300)
        stage.tell(world.host.name, `wall clock jumps by ${byMs}`)
        return world.host.clock.jumpWall(byMs)
      }
      case 'close':
        if (node !== null && !world.isPaused) void stage.close(victim, node)
        return
      default:
        return unreachable(kind)
    }
  }

  private partition(side: readonly string[], other: readonly string[], durationMs: number): void {
    const { stage } = this
    const { faults } = stage.simulation.network
    stage.tell('*', `partition ${side} | ${other} for ${durationMs}`)
    faults.partition(side, other)
    stage.later(durationMs, () => {
      stage.tell('*', `heal ${side} | ${other}`)
      faults.heal(side, other)
    })
  }

  private stall(from: string, to: string, durationMs: number): void {
    const { stage } = this
    const { faults } = stage.simulation.network
    stage.tell('*', `stall ${from} to ${to} for ${durationMs}`)
    faults.stall(from, to)
    stage.later(durationMs, () => faults.resume(from, to))
  }
}
