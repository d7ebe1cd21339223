/** A process with a node in it, which enters by itself or as it is told, and suffers what the conductor does to it. */
import { closeSync, openSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { type Parent, serveParent } from '../../lib/children/parent.ts'
import { createNode, HoldfastError, type Node } from '../../lib/index.ts'
import { viewId } from '../../lib/view/view.ts'
import { Entries } from './entries.ts'
import type { Commands, Labour, News } from './protocol.ts'
import { ResourceClient } from './resource-client.ts'

interface Station {
  readonly node: Node
  readonly entries: Entries
}

let station: Station | undefined
let labour: Labour | null = null
let labouring: Promise<void> | null = null

function here(): Station {
  if (station === undefined) throw new Error('there is no node yet')
  return station
}

function tell(news: Omit<News, 'id'>): void {
  parent.tell({ ...news, id: station?.node.id ?? '' })
}

async function begin(name: string, path: string, firstCall: number, options: Parameters<typeof createNode>[0]) {
  const resource = await ResourceClient.to(path)
  await resource.note({ type: 'started', process: name })
  const node = await createNode(options)
  station = { node, entries: new Entries(node, resource, name, firstCall) }
  const tellView = (): void => {
    const { view } = node
    if (view === null) return
    const members = view.members.map((member) => member.id)
    tell({ type: 'view', epoch: view.epoch, members })
    const note = { type: 'view', process: name, node: node.id, ...viewId(view), members } as const
    resource.note(note).catch(() => undefined)
  }
  let id = node.id
  const tellId = async (): Promise<void> => {
    await resource.note({ type: 'joined', process: name, node: (id = node.id) })
  }
  node.on('viewActivated', () => {
    if (node.id !== id) tellId().catch(() => undefined)
    tellView()
  })
  node.on('sessionEnded', (event) => tell({ type: 'sessionEnded', text: event.message }))
  await tellId()
  tellView()
  return { id: node.id }
}

/**
 * So long at most a worker stays with one lock. A worker that keeps coming back to a lock that it has to itself needs no message for
 * it, and goes on behind a partition until its session ends: the very end that others must wait for.
 */
const shiftMsMax = 6000

/** One entry after another, until told to rest. Failures are part of the history; what is unexpected is told. */
async function toil(): Promise<void> {
  const { entries } = here()
  let lock = ''
  let shiftEndsMs = 0
  while (labour !== null) {
    const { locks, thinkMs, holdMs, waitMs } = labour
    if (performance.now() > shiftEndsMs) {
      lock = locks[Math.floor(Math.random() * locks.length)] as string
      shiftEndsMs = performance.now() + Math.random() * shiftMsMax
    }
    await pause(Math.random() * thinkMs)
    try {
      const entered = await entries.enter(lock, waitMs)
      if (entered === null) continue
      tell({ type: 'inside', lock })
      await pause(Math.random() * holdMs)
      await entries.leave(entered.call)
      tell({ type: 'outside', lock })
    } catch (error) {
      const code = error instanceof HoldfastError ? error.code : 'UNEXPECTED'
      tell({ type: 'failed', code, text: String(error) })
      // No descriptor may be left even for the timer's sake; a worker that is closed has no more to do.
      if (code === 'CLOSED') return
      await pause(50)
    }
  }
}

const parent: Parent<News> = serveParent<Commands, News>({
  begin,
  labour(next) {
    labour = next
    labouring ??= toil().finally(() => {
      labouring = null
    })
  },
  async rest() {
    labour = null
    await labouring
  },
  async enter(lock, waitMs) {
    const entered = await here().entries.enter(lock, waitMs)
    if (entered === null) throw new Error('the hold was over before it could be told')
    return entered
  },
  leave: (call) => here().entries.leave(call),
  block(forMs) {
    const cell = new Int32Array(new SharedArrayBuffer(4))
    Atomics.wait(cell, 0, 0, forMs)
  },
  async exhaust(forMs) {
    const files: number[] = []
    try {
      for (;;) files.push(openSync('/dev/null', 'r'))
    } catch {
      await pause(forMs)
    } finally {
      for (const file of files) closeSync(file)
    }
    return files.length
  },
  about() {
    const { node } = here()
    return { id: node.id, state: node.state, epoch: node.view?.epoch ?? 0, members: node.members.map((member) => member.id) }
  },
  close: () => here().node.close({ drain: 0 }),
})
