/** A process (or thread) of the tests' own, with a node in it that does as it is told. */
import { closeSync, openSync } from 'node:fs'
import { devNull } from 'node:os'
import { type Parent, serveParent } from '../../lib/children/parent.ts'
import type { Hold, HoldfastError, Node } from '../../lib/index.ts'
import { enterLedger } from './ledger.ts'
import type { Commands, News } from './protocol.ts'

/** What the package publishes, which a process loads in half the time. */
const library = import(new URL('../../bundled/index.js', import.meta.url).href) as Promise<typeof import('../../lib/index.ts')>

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

let node: Node | undefined
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

const parent: Parent<News> = serveParent<Commands, News>(
  {
    async create(options) {
      const { createNode } = await library
      node = options === undefined ? await createNode() : await createNode(options)
      node.on('*', (event) => {
        if (told.includes(event.type)) parent.tell(event)
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
        parent.tell({ type: 'aborted', hold: index, reason: (hold.signal.reason as HoldfastError).reason ?? '' }),
      )
      return { hold: index, fence: hold.fence }
    },
    request: (name, options = {}) =>
      new Promise((resolve, reject) => {
        const { locks } = theNode()
        const request = locks.request(name, options, (lock) => {
          resolve(lock !== null)
          return lock === null ? undefined : new Promise<void>(() => {})
        })
        request.catch(reject)
      }),
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
      parent.outlive()
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
    async exhaust() {
      await library // its files could not be opened afterwards
      try {
        for (;;) taken.push(openSync(devNull, 'r'))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EMFILE') throw error
      }
    },
    relax() {
      for (const descriptor of taken.splice(0)) closeSync(descriptor)
    },
  },
  // A test sees how a node's process ends at SIGINT.
  { endsAtInterrupt: true },
)
