import type { Node } from '../../lib/node/node.ts'
import { FaultMaker } from './swarm-faults.ts'
import type { Plan } from './swarm-plan.ts'
import { Stage, textOf } from './swarm-stage.ts'
import { Users } from './swarm-users.ts'

export interface SwarmResult {
  readonly problems: readonly string[]
  /** What happened, a line each. */
  readonly story: readonly string[]
  readonly plan: Plan
  /** Equal for equal runs. */
  readonly hash: number
  readonly grants: number
  /** How often each interesting thing happened. */
  readonly counts: Readonly<Record<string, number>>
}

/**
 * One seeded run of whole nodes. First a safety phase, in which users contend while the faults that this seed drew happen;
 * then everything heals and every listed host has a process again; then whoever waits must be answered, all must agree
 * on one view, every lock must be free for everybody in turn, and after closing nothing may be left.
 */
export async function swarm(seed: number): Promise<SwarmResult> {
  const stage = new Stage(seed)
  const { judge, plan, story, counts, simulation } = stage
  try {
    await tellStory(stage)
  } catch (error) {
    // The judge's own problems stop a run as well, and say more.
    if (judge.problems.length === 0) judge.problem(`threw: ${(error as Error).stack}`)
  }
  return { problems: judge.problems, story, plan, hash: simulation.trace.hash, grants: judge.grants, counts }
}

async function tellStory(stage: Stage): Promise<void> {
  const { plan, judge, random } = stage
  const users = new Users(stage)
  stage.onJoined = (process) => users.moveIn(process)
  for (const host of plan.hosts) stage.later(random.below(plan.startSpreadMs), () => stage.start(host))
  inspectNowAndThen(stage)
  new FaultMaker(stage).begin()
  await stage.pass(plan.faultsMs)

  stage.phase = 'calm'
  stage.tell('*', 'calm')
  stage.heal()
  const waiters = users.unanswered
  await stage.pass(plan.calmMs)
  const { unanswered } = users
  for (const each of waiters) if (unanswered.has(each)) judge.problem(`still waits: ${users.describe(each)}`)
  checkAgreement(stage)

  stage.phase = 'last call'
  stage.tell('*', 'last call')
  await stage.pass(2 * plan.sessionMs + 5000)
  for (const each of users.unanswered) judge.problem(`waits for ever: ${users.describe(each)}`)
  await checkNothingStuck(stage)
  const closing = stage.living.map((process) => stage.close(process, process.node as Node))
  await stage.simulation.outcome(Promise.all(closing))
  await stage.pass(1000)
}

function inspectNowAndThen(stage: Stage): void {
  stage.judge.checkAllExclusion()
  stage.later(50, () => inspectNowAndThen(stage))
}

function checkAgreement({ living, judge }: Stage): void {
  const ids = living
    .map(({ node }) => node?.id)
    .sort()
    .join()
  for (const { name, node } of living) {
    const members =
      node?.members
        .map(({ id }) => id)
        .sort()
        .join() ?? ''
    if (node?.state !== 'active' || members !== ids)
      judge.problem(`${name} is ${node?.state ?? 'starting'} with members [${members}] and not [${ids}]`)
  }
}

/** Everybody is quiet: whoever asks in turn is given each lock, and afterwards nobody holds or waits. */
async function checkNothingStuck(stage: Stage): Promise<void> {
  const { living, judge, simulation, plan } = stage
  await stage.pass(0)
  for (const lock of plan.locks) {
    for (const { node, name, world } of living) {
      const hold = await simulation.outcome((node as Node).acquire(lock, { wait: 2 * plan.sessionMs })).catch((error: Error) => {
        judge.problem(`${name} finds '${lock}' stuck: ${error.message}`)
        return null
      })
      if (hold === null) return
      judge.granted(hold, name, () => world.isAlive)
      judge.over(hold)
      await hold.release()
    }
  }
  await stage.pass(1000)
  const somebody = living[0]?.node as Node
  const { held, pending } = await simulation.outcome(somebody.query('*'))
  if (held.length + pending.length > 0) judge.problem(`left behind: ${textOf({ held, pending })}`)
}
