/**
 * This file removes from a counterexample the steps that it does not need (Zeller and Hildebrandt 2002, "Simplifying and
 * isolating failure-inducing input").
 */
import { brokenBy, BrokenRule, type Rule } from '../../sim/explorer/rules.ts'
import type { Situation, Step } from '../../sim/explorer/situation.ts'
import { GlobalState } from '../../sim/explorer/global-state.ts'
import type { Walk } from './walk.ts'

/** How many steps are taken in all attempts together. */
const workMax = 300_000
const attemptsMax = 600
/** Each try at a call that does not return takes as long as one is patient. */
const endlessAttemptsMax = 12
/** With fair links a site that is served at all is served within so many steps. */
const waitedMax = 1000
/** Where a run goes on for ever, so many of its steps are told. */
const toldMax = 12

/** The same breach by as few steps as can be found by leaving steps away. Wishes that it does not need are left out as well. */
export function shorten({ situation, steps, broken }: Walk): Walk {
  if (broken === null) return { situation, steps, broken }
  const { rule } = broken
  let work = 0
  let attempts = 0
  const mayTry = (): boolean => work < workMax && attempts < (rule === 'endless' ? endlessAttemptsMax : attemptsMax)
  const tried = (some: readonly Step[]): Walk | null => {
    attempts++
    const played = play(situation, some, rule)
    work += some.length + (played?.steps.length ?? waitedMax)
    return played
  }
  let best: Walk = { situation, steps, broken }
  // Who waits for ever may do so from the beginning: then the rest of a long run need not be looked at.
  for (let length = 4; length < steps.length && mayTry(); length *= 2) {
    const beginning = tried(steps.slice(0, length))
    if (beginning === null) continue
    best = beginning
    break
  }
  for (let size = Math.ceil(best.steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < best.steps.length && mayTry(); ) {
      const shorter = tried([...best.steps.slice(0, from), ...best.steps.slice(from + size)])
      if (shorter !== null && shorter.steps.length < best.steps.length) best = shorter
      else from += size
    }
  }
  const asked = (at: number): number => best.steps.filter((step) => step.do === 'request' && step.at === idAt(at)).length
  const wishes = situation.wishes.map((own, at) => own.slice(0, asked(at)))
  return play({ ...situation, wishes }, best.steps, rule) ?? best
}

/** Whether these steps break that rule when they are simply taken. */
export function isBrokenBy(situation: Situation, steps: readonly Step[], rule: Rule): boolean {
  return play(situation, steps, rule) !== null
}

function idAt(at: number): string {
  return String.fromCharCode(97 + at)
}

/** Takes those of the steps that can be taken; null if that does not break the rule. Who waits is waited with. */
function play(situation: Situation, wanted: readonly Step[], rule: Rule): Walk | null {
  const steps: Step[] = []
  const broken = brokenBy(() => {
    const state = new GlobalState(situation)
    for (const step of wanted) {
      if (!mayTake(state, step)) continue
      steps.push(step)
      state.take(step)
    }
    if (rule === 'liveness') waitOn(state, steps)
  })
  return broken?.rule === rule ? { situation, steps, broken } : null
}

/** Lets everything come that comes by itself, every link in its turn. No other site asks: none must. */
function waitOn(state: GlobalState, steps: Step[]): void {
  const before = steps.length
  for (let waited = 0; waited < waitedMax; waited++) {
    const next = state.steps().filter(({ do: what }) => what === 'deliver' || what === 'release' || what === 'wake')
    if (next.length === 0) break
    const step = next[waited % next.length] as Step
    steps.push(step)
    state.take(step)
    if (state.ids.every((id) => state.seat(id).pending.length === 0)) return
  }
  const waiting = state.ids.find((id) => state.seat(id).pending.length > 0)
  if (waiting === undefined) return
  if (steps.length - before < waitedMax) throw new BrokenRule('liveness', `${waiting} waits for ever`)
  steps.length = before + toldMax
  throw new BrokenRule('liveness', `${waiting} waits for ever, while messages come and go`)
}

/** What is delivered, and from where, is what makes two steps the same. */
function mayTake(state: GlobalState, step: Step): boolean {
  return state.steps().some((each) => {
    if ('to' in step) return 'to' in each && sameDelivery(each, step)
    return !('to' in each) && each.do === step.do && each.at === step.at
  })
}

type Delivery = Extract<Step, { readonly to: string }>

function sameDelivery(a: Delivery, b: Delivery): boolean {
  return a.do === b.do && a.from === b.from && a.to === b.to && (a.nth ?? 0) === (b.nth ?? 0)
}
