/** This file makes the faults of a plan happen, each at its time or on its trigger, and undoes them. */
import { unreachable } from '../../base/assert.ts'
import { isQuorum } from '../../view/successor.ts'
import type { FaultPlan, Place, Trigger } from './plan.ts'
import type { Process } from './process.ts'
import type { Stage } from './stage.ts'

/** Undoes a fault. */
type Undo = () => void
type Sides = readonly (readonly string[])[]

const nothing: Undo = () => undefined

/** Brings the plan's faults about, each at its time or on its trigger, and undoes them. */
export class FaultMaker {
  private readonly stage: Stage
  /** Those that wait for their trigger. */
  private readonly armed = new Map<Trigger, FaultPlan[]>()
  private readonly active = new Map<number, Undo>()
  private faults = 0

  constructor(stage: Stage) {
    this.stage = stage
  }

  begin(): void {
    const { stage, armed } = this
    for (const fault of stage.plan.faults) {
      stage.later(fault.atMs, () => {
        const { on } = fault
        if (on === undefined) return this.befall(fault, undefined)
        const others = armed.get(on)
        if (others === undefined) armed.set(on, [fault])
        else others.push(fault)
      })
    }
    stage.onTrigger = (trigger, process) => this.triggered(trigger, process)
  }

  /** Nothing fails any more. */
  end(): void {
    this.armed.clear()
    for (const undo of [...this.active.values()]) undo()
    this.stage.simulation.network.faults.end()
  }

  private triggered(trigger: Trigger, subject: Process): void {
    const faults = this.armed.get(trigger)
    if (faults === undefined) return
    this.armed.delete(trigger)
    // The process is not interrupted in the middle of its own code.
    for (const fault of faults) this.stage.later(fault.afterMs ?? 0, () => this.befall(fault, subject))
  }

  private befall(fault: FaultPlan, subject: Process | undefined): void {
    if (this.stage.phase !== 'faults') return
    const victim = this.victimOf(fault, subject)
    if (victim === undefined) return
    if (fault.kind === 'crashInCall' || fault.kind === 'pauseInCall')
      victim.world.interrupt(fault.amount, () => this.strike(fault, victim))
    else this.strike(fault, victim)
  }

  private strike(fault: FaultPlan, victim: Process): void {
    if (this.stage.phase !== 'faults' || victim.state === 'gone') return
    const number = ++this.faults
    const { recorder } = this.stage
    const { kind } = fault
    const undo = this.happens(fault, victim, (sides, what) => {
      const text = `${victim.name} ${what}`.trim()
      recorder.add({ type: 'fault', fault: number, kind, over: false, text, ...this.sidesOf(sides) })
    })
    if (undo === null) return
    this.active.set(number, () => {
      if (!this.active.delete(number)) return
      undo()
      recorder.add({ type: 'fault', fault: number, kind, over: true })
    })
    this.stage.later(fault.durationMs, () => this.active.get(number)?.())
  }

  private victimOf({ victim, place }: FaultPlan, subject: Process | undefined): Process | undefined {
    const { living, recorder } = this.stage
    const candidates = living.filter((each) => each.world.isAlive)
    if (victim === 'subject' && subject?.world.isAlive === true && subject.state !== 'gone') return subject
    if (victim === 'holder') {
      const holders = candidates.filter(({ name }) => recorder.isInside(name))
      if (holders.length > 0) return holders[place % holders.length]
    }
    return this.stage.at(place)
  }

  /** Does it, telling so first; null when there was nothing to be done. */
  private happens(fault: FaultPlan, victim: Process, tell: (sides: Sides, text: string) => void): Undo | null {
    const { stage } = this
    const { durationMs, amount } = fault
    const { world, place } = victim
    switch (fault.kind) {
      case 'crash':
      case 'silentCrash':
      case 'restart':
      case 'crashInCall':
        tell([], `${fault.kind === 'crashInCall' ? 'dies in the middle of a call, ' : ''}away for ${durationMs} ms`)
        stage.crash(victim, fault.kind === 'silentCrash')
        return () => stage.start(place)
      case 'leave': {
        if (victim.node === null || victim.state !== 'running' || world.isPaused) return null
        tell([], `away for ${durationMs} ms, with a drain of ${amount} ms`)
        void stage.close(victim, victim.node, amount).then(() => stage.later(durationMs, () => stage.start(place)))
        return nothing
      }
      case 'pause':
        if (world.isPaused) return null
        tell([], `for ${durationMs} ms`)
        stage.pause(victim)
        return () => stage.resume(victim)
      case 'pauseInCall':
        tell([], `stands still in the middle of a call for ${durationMs} ms`)
        stage.pauseInCall(victim)
        return () => stage.resume(victim)
      case 'suspend':
      case 'vmPause':
        if (stage.isSuspended(world.host.name)) return null
        tell([], `host ${world.host.name} for ${durationMs} ms`)
        stage.suspend(world.host.name, fault.kind === 'vmPause')
        return () => stage.wake(world.host.name)
      case 'freeze':
        if (stage.isSuspended(world.host.name)) return null
        tell([], `host ${world.host.name} for ${durationMs} ms`)
        world.host.clock.suspend()
        return () => {
          if (!stage.isSuspended(world.host.name)) world.host.clock.wake()
        }
      case 'jump':
        // Set back by just as much as it stood still, it would have no clock left that tells at a glance.
        if (amount < 0 && world.host.clock.standsStill) return null
        tell([], `by ${amount} ms`)
        world.host.clock.jumpWall(amount)
        return nothing
      case 'drift':
        tell([], `to a rate of ${amount}`)
        world.host.clock.drift(amount)
        return () => world.host.clock.drift((stage.plan.places[place] as Place).rate)
      case 'lateTimers':
        tell([], `by up to ${amount} ms for ${durationMs} ms`)
        world.lateTimers(amount)
        return () => world.lateTimers(0)
      case 'slow':
        tell([], `${amount} ms for each task, for ${durationMs} ms`)
        world.slow(amount)
        return () => world.slow(0)
      case 'fullDisk': {
        const { vaults } = world.host
        if (!stage.plan.keepsVotes || vaults.isFull) return null
        tell([], `host ${world.host.name} for ${durationMs} ms`)
        vaults.isFull = true
        return () => {
          vaults.isFull = false
        }
      }
      case 'abort':
        if (victim.waiting.size === 0) return null
        tell([], `gives up ${victim.waiting.size} calls`)
        for (const aborter of [...victim.waiting.values()]) world.deliver(() => aborter?.abort())
        return nothing
      case 'isolate':
      case 'halves':
      case 'bridge':
      case 'asymmetric':
      case 'flapping':
      case 'stall':
      case 'cut':
      case 'loss':
      case 'duplicate':
      case 'reorder':
      case 'delay':
      case 'lateAnswers':
        return this.disturb(fault, victim, tell)
      default:
        return unreachable(fault.kind)
    }
  }

  /** Who is on which side, and which of them has the majority of the list. */
  private sidesOf(sides: Sides): { readonly sides?: Sides; readonly majority?: number | null } {
    if (sides.length === 0) return {}
    const { plan, processes } = this.stage
    const listed = plan.places.filter((place) => place.listed).map(({ host }) => host)
    if (listed.length === 0) return { sides }
    const hostsOf = (side: readonly string[]): Set<string> =>
      new Set(processes.filter(({ name }) => side.includes(name)).map(({ world }) => world.host.name))
    const majority = sides.findIndex((side) => {
      const hosts = hostsOf(side)
      return isQuorum(listed, (i) => hosts.has(listed[i] as string))
    })
    return { sides, majority: majority < 0 ? null : majority }
  }

  /** What happens between processes. */
  private disturb(fault: FaultPlan, victim: Process, tell: (sides: Sides, text: string) => void): Undo | null {
    const { stage } = this
    const { faults } = stage.simulation.network
    const { amount, durationMs } = fault
    const self = this.addressOf(victim)
    if (self === '') return null
    const peers = stage.living.filter((each) => each !== victim && this.addressOf(each) !== '')
    const chosen = peers.filter(({ place }) => fault.others.includes(place))
    const rest = peers.filter((each) => !chosen.includes(each))
    const namesOf = (some: readonly Process[]): string[] => some.map(({ name }) => name)
    const placesOf = (some: readonly Process[]): string[] => some.map((each) => this.addressOf(each))
    const parted = (one: readonly Process[], other: readonly Process[]): Undo => {
      tell([namesOf(one), namesOf(other)], `for ${durationMs} ms`)
      return faults.partition(placesOf(one), placesOf(other))
    }
    switch (fault.kind) {
      case 'isolate': {
        if (peers.length === 0) return null
        const heal = parted([victim], peers)
        victim.isCutOff = true
        return () => {
          victim.isCutOff = false
          heal()
        }
      }
      case 'halves':
        return rest.length === 0 ? null : parted([victim, ...chosen], rest)
      case 'bridge':
        return chosen.length === 0 || rest.length === 0 ? null : parted(chosen, rest)
      case 'flapping':
        return chosen.length === 0 ? null : this.flap(fault, self, placesOf(chosen), tell)
      case 'stall':
      case 'asymmetric': {
        const isOut = fault.kind === 'stall'
        if (chosen.length === 0) return null
        const ways = placesOf(chosen).map((other): [string, string] => (isOut ? [self, other] : [other, self]))
        tell([], `nothing ${isOut ? 'to' : 'from'} ${namesOf(chosen)} for ${durationMs} ms`)
        const undos = ways.map(([from, to]) => faults.stall(from, to))
        return () => {
          for (const undo of undos) undo()
        }
      }
      case 'delay': {
        const others = chosen.length === 0 ? ['*'] : placesOf(chosen)
        // Below zero it is the way back, on which answers come.
        const isBack = amount < 0
        tell([], `${Math.abs(amount)} ms ${isBack ? 'from' : 'to'} ${others} for ${durationMs} ms`)
        const delay = (other: string, ms: number): void => faults.delay(isBack ? other : self, isBack ? self : other, ms)
        for (const other of others) delay(other, Math.abs(amount))
        return () => {
          for (const other of others) delay(other, 0)
        }
      }
      case 'lateAnswers': {
        const others = placesOf(peers)
        tell([], `hears everything ${amount} ms late, for ${durationMs} ms`)
        for (const other of others) faults.lag(other, self, amount)
        victim.hearsLate = true
        return () => {
          victim.hearsLate = false
          for (const other of others) faults.lag(other, self, 0)
        }
      }
      case 'cut':
        tell([], `from ${namesOf(chosen)}`)
        for (const other of placesOf(chosen)) faults.cut(self, other)
        return nothing
      case 'loss':
      case 'duplicate':
      case 'reorder': {
        tell([], `of ${amount} of its frames for ${durationMs} ms`)
        const deed = ({ loss: 'lose', duplicate: 'duplicate', reorder: 'reorder' } as const)[fault.kind]
        faults[deed](self, '*', amount)
        return () => faults[deed](self, '*', 0)
      }
      default:
        return null
    }
  }

  /** Parted and together again, six times. */
  private flap(fault: FaultPlan, self: string, others: readonly string[], tell: (sides: Sides, text: string) => void): Undo {
    const { faults } = this.stage.simulation.network
    let isOver = false
    let undo: Undo = nothing
    const flip = (isParted: boolean): void => {
      if (isOver) return
      undo()
      undo = isParted ? faults.partition([self], others) : nothing
      this.stage.later(1 + fault.durationMs / 12, () => flip(!isParted))
    }
    tell([], `${self} and ${others} for ${fault.durationMs} ms`)
    flip(true)
    return () => {
      isOver = true
      undo()
    }
  }

  /** How the network's faults name a process; empty when it has no place yet. */
  private addressOf({ world, node }: Process): string {
    return this.stage.plan.register === 'quorum' ? world.host.name : (node?.address ?? '')
  }
}
