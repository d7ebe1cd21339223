/**
 * An order of three steps that three processes are ready to run. The process that runs it is killed with `kill -9` in the middle of the second step.
 *
 *   npx tsx examples/order-steps.ts
 *
 * You will see another process resume at the second step, with the same key and a higher fence, so that the bank is asked twice and pays once.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once as event } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createNode } from '../lib/index.ts'
import { type StepRecord, steps, type StepStore } from '../lib/recipes/index.ts'

/** What a process asks of the parent, which stands for the database and the bank. A bigint does not travel as JSON. */
interface Question {
  readonly call: 'open' | 'save' | 'pay'
  readonly fence: string
  readonly record?: StepRecord
  readonly key?: string
}

async function ask(question: Question): Promise<unknown> {
  process.send?.(question)
  const [{ refused, value }] = (await event(process, 'message')) as [{ readonly refused?: string; readonly value?: unknown }]
  if (refused !== undefined) throw new Error(refused)
  return value
}

/** One process: runs the order, or waits until another one has. */
async function serve(cluster: string): Promise<void> {
  await using node = await createNode({ cluster })
  const store: StepStore = {
    open: async (_, fence) => (await ask({ call: 'open', fence: String(fence) })) as StepRecord | undefined,
    save: (_, record, fence) => ask({ call: 'save', fence: String(fence), record }),
  }
  await steps(node, 'order/42', store, [
    { name: 'reserve', run: () => 'shelf 7', undo: () => undefined },
    { name: 'pay', run: ({ key, fence }) => ask({ call: 'pay', fence: String(fence), key }), undo: () => undefined },
    { name: 'send', run: ({ results }) => `parcel from ${results['reserve']}` },
  ])
  process.disconnect()
}

async function main(): Promise<void> {
  let highest = 0n
  let record: StepRecord | undefined
  const paid = new Map<string, number>()
  let killed = ''
  /** The database refuses a fence that is lower than one it has seen. */
  const answer = ({ call, fence, record: saved, key }: Question): object => {
    if (BigInt(fence) < highest) return { refused: `fence ${fence} is too old` }
    highest = BigInt(fence)
    if (call === 'save') record = saved
    // The bank pays once for a key.
    if (call === 'pay') paid.set(key as string, (paid.get(key as string) ?? 0) + 1)
    return { value: call === 'open' ? record : 'paid' }
  }
  const children: ChildProcess[] = []
  const exits: Promise<unknown>[] = []
  try {
    for (const name of ['process 1', 'process 2', 'process 3']) {
      const child = fork(fileURLToPath(import.meta.url), [`order-steps-${process.pid}`])
      children.push(child)
      exits.push(event(child, 'exit').then(([code]) => name === killed || code === 0))
      child.on('message', (question: Question) => {
        const reply = answer(question)
        console.log(
          `${name}: ${question.call} ${question.key ?? question.record?.steps.join() ?? ''} with fence ${question.fence}`,
        )
        if (question.call === 'pay' && killed === '') {
          killed = name
          child.kill('SIGKILL')
          console.log(`${name} is killed`)
        } else if (child.connected) child.send(reply)
      })
      await sleep(10)
    }
    const areWell = (await Promise.all(exits)).every((isWell) => isWell)
    const isDone = areWell && record?.phase === 'done' && paid.size === 1 && paid.get('order/42/pay') === 2
    console.log(isDone ? `the order was done after ${killed} had died` : 'the order failed')
    if (!isDone) process.exitCode = 1
  } finally {
    for (const child of children) child.kill('SIGKILL')
  }
}

const [cluster] = process.argv.slice(2)
if (cluster !== undefined) await serve(cluster)
else await main()
