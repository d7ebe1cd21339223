/** The same for a program that has `@types/node`: the signals are those of Node. It never runs. */
import { setTimeout as wait } from 'node:timers/promises'
import type { Node } from 'holdfast'

export async function signals(node: Node): Promise<void> {
  const controller = new AbortController()
  await using hold = await node.acquire('invoice/42', { signal: controller.signal })
  const signal: AbortSignal = hold.signal
  await wait(1000, undefined, { signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]) })
}
