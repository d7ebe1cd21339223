/** A process (or thread) of the tests' own, with a node in it that does as it is told. */
import { closeSync, openSync } from 'node:fs'
import { devNull } from 'node:os'
import { isMainThread, parentPort } from 'node:worker_threads'
import { createNode, type Hold, type HoldfastError, type Node } from '../../lib/index.ts'
import { enterLedger } from './ledger.ts'
import type { Ask, Commands, News, Said } from './protocol.ts'

const told = [
  'viewActivated',
  'sessionEnded',
  'sessionSuspected',
  'lockLost',
  'peerRefused',
  'directoryFailed',
  'listenerFailed',
  'linkClosed',
  'linkOpened',
  'peerSuspected',
  'peerDown',
  'peerLeft',
]

const say = (said: Said): void => {
  if (!isMainThread) parentPort?.postMessage(said)
  else if (process.connected) process.send?.(said)
}
const tell = (news: News): void => say({ kind: 'news', news })

let node: Node | undefined
let isLetGo = false
const holds: Hold[] = []
/** Descriptors that were taken. */
const taken: number[] = []

function theNode(): Node {
  if (node === undefined) throw new Error('there is no node yet')
  return node
}

function held(index: number): Hold {
  const hold = holds[index]
  if (hold === undefined) throw new Error(`there is no hold ${index}`)
  return hold
}

type Handlers = {
  readonly [Name in keyof Commands]: (
    ...args: Parameters<Commands[Name]>
  ) => ReturnType<Commands[Name]> | Promise<ReturnType<Commands[Name]>>
}

const handlers: Handlers = {
  async create(options) {
    node = options === undefined ? await createNode() : await createNode(options)
    node.on('*', (event) => {
      if (told.includes(event.type)) tell(event)
    })
    return { id: node.id, address: node.address }
  },
  members() {
    const { id, state, view, members } = theNode()
    return { id, state, epoch: view?.epoch ?? 0, members: members.map((member) => member.id) }
  },
  async acquire(name, options) {
    const hold = await theNode().acquire(name, options)
    const index = holds.push(hold) - 1
    hold.signal.addEventListener('abort', () =>
      tell({ type: 'aborted', hold: index, reason: (hold.signal.reason as HoldfastError).reason ?? '' }),
    )
    return { hold: index, fence: hold.fence }
  },
  hold(index) {
    const hold = held(index)
    let checked = 'fine'
    try {
      hold.check()
    } catch (error) {
      checked = (error as HoldfastError).code
    }
    return { state: hold.state, aborted: hold.signal.aborted, checked }
  },
  release: (index) => held(index).release(),
  async work({ lock, ledger, rounds }) {
    for (let round = 0; round < rounds; round++) {
      await theNode().withLock(lock, (hold) => enterLedger(ledger, hold.fence))
    }
    return rounds
  },
  close: (drain = 0) => theNode().close({ drain }),
  exit: () => process.exit(0),
  fail(how) {
    setImmediate(() => {
      if (how === 'throw') throw new Error('of the test')
      void Promise.reject(new Error('of the test'))
    })
  },
  letGo() {
    isLetGo = true
  },
  handles: () => process.getActiveResourcesInfo(),
  refusals: () => theNode().counters.refusals,
  renewed: (laterMs) =>
    new Promise((resolve) => {
      const askedMs = performance.now()
      const stop = theNode().on('sessionRenewed', ({ startedMs }) => {
        if (startedMs < askedMs + laterMs) return
        stop()
        resolve()
      })
    }),
  exhaust() {
    try {
      for (;;) taken.push(openSync(devNull, 'r'))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EMFILE') throw error
    }
  },
  relax() {
    for (const descriptor of taken.splice(0)) closeSync(descriptor)
  },
}

async function obey({ sequence, command, args }: Ask): Promise<void> {
  try {
    const handler = handlers[command] as (...args: readonly unknown[]) => unknown
    say({ kind: 'answer', sequence, answer: await handler(...args) })
  } catch (error) {
    const { name, message } = error as Error
    const { code, reason, option } = error as Partial<HoldfastError>
    say({ kind: 'failure', sequence, failure: { name, message, code, reason, option } })
  }
}

if (isMainThread) process.on('message', (ask) => void obey(ask as Ask))
else parentPort?.on('message', (ask) => void obey(ask as Ask))
// A test run that is ended by force leaves no process behind.
if (isMainThread) process.on('disconnect', () => isLetGo || process.exit(1))
say({ kind: 'ready' })
