/**
 * Hunts each seeded bug from seed 1 on and writes docs/seeded-bugs.md. Exits with 1 when one of them survives.
 * `--check` writes nothing; `--keep` looks only for those that the page does not have yet, or that its seed does not show any more;
 * `HOLDFAST_SEEDS=500` gives up sooner.
 */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runPool } from '../../lib/cli/sim/pool.ts'
import { type Bug, bugs } from '../../lib/sim/bugs/index.ts'
import { judgeSeed } from '../../lib/sim/swarm/verdict.ts'
import { project, readProject } from '../house/project.ts'
import { bugsPage, bugsPagePath, type Caught, caughtOf } from './bugs-table.ts'

const seedsMax = Number(process.env.HOLDFAST_SEEDS ?? 20_000)
const before =
  process.argv.includes('--keep') && existsSync(join(project, bugsPagePath)) ? caughtOf(readProject(bugsPagePath)) : []
const isCheck = process.argv.includes('--check')
const caught: Caught[] = []
for (const bug of bugs) {
  const row = before.find(({ name }) => name === bug.name)
  const found = row !== undefined && (await isShownAt(row.seed, bug)) ? row : await hunt(bug)
  console.log(`${bug.name}: ${found === null ? `survives ${seedsMax} seeds` : `seed ${found.seed}, ${found.property}`}`)
  if (found !== null) caught.push(found)
  if (!isCheck) writeFileSync(join(project, bugsPagePath), bugsPage(bugs, caught))
}
process.exitCode = caught.length === bugs.length ? 0 : 1

async function hunt(bug: Bug): Promise<Caught | null> {
  let from = 1
  while (from <= seedsMax) {
    let found: Caught | null = null
    await runPool({ from, count: seedsMax - from + 1, bug: bug.name }, ({ seed, failures }) => {
      const [failure] = failures
      if (failure !== undefined) found = { name: bug.name, seed, property: failure.property }
      return failure === undefined
    })
    if (found === null) return null
    // What fails without the bug as well says nothing about it.
    const { seed } = found as Caught
    if ((await judgeSeed(seed)).failures.length === 0) return found
    from = seed + 1
  }
  return null
}

async function isShownAt(seed: number, bug: Bug): Promise<boolean> {
  const undo = bug.apply()
  try {
    return (await judgeSeed(seed)).failures.length > 0
  } finally {
    undo()
  }
}
