/**
 * A process of a test's own: thousands of calls wait by one signal, and twenty listeners by the signal of a hold. It prints
 * how each call ended; a warning of Node's would be on stderr.
 */
import { createNode } from '../../lib/index.ts'

const node = await createNode({ join: 'memory', cluster: 'one signal' })
node.spawn('silent', { init: () => null, receive: () => new Promise(() => {}) })
const silent = node.ref(node.id, 'silent')
const hold = await node.acquire('door')
for (let i = 0; i < 20; i++) hold.signal.addEventListener('abort', () => {})

const calls: readonly [name: string, count: number, call: (signal: AbortSignal, index: number) => Promise<unknown>][] = [
  ['acquire', 10_000, (signal) => node.acquire('door', { signal })],
  ['withLock', 10_000, (signal) => node.withLock('door', { signal }, () => {})],
  ['ask', 500, (signal) => silent.ask('hello', { signal, wait: '1m' })],
  ['createNode', 20, (signal, index) => createNode({ join: ['127.0.0.1:1'], cluster: `c${index}`, dataDir: false, signal })],
]

const told: Record<string, { codes: unknown[]; ms: number }> = {}
for (const [name, count, call] of calls) {
  const controller = new AbortController()
  const outcomes = Promise.all(
    Array.from({ length: count }, (_, index) =>
      call(controller.signal, index).then(
        () => 'done',
        (error: { readonly code?: unknown }) => error.code,
      ),
    ),
  )
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
  const startedMs = performance.now()
  controller.abort()
  told[name] = { codes: [...new Set(await outcomes)], ms: performance.now() - startedMs }
}
await hold.release()
await node.close()
console.log(JSON.stringify(told))
