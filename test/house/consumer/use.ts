/**
 * What a strict program writes against the public types. It is compiled by several compilers, also without `@types/node` and the DOM,
 * and never runs. Each `@ts-expect-error` is a mistake that the compiler must see.
 */
import {
  type ActorContext,
  type Duration,
  duration,
  createNode,
  createObserver,
  type Hold,
  type HoldfastError,
  type Locks,
  type LocksErrorCode,
  LostError,
  type Node,
  type NodeOptions,
  TimeoutError,
  type UserActor,
} from 'holdfast'
import { memoryLocks, type MemoryLocks } from 'holdfast/memory'
import { type Experiment, type ExperimentInput, experimentOf, type OwnDefinition, runExperiment } from 'holdfast/lab'
import { HistoryError, type SimHost, Simulation, simulatedNode, testActor } from 'holdfast/sim'

export async function locks(given: string): Promise<bigint> {
  const options: NodeOptions = { join: 'memory', profile: { base: 'lan', session: '2s' }, wait: '5s' }
  await using node: Node = await createNode(options)
  await using hold = await node.acquire('invoice/42', { wait: '1.5s' })
  await node.withLock('a', { wait: duration(given, 'LOCK_WAIT'), signal: hold.signal }, (inner: Hold) => inner.check())
  const text: string = await node.withLock('a', async ({ mode }) => `${mode}`)
  node.on('lockLost', ({ lock, fence }) => [lock.length, fence > 0n, text])
  await using observer = await createObserver({ cluster: 'billing' })
  return (await observer.locks()).held[0]?.fence ?? hold.fence
}

/** Runs on every engine: on a node too. */
async function onAnyEngine(engine: Locks): Promise<string> {
  const stop = engine.on('lockLost', ({ reason }) => reason.length)
  // @ts-expect-error: an event of the mesh, which other engines do not have
  engine.on('peerDown', () => {})
  const codes: readonly LocksErrorCode[] = ['TIMEOUT', 'LOST']
  await using hold = await engine.acquire('a', { wait: '1s', mode: 'shared' })
  stop()
  return (await engine.query('*')).pending[0]?.name ?? `${hold.name} ${codes.length}`
}

export async function engines(node: Node): Promise<string> {
  await using memory: MemoryLocks = memoryLocks({ cluster: 'billing', limits: { waitersPerLockMax: 10 } })
  return (await onAnyEngine(node)) + (await onAnyEngine(memory)) + memory.state
}

export async function mistakes(node: Node, given: string): Promise<void> {
  // @ts-expect-error: an option of another name
  await node.acquire('a', { timeout: 5000 })
  // @ts-expect-error: an option of another name
  await createNode({ name: 'billing' })
  // @ts-expect-error: an option of another name
  await node.ref(node.id, 'stock').ask('read', { timeout: '1s' })
  // @ts-expect-error: a unit that no duration has
  await node.acquire('a', { wait: '5 seconds' })
  // @ts-expect-error: a number without a unit
  await node.acquire('a', { wait: '5000' })
  // @ts-expect-error: a string that was not checked
  await node.acquire('a', { wait: given })
}

export const durations: readonly Duration[] = [0, 1.5, '250ms', '5s', '2m', '1.5h']

export function lost(error: LostError): 'LOST' {
  // @ts-expect-error: an error of another code
  timedOut(error)
  return error.code
}

export function timedOut(error: TimeoutError): 'TIMEOUT' {
  return error.code
}

export class OwnLostError extends LostError {}

export function handled(error: unknown): string | undefined {
  if (error instanceof LostError) return lost(error)
  if (error instanceof TimeoutError) return timedOut(error)
  if (error instanceof HistoryError) return historyMessage(error)
  const made: HoldfastError = new TimeoutError('late', { definite: false })
  return made.reason
}

function historyMessage(error: HistoryError): string {
  return error.message
}

type StockMessage = { readonly type: 'add'; readonly count: number } | { readonly type: 'read' }

const stock: UserActor<{ count: number }, StockMessage> = {
  init: () => ({ count: 0 }),
  receive(state, message, context: ActorContext) {
    if (message.type === 'add') return { count: state.count + message.count }
    context.ref<StockMessage, number>(context.sender, 'other').tell({ type: 'read' })
    context.reply(state.count)
    return state
  },
}

export async function actors(node: Node): Promise<number> {
  const local = node.spawn('stock', stock)
  local.tell({ type: 'add', count: 1 })
  // @ts-expect-error: no message of this actor
  local.tell({ type: 'added' })
  const ref = node.ref<StockMessage, number>(node.id, 'stock')
  // @ts-expect-error: no message of this actor
  ref.tell('read')
  // @ts-expect-error: no message of this actor
  await ref.ask({ type: 'add' })
  const answer: number = await ref.ask({ type: 'read' }, { wait: '1s' })
  const given: string = await node.ref<StockMessage>(node.id, 'stock').ask<string>({ type: 'read' })
  // @ts-expect-error: an answer of another type
  const other: string = await ref.ask({ type: 'read' })
  return answer + given.length + other.length
}

export async function simulated(): Promise<void> {
  const simulation = new Simulation({ seed: 1 })
  const node: Node = await simulation.outcome(simulatedNode(simulation.world('a'), { wait: '5s' }), '1m')
  await node.acquire('a')
  await testActor(stock).tell({ type: 'read' })
  const hosts: SimHost[] = [simulation.host('a')]
  hosts.at(0)
}

export async function compared(definition: OwnDefinition): Promise<number> {
  const input: ExperimentInput = { algorithms: ['raymond'], nodes: [5] }
  const experiment: Experiment = experimentOf(input)
  const { rows } = await runExperiment(experiment, { threads: 0 })
  return rows.length + experiment.loads.length + Object.keys(definition).length
}
