/**
 * A program that uses so many names once each, and prints how many MiB of heap it has more than before. Run it as
 * `node --expose-gc names-entry.js one|three|memory COUNT`.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { memoryLocks } from '../../lib/engines/memory/index.ts'
import { createNode } from '../../lib/index.ts'
import type { Locks } from '../../lib/port/locks.ts'

const [, , kind, count] = process.argv
const cluster = `names-${process.pid}`
const sizes: Readonly<Record<string, number>> = { one: 1, three: 3 }
const clients: Locks[] =
  kind === 'memory'
    ? [memoryLocks()]
    : await Promise.all(Array.from({ length: sizes[kind as string] as number }, () => createNode({ join: 'memory', cluster })))

async function heapMiB(): Promise<number> {
  for (let times = 0; times < 3; times++) {
    globalThis.gc?.()
    await pause(50)
  }
  return process.memoryUsage().heapUsed / 2 ** 20
}

async function use(prefix: string, names: number): Promise<void> {
  const [first] = clients as [Locks]
  for (let i = 0; i < names; i++) await (await first.acquire(`${prefix}/${i}`)).release()
}

await use('warm', 2_000)
await pause(3_000)
const beforeMiB = await heapMiB()
await use('name', Number(count))
let moreMiB = Number.POSITIVE_INFINITY
// Names that rest are forgotten after a while.
for (let times = 0; times < 60 && moreMiB > 20; times++) {
  await pause(1_000)
  moreMiB = (await heapMiB()) - beforeMiB
}
console.log(JSON.stringify({ moreMiB }))
await Promise.all(clients.map((client) => client.close()))
