/** A story without what it does not need (Zeller and Hildebrandt 2002, "Simplifying and isolating failure-inducing input"). */
import { BrokenRule, type Rule } from '../../sim/explorer/rules.ts'
import type { Situation, Step } from '../../sim/explorer/situation.ts'
import { World } from '../../sim/explorer/world.ts'
import { brokenBy, type Walk } from './walk.ts'

const attemptsMax = 600
/** Each try at a call that does not return takes as long as one is patient. */
const endlessAttemptsMax = 12
/** With fair links whoever is served at all is served within so many steps. */
const waitedMax = 300

/** The same breach by as few steps as can be found by leaving steps away. What nobody wishes in it is left away as well. */
export function shorten({ situation, steps, broken }: Walk): Walk {
  if (broken === null) return { situation, steps, broken }
  let best = play(situation, steps, broken.rule) ?? { situation, steps, broken }
  const triesMax = broken.rule === 'endless' ? endlessAttemptsMax : attemptsMax
  let attempts = 0
  for (let size = Math.ceil(best.steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < best.steps.length && attempts < triesMax; ) {
      attempts++
      const shorter = play(situation, [...best.steps.slice(0, from), ...best.steps.slice(from + size)], broken.rule)
      if (shorter !== null && shorter.steps.length < best.steps.length) best = shorter
      else from += size
    }
  }
  const asked = (at: number): number => best.steps.filter((step) => step.do === 'request' && step.at === idAt(at)).length
  const wishes = situation.wishes.map((own, at) => own.slice(0, asked(at)))
  return play({ ...situation, wishes }, best.steps, broken.rule) ?? best
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
  const take = (world: World, step: Step): void => {
    steps.push(step)
    world.take(step)
  }
  const broken = brokenBy(() => {
    const world = new World(situation)
    for (const step of wanted) if (mayTake(world, step)) take(world, step)
    if (rule === 'liveness') waitOn(world, (step) => take(world, step))
  })
  return broken?.rule === rule ? { situation, steps, broken } : null
}

/** Lets everything come that comes by itself, every link in its turn. Nobody else asks: nobody must. */
function waitOn(world: World, take: (step: Step) => void): void {
  for (let waited = 0; waited < waitedMax; waited++) {
    const next = world.steps().filter(({ do: what }) => what === 'deliver' || what === 'release' || what === 'wake')
    if (next.length === 0) break
    take(next[waited % next.length] as Step)
  }
  const waiting = world.ids.find((id) => world.seat(id).pending !== null)
  if (waiting !== undefined) throw new BrokenRule('liveness', `${waiting} waits for ever`)
}

function mayTake(world: World, step: Step): boolean {
  const text = JSON.stringify(step)
  return world.steps().some((each) => JSON.stringify(each) === text)
}
