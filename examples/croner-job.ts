/**
 * A job that croner plans in three processes for each second, and that one of them runs. The process that runs it first is killed with `kill -9` in the middle of its work.
 *
 *   npx tsx examples/croner-job.ts
 *
 * You will see one process run the job and die, and another one run it at one of the next seconds. No second is run twice.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once as event } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Cron } from 'croner'
import { createNode } from '../lib/index.ts'
import { once } from '../lib/recipes/index.ts'

/** How often the job is to be done to its end. */
const runs = 2

/** One process: croner calls it in each second. */
async function serve(cluster: string): Promise<void> {
  const node = await createNode({ cluster })
  const say = (what: string): boolean => process.send?.(what) ?? false
  const job = new Cron('* * * * * *', async (cron: Cron) => {
    const second = cron.currentRun()?.toISOString().slice(11, 19)
    // Each second has a lock of its own, and `atLeast` keeps it for a process whose timer is late.
    await once(node, `report ${second}`, { atLeast: '5s' }, async () => {
      say(`begins ${second}`)
      await sleep(100)
      say(`ends ${second}`)
    })
  })
  say('is ready')
  await new Promise((resolve) => process.once('message', resolve))
  job.stop()
  // The locks of the last seconds are not waited for.
  await node.close({ drain: 0 })
  process.disconnect()
}

async function main(): Promise<void> {
  const pool = new Map<string, ChildProcess>()
  const seconds: string[] = []
  let killed = ''
  let done = 0
  try {
    const ready = ['process 1', 'process 2', 'process 3'].map(async (name) => {
      const child = fork(fileURLToPath(import.meta.url), [`croner-job-${process.pid}`])
      pool.set(name, child)
      child.on('message', (what) => {
        const [verb, second] = String(what).split(' ') as [string, string]
        console.log(`${name} ${what}`)
        if (verb === 'ends') done++
        if (verb !== 'begins') return
        seconds.push(second)
        if (killed !== '') return
        killed = name
        child.kill('SIGKILL')
        console.log(`${name} is killed`)
      })
      await event(child, 'message')
    })
    await Promise.all(ready)
    for (let times = 0; done < runs && times < 600; times++) await sleep(50)
    const others = [...pool].filter(([name]) => name !== killed).map(([, child]) => child)
    const ends = others.map(async (child) => (await event(child, 'exit'))[0] as number | null)
    for (const child of others) child.send('end')
    // The second in which the job died may be run again: the lock of a dead process is free.
    const isOnce = new Set(seconds.slice(1)).size === seconds.length - 1
    const isWell = (await Promise.all(ends)).every((code) => code === 0) && done >= runs && isOnce
    console.log(isWell ? `the job was done after ${killed} had died, once a second` : 'the job failed')
    if (!isWell) process.exitCode = 1
  } finally {
    for (const child of pool.values()) child.kill('SIGKILL')
  }
}

const [cluster] = process.argv.slice(2)
if (cluster !== undefined) await serve(cluster)
else await main()
