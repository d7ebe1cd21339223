/**
 * Three processes that share the partitions of a queue. Each partition is consumed by one process at a time. One process is killed with `kill -9`.
 *
 *   npx tsx examples/consumers.ts
 *
 * You will see the processes take two partitions each, one of them die, and the two others take its partitions over.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once as event } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createNode } from '../lib/index.ts'
import { consumers } from '../lib/recipes/index.ts'

const partitions = 6

/** One process: consumes its partitions until it is told to end. */
async function serve(folder: string, cluster: string, name: string): Promise<void> {
  await using node = await createNode({ cluster })
  const say = (what: string): boolean => process.send?.(what) ?? false
  const stop = new AbortController()
  process.on('message', () => stop.abort())
  await consumers(node, 'orders', { partitions, signal: stop.signal }, async (partition, { signal, fence }) => {
    // The file stands for what only one may touch: a second consumer at the same time would find it and fail.
    const mark = join(folder, String(partition))
    writeFileSync(mark, name, { flag: 'wx' })
    say(`takes ${partition} with fence ${fence}`)
    while (!signal.aborted) await sleep(20)
    rmSync(mark)
    say(`leaves ${partition}`)
  })
  process.disconnect()
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'consumers-'))
  const pool = new Map<string, ChildProcess>()
  const owned = new Map<string, Set<string>>()
  const exits: Promise<unknown>[] = []
  /** Resolves when the processes that live have so many partitions each. */
  const shared = async (each: number): Promise<void> => {
    for (let times = 0; times < 1000 && ![...owned.values()].every(({ size }) => size === each); times++) await sleep(20)
  }
  try {
    for (const name of ['process 1', 'process 2', 'process 3']) {
      const child = fork(fileURLToPath(import.meta.url), [folder, `consumers-${process.pid}`, name])
      pool.set(name, child)
      const partitionsOfIt = new Set<string>()
      owned.set(name, partitionsOfIt)
      child.on('message', (what) => {
        const [verb, partition] = String(what).split(' ') as [string, string]
        if (verb === 'takes') partitionsOfIt.add(partition)
        else partitionsOfIt.delete(partition)
        console.log(`${name} ${what}`)
      })
    }
    await shared(2)
    const [victim, child] = [...pool][0] as [string, ChildProcess]
    const lost = [...(owned.get(victim) as Set<string>)]
    pool.delete(victim)
    owned.delete(victim)
    for (const partition of lost) rmSync(join(folder, partition))
    child.kill('SIGKILL')
    console.log(`${victim} is killed`)
    await shared(3)
    const taken = [...owned.values()].flatMap((each) => [...each])
    for (const each of pool.values()) {
      exits.push(event(each, 'exit').then(([code]) => code))
      each.send('end')
    }
    const isWell = (await Promise.all(exits)).every((code) => code === 0) && new Set(taken).size === partitions
    console.log(isWell ? `all ${partitions} partitions were consumed after ${victim} had died` : 'the consumers failed')
    if (!isWell) process.exitCode = 1
  } finally {
    for (const each of pool.values()) each.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

const [folder, cluster, name] = process.argv.slice(2)
if (folder !== undefined && cluster !== undefined && name !== undefined) await serve(folder, cluster, name)
else await main()
