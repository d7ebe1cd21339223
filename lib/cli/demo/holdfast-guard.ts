/** This file guards the demo's ledger with a lock of a Holdfast node. */
import { createNode } from '../../index.ts'
import type { OpenGuard } from './guard.ts'

/** The lock that guards the ledger. */
export const ledgerLock = 'ledger'

/** A node of the demo's own cluster; the ledger is entered with its lock. */
export const openHoldfast: OpenGuard = async (assignment, news, stop) => {
  const { cluster, directory, algorithm, clock } = assignment
  const node = await createNode({
    cluster,
    directory,
    wait: '20s',
    signal: stop,
    ...(algorithm === undefined ? {} : { algorithm }),
    ...(clock === undefined ? {} : { clock }),
  })
  let id = node.id
  const tellView = (): void => {
    // A node whose session ended comes back as a new one.
    if (node.id !== id) news.renamed((id = node.id))
    if (node.view !== null)
      news.view(
        node.view.epoch,
        node.members.map((member) => member.id),
      )
  }
  tellView()
  node.on('viewActivated', tellView)
  node.on('peerSuspected', (event) => news.news(`suspects ${event.peer}`))
  node.on('peerDown', (event) => news.news(`believes that ${event.peer} is down`))
  node.on('sessionEnded', (event) => news.news(`lost its session: ${event.message}`))
  return {
    id: node.id,
    enter: (signal) => node.acquire(ledgerLock, { signal }),
    close: () => node.close(),
  }
}
