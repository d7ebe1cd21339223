/**
 * A job that all instances of a service plan, and that one of them runs. The instance that runs it first is killed with `kill -9` in the middle of its work.
 *
 *   npx tsx examples/scheduled-job.ts
 *
 * You will see one instance begin the job and die, and at one of the next ticks another instance take over. At no time do two run the job.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once as event } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createNode } from '../lib/index.ts'
import { once } from '../lib/recipes/index.ts'

const instances = 3
/** How often the job is to be done to its end. */
const runs = 3

/** One instance: hears each tick, as from a scheduler of its own, and says what becomes of the job. */
async function serve(mark: string, cluster: string, name: string): Promise<void> {
  await using node = await createNode({ cluster })
  const say = (what: string): boolean => process.send?.(what) ?? false
  const end = new Promise<void>((resolve) => {
    process.on('message', (tick) => {
      if (tick === 'end') resolve()
      else void run(String(tick))
    })
  })
  const run = async (tick: string): Promise<void> => {
    await once(node, 'report', { atMost: '10s', atLeast: 30 }, async ({ signal }) => {
      // The file stands for what only one may touch: a second run at the same time would find it and fail.
      writeFileSync(mark, name, { flag: 'wx' })
      say(`begins ${tick}`)
      await sleep(150, undefined, { signal })
      rmSync(mark)
      say(`ends ${tick}`)
    })
  }
  say('is ready')
  await end
  process.disconnect()
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'scheduled-job-'))
  const mark = join(folder, 'running')
  const pool = new Map<string, ChildProcess>()
  let killed = ''
  let done = 0
  try {
    const ready = Array.from({ length: instances }, async (_, i) => {
      const name = `instance ${i + 1}`
      const child = fork(fileURLToPath(import.meta.url), [mark, `scheduled-job-${process.pid}`, name])
      pool.set(name, child)
      await event(child, 'message')
      child.on('message', (what) => {
        console.log(`${name} ${what}`)
        if (String(what).startsWith('ends')) done++
        if (killed !== '') return
        killed = name
        rmSync(mark)
        child.kill('SIGKILL')
        console.log(`${name} is killed`)
      })
    })
    await Promise.all(ready)
    for (let tick = 1; done < runs && tick <= 300; tick++) {
      for (const child of pool.values()) if (child.connected) child.send(`tick ${tick}`)
      await sleep(100)
    }
    const others = [...pool].filter(([name]) => name !== killed).map(([, child]) => child)
    const ends = others.map(async (child) => (await event(child, 'exit'))[0] as number | null)
    for (const child of others) if (child.connected) child.send('end')
    const isWell = (await Promise.all(ends)).every((code) => code === 0) && done >= runs
    console.log(isWell ? `the job was done ${done} times after ${killed} had died` : 'the job failed')
    if (!isWell) process.exitCode = 1
  } finally {
    for (const child of pool.values()) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

const [mark, cluster, name] = process.argv.slice(2)
if (mark !== undefined && cluster !== undefined && name !== undefined) await serve(mark, cluster, name)
else await main()
