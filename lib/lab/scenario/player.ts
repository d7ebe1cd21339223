/**
 * Plays a scenario: takes its steps one by one, interventions in their places, and records them. A step goes up to the next
 * visible event; an invisible one (a load that waits for quiet) belongs to the step that follows.
 */
import type { NodeId } from '../../base/ids.ts'
import type { Body } from '../../mutex/contract.ts'
import { Arena } from '../arena/arena.ts'
import { delayLaw } from '../arena/delays.ts'
import type { Due } from '../arena/due-queue.ts'
import { loadOf, usersRandom } from '../arena/loads.ts'
import type { Seat } from '../arena/seat.ts'
import type { Intervention } from './interventions.ts'
import { Recorder } from './recorder.ts'
import type { Recording } from './recording.ts'
import { type FindAlgorithm, findAlgorithm } from './registry.ts'
import { checkedScenario, type Scenario, scenarioLimits } from './scenario.ts'
import { doneText } from './words.ts'

/** Events in a row that are not shown, after which nothing more is expected. */
const unseenMax = 10_000

/** A run of a scenario, as far as it has been played. */
export class Player {
  readonly scenario: Scenario
  private readonly arena: Arena<Body>
  private readonly recorder: Recorder<Body>
  private nextIntervention = 0
  private isOver = false

  /** @throws BAD_OPTION for a scenario that cannot be played, or an algorithm that is not found. */
  constructor(scenario: Scenario, find: FindAlgorithm = findAlgorithm) {
    this.scenario = checkedScenario(scenario)
    const { algorithm, nodes, delay, seed, load, isFifo, loss, sectionT, users } = scenario
    const kind = find(algorithm)
    const law = delayLaw(delay)
    const lengthT = sectionT ?? Number.POSITIVE_INFINITY
    const arena = new Arena<Body>({ kind, nodes, delay: law, seed, sectionT: lengthT, unordered: !isFifo, loss })
    this.arena = arena
    this.recorder = new Recorder(arena)
    if (load === 'hands') return
    const come = (): number => arena.seats.reduce((sum, seat) => sum + seat.requests + seat.backlog.length, 0)
    const sent = { random: usersRandom(seed), sectionT: sectionT ?? 1, mayGoOn: () => come() < users }
    const visits = loadOf(load).start(arena, sent)
    const { listener } = arena
    const { left } = listener
    listener.left = (seat, request) => {
      left?.(seat, request)
      visits.left?.(seat)
    }
  }

  /** Steps taken. */
  get position(): number {
    return this.recorder.writer.step - 1
  }

  /** What was recorded; it grows with each step. */
  recording(): Recording {
    return this.recorder.recording(this.isOver && this.nextIntervention >= this.scenario.interventions.length)
  }

  /** Takes the next step; false if the run is over. */
  step(): boolean {
    if (this.position >= scenarioLimits.steps) this.isOver = true
    const placed = this.scenario.interventions[this.nextIntervention]
    if (placed !== undefined && (placed.after <= this.position || this.isOver)) {
      this.nextIntervention++
      return this.guarded(doneText(placed.do), () => this.perform(placed.do))
    }
    if (this.isOver) return false
    const { size, underWay } = this.recorder
    const landed = underWay.size
    const moved = this.guarded('', () => {
      for (let unseen = 0; unseen < unseenMax; unseen++) {
        if (!this.arena.step()) break
        if (this.recorder.size > size || underWay.size !== landed) return true
      }
      return false
    })
    if (moved || this.finish()) return true
    return this.nextIntervention < this.scenario.interventions.length && this.step()
  }

  /** Plays on until so many steps have been taken; false when there were not so many. */
  playTo(steps: number): boolean {
    while (this.position < steps) if (!this.step()) return false
    return true
  }

  /** Runs it as one step. What an algorithm throws is the end of the run, and told as one of its own moves. */
  private guarded(done: string, act: () => boolean): boolean {
    let moved: boolean
    try {
      moved = act()
    } catch (error) {
      const text = `the algorithm fails: ${error instanceof Error ? error.message : String(error)}`
      this.recorder.breach({ property: 'wrong move', text })
      this.isOver = true
      moved = true
    }
    if (moved) this.recorder.endStep(done)
    return moved
  }

  /**
   * Nothing is left to happen: a node that waits now waits for ever, unless another can still be led out or resumed. True when that is
   * to be seen.
   */
  private finish(): boolean {
    this.isOver = true
    const { seats } = this.arena
    const canGoOn = seats.some((seat) => seat.state === 'inside' || (seat.isPaused && !seat.isCrashed))
    const waiting = seats.filter((seat) => seat.state === 'waiting' && !seat.isCrashed)
    if (waiting.length === 0 || canGoOn) return false
    const names = waiting.map(({ id }) => id).join(', ')
    this.recorder.breach({ property: 'liveness', text: `${names} ${waiting.length === 1 ? 'waits' : 'wait'} for ever` })
    this.recorder.endStep('')
    return true
  }

  private perform(done: Intervention): true {
    const { arena, recorder } = this
    this.isOver = false
    switch (done.kind) {
      case 'request':
        this.ifAwake(done.node, (seat) => arena.arrive(seat))
        break
      case 'release':
        this.ifAwake(done.node, (seat) => arena.leave(seat))
        break
      case 'cancel':
        this.ifAwake(done.node, (seat) => {
          if (seat.state !== 'waiting') return
          recorder.at(seat, 'withdraws')
          recorder.writer.end(seat.index, 'waiting')
          arena.cancel(seat)
        })
        break
      case 'crash':
        this.ifAlive(done.node, (seat) => {
          recorder.at(seat, 'dies')
          recorder.writer.become(seat.index, ['gone'])
          arena.crash(seat)
        })
        break
      case 'pause':
        this.ifAwake(done.node, (seat) => {
          recorder.at(seat, 'pauses')
          recorder.writer.begin(seat.index, 'paused')
          arena.pause(seat)
        })
        break
      case 'resume':
        this.ifAlive(done.node, (seat) => {
          if (!seat.isPaused) return
          recorder.at(seat, 'resumes')
          recorder.writer.end(seat.index, 'paused')
          arena.resume(seat)
        })
        break
      case 'deliver':
        this.ifUnderWay(done.message, (due) => arena.deliver(due))
        break
      case 'drop':
        this.ifUnderWay(done.message, (due) => arena.drop(due))
        break
      case 'duplicate':
        this.ifUnderWay(done.message, (due) => arena.duplicate(due))
        break
      case 'delay':
        this.ifUnderWay(done.message, (due) => arena.reschedule(due, due.atT + done.byT))
        break
      case 'partition':
        recorder.writer.part(done.parts)
        arena.partition(done.parts)
        break
      case 'heal':
        recorder.writer.part([])
        arena.heal()
        break
      case 'view':
        arena.changeView()
        recorder.viewed()
        break
    }
    return true
  }

  private ifAlive(node: NodeId, act: (seat: Seat<Body>) => void): void {
    const seat = this.arena.seat(node)
    if (!seat.isCrashed) act(seat)
  }

  private ifAwake(node: NodeId, act: (seat: Seat<Body>) => void): void {
    this.ifAlive(node, (seat) => {
      if (!seat.isPaused) act(seat)
    })
  }

  /** A message that has arrived already is past all interventions. */
  private ifUnderWay(message: number, act: (due: Due<Body>) => void): void {
    const due = this.recorder.underWay.get(message)
    if (due !== undefined) act(due)
  }
}

/**
 * Plays so many steps of a scenario, or all there are.
 *
 * @example
 * const recording = play({ ...defaultScenario, algorithm: 'token-ring' }, 100)
 * recording.breaches // what must not be, and was
 */
export function play(scenario: Scenario, steps: number, find?: FindAlgorithm): Recording {
  const player = new Player(scenario, find)
  player.playTo(steps)
  return player.recording()
}
