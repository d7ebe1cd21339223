/**
 * This file keeps the state of the diagram's page without its looks: the scenario, how far it has been played, and the step that
 * is shown. Going back only moves the cursor; an intervention in the past plays the scenario again up to there, and forgets what
 * came later.
 */
import { hitAt } from '../../scenario/hit.ts'
import type { FigureView, Selection } from '../../../sim/story/geometry.ts'
import type { Intervention } from '../../scenario/interventions.ts'
import { linkOf, linkText } from '../../scenario/link.ts'
import { Player } from '../../scenario/player.ts'
import type { Recording } from '../../scenario/recording.ts'
import { defaultScenario, type Scenario, scenarioLimits, withIntervention } from '../../scenario/scenario.ts'

/** A session with the diagram. Listeners are called after every change. */
export class DiagramSession {
  scenario: Scenario = defaultScenario
  cursor = 0
  selected: Selection | null = null
  /** What went wrong last, in words; null when nothing did. */
  complaint: string | null = null
  private player: Player
  private readonly listeners = new Set<() => void>()

  constructor() {
    this.player = new Player(defaultScenario)
  }

  get recording(): Recording {
    return this.player.recording()
  }

  /** The furthest step that is known. */
  get end(): number {
    return this.player.position
  }

  /** The part after `#` of a link to what is seen now. */
  get link(): string {
    return linkText({ scenario: this.scenario, step: this.cursor })
  }

  listen(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Begins with another scenario, at this step. What cannot be played changes nothing but the complaint. */
  begin(scenario: Scenario, step = 0): boolean {
    return this.attempt(() => {
      const player = new Player(scenario)
      player.playTo(Math.min(step, scenarioLimits.steps))
      this.player = player
      this.scenario = scenario
      this.cursor = Math.min(step, player.position)
      this.selected = null
    })
  }

  beginFrom(link: string): boolean {
    return this.attempt(() => {
      const { scenario, step } = linkOf(link)
      if (!this.begin(scenario, step)) throw new Error(this.complaint ?? 'the link cannot be played')
    })
  }

  /** Another run with some options changed: what was done to nodes and messages of the old one is forgotten. */
  choose(options: Partial<Scenario>): boolean {
    return this.begin({ ...this.scenario, ...options, interventions: [] })
  }

  /** Makes sure that the step after the cursor is known; false if the run ends at the cursor. */
  look(): boolean {
    return this.end > this.cursor || this.player.step()
  }

  step(): boolean {
    if (!this.look()) {
      this.tell()
      return false
    }
    this.cursor++
    this.tell()
    return true
  }

  back(): void {
    this.goTo(this.cursor - 1)
  }

  goTo(step: number): void {
    const wanted = Math.max(0, Math.min(Math.floor(step), scenarioLimits.steps))
    this.player.playTo(wanted)
    this.cursor = Math.min(wanted, this.end)
    const { selected, recording } = this
    if (selected?.kind === 'event' && (recording.events[selected.event]?.step ?? 0) > this.cursor) this.selected = null
    if (selected?.kind === 'flight' && (recording.flights[selected.number - 1]?.fromStep ?? 0) > this.cursor) this.selected = null
    this.tell()
  }

  /** Plays to the end, if there is one within so many steps. */
  goToEnd(stepsMax = 2000): void {
    this.goTo(this.cursor + stepsMax)
  }

  /** Does this to the run, here and now. */
  perform(done: Intervention): void {
    this.attempt(() => {
      const scenario = withIntervention(this.scenario, this.cursor, done)
      // A reader at the end of what is played goes on from there only if the player knows of the new intervention.
      const player = new Player(scenario)
      player.playTo(this.cursor + 1)
      this.player = player
      this.scenario = scenario
      this.cursor = player.position
      const { selected } = this
      if (selected?.kind === 'flight' && 'message' in done && done.kind !== 'delay' && done.kind !== 'duplicate')
        this.selected = null
    })
  }

  select(selected: Selection | null): void {
    this.selected = selected
    this.tell()
  }

  hit(view: FigureView, x: number, y: number): Selection | null {
    return hitAt(this.recording, view, x, y)
  }

  private attempt(act: () => void): boolean {
    let isDone = true
    try {
      act()
      this.complaint = null
    } catch (error) {
      isDone = false
      this.complaint = error instanceof Error ? error.message : String(error)
    }
    this.tell()
    return isDone
  }

  private tell(): void {
    for (const listener of this.listeners) listener()
  }
}
