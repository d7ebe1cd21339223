import { expect } from 'chai'
import { Contacts } from '../../lib/node/contacts.ts'
import type { Life } from '../../lib/node/life.ts'
import type { Tenure } from '../../lib/node/tenure.ts'

/** The contacts of a node that is alone but for one member, `x`. */
function contactsWith() {
  const looked: string[] = []
  const left: string[] = []
  const nothing = (): void => {}
  const node = {
    id: 'self',
    contextFor: () => ({ self: 'self', nowMs: () => 0, setTimer: nothing, clearTimer: nothing }),
    links: { keep: nothing, keepFirst: nothing, isConnected: () => true },
    subscriptions: { installed: nothing, closed: nothing },
    membership: { peerLeft: (peer: string) => void left.push(peer), peerDisconnected: nothing },
    views: {
      view: null,
      receive: nothing,
      peers: {
        isOver: (peer: string) => {
          looked.push(peer)
          return false
        },
      },
    },
  }
  const life = { settings: { join: 'local', config: { sessionMs: 1000 } } }
  const contacts = new Contacts(node as unknown as Tenure, life as unknown as Life)
  contacts.installed({ members: [{ id: 'x', address: 'unix:x', since: 1 }] } as never)
  return { contacts, looked, left }
}

describe('the end of a connection', () => {
  it('is a reason to look whether the peer is dead', () => {
    const { contacts, looked, left } = contactsWith()
    contacts.closed('x')
    expect(looked).to.deep.equal(['x'])
    expect(left).to.deep.equal([])
  })

  it('to a member that leaves is none: no member waits for it', () => {
    const { contacts, looked, left } = contactsWith()
    contacts.receive('x', { type: 'view.leave', view: { epoch: 1, digest: 0 } } as never)
    contacts.closed('x')
    expect(looked).to.deep.equal([])
    expect(left).to.deep.equal(['x'])
  })
})
