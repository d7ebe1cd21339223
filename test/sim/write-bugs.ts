/**
 * This file hunts each seeded bug from seed 1 on and writes docs/seeded-bugs.md. It exits with 1 when one of them survives.
 * `--check` writes nothing; `--keep` looks only for those that the page does not have yet, or that its seed does not show any more;
 * `HOLDFAST_SEEDS=500` gives up sooner.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runPool } from '../../lib/cli/sim/pool.ts'
import { type Bug, bugs } from '../../lib/sim/bugs/index.ts'
import { judgeSeed, type SeedVerdict } from '../../lib/sim/swarm/verdict.ts'
import { project, readProject } from '../house/project.ts'
import { bugsPage, bugsPagePath, caughtOf } from './bugs-table.ts'

const seedsMax = Number(process.env.HOLDFAST_SEEDS ?? 20_000)
const before =
  process.argv.includes('--keep') && existsSync(join(project, bugsPagePath)) ? caughtOf(readProject(bugsPagePath)) : null
const isCheck = process.argv.includes('--check')
const caught = new Map<string, number>()
for (const bug of bugs) {
  const known = before?.get(bug.name)
  const seed = known !== undefined && (await isShownAt(known, bug)) ? known : await hunt(bug)
  console.log(`${bug.name}: ${seed === null ? `survives ${seedsMax} seeds` : `seed ${seed}, ${bug.property}`}`)
  if (seed !== null) caught.set(bug.name, seed)
  if (!isCheck) writeFileSync(join(project, bugsPagePath), bugsPage(caught))
}
process.exitCode = caught.size === bugs.length ? 0 : 1

function shows({ failures }: Pick<SeedVerdict, 'failures'>, bug: Bug): boolean {
  return failures.some(({ property }) => property === bug.property)
}

async function hunt(bug: Bug): Promise<number | null> {
  for (let from = 1; from <= seedsMax; ) {
    const verdict = await firstFailing(bug.name, from)
    if (verdict === null) return null
    // What fails without the bug as well says nothing about it.
    if (shows(verdict, bug) && (await judgeSeed(verdict.seed)).failures.length === 0) return verdict.seed
    from = verdict.seed + 1
  }
  return null
}

async function firstFailing(bug: string, from: number): Promise<SeedVerdict | null> {
  const found: SeedVerdict[] = []
  await runPool({ from, count: seedsMax - from + 1, bug }, (verdict) => {
    if (verdict.failures.length > 0) found.push(verdict)
    return found.length === 0
  })
  return found[0] ?? null
}

async function isShownAt(seed: number, bug: Bug): Promise<boolean> {
  const undo = bug.apply()
  try {
    return shows(await judgeSeed(seed), bug)
  } finally {
    undo()
  }
}
