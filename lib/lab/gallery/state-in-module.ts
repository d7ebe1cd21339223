/** Breaks repeatability: the token is a variable of the module, which all sites of a program share and no two machines do. */
import type { NodeId } from '../../base/ids.ts'
import type { Site } from '../../mutex/contract.ts'
import { defineAlgorithm, type OwnAlgorithm } from '../own/define.ts'
import type { Broken } from './broken.ts'

interface Message {
  readonly kind: 'yours'
}

let holder: NodeId | null = null
const waiting: NodeId[] = []

class StateInModule implements OwnAlgorithm<Message> {
  private readonly site: Site<Message>

  constructor(site: Site<Message>) {
    this.site = site
  }

  request(): void {
    if (holder !== null) return void waiting.push(this.site.self)
    holder = this.site.self
    this.site.granted()
  }

  receive(): void {
    this.site.granted()
  }

  release(): void {
    holder = waiting.shift() ?? null
    if (holder === this.site.self) this.site.granted()
    else if (holder !== null) this.site.send(holder, { kind: 'yours' })
  }
}

export const stateInModule: Broken<Message> = {
  name: 'state-in-module',
  breaks: {
    property: 'unrepeatable',
    nodes: 2,
    why: 'It works as long as all sites are in one process, where no algorithm was needed. Started again, it finds the variable as it was left.',
  },
  kind: defineAlgorithm<Message>({ name: 'state-in-module', create: (site) => new StateInModule(site) }),
  mended: null,
  cure: 'What a site knows belongs to its instance; what another knows has to be said in a message.',
}
