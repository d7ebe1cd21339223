/**
 * A pool of worker processes that share a job list, an ordinary file that each of them reads, changes and writes back.
 * What makes that safe is one lock, taken with no server and no configuration: the processes find each other by themselves.
 *
 *   npx tsx examples/worker-pool.ts
 *
 * You will see four workers take twelve jobs in turns, and at the end that each job was done exactly once.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createNode } from '../lib/index.ts'

interface Job {
  readonly name: string
  takenBy: string[]
}

const workers = 4
const jobs = 12

function read(file: string): Job[] {
  return JSON.parse(readFileSync(file, 'utf8')) as Job[]
}

/** One worker: takes jobs until none is left. */
async function work(file: string, cluster: string, name: string): Promise<void> {
  await using node = await createNode({ cluster })
  // Only so that all of them have something to do: a node may come at any time.
  for (let tries = 0; tries < 500 && node.members.length < workers; tries++) await sleep(10)
  let isMore = true
  while (isMore) {
    const job = await node.withLock('jobs', { meta: { worker: name } }, async () => {
      const list = read(file)
      const next = list.find((each) => each.takenBy.length === 0)
      if (next === undefined) return null
      await sleep(5) // Time enough for somebody else to read the same list, were it not for the lock.
      next.takenBy.push(name)
      writeFileSync(file, JSON.stringify(list))
      return next.name
    })
    isMore = job !== null
    if (job !== null) {
      console.log(`${name} does ${job}`)
      await sleep(60) // The job itself needs no lock: it is this worker's alone.
    }
  }
}

/** The parent: writes the list, starts the pool, and counts at the end. */
async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'worker-pool-'))
  try {
    const file = join(folder, 'jobs.json')
    const list = Array.from({ length: jobs }, (_, index): Job => ({ name: `job ${index + 1}`, takenBy: [] }))
    writeFileSync(file, JSON.stringify(list))
    const cluster = `worker-pool-${process.pid}`
    const pool = Array.from({ length: workers }, (_, index) =>
      fork(fileURLToPath(import.meta.url), [file, cluster, `worker ${index + 1}`]),
    )
    const codes = await Promise.all(pool.map(async (child) => (await once(child, 'exit'))[0] as number | null))
    const wrong = read(file).filter((job) => job.takenBy.length !== 1)
    console.log(
      wrong.length === 0 ? `all ${jobs} jobs were done exactly once` : `not done exactly once: ${JSON.stringify(wrong)}`,
    )
    if (wrong.length > 0 || codes.some((code) => code !== 0)) process.exitCode = 1
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const [file, cluster, name] = process.argv.slice(2)
if (file !== undefined && cluster !== undefined && name !== undefined) await work(file, cluster, name)
else await main()
