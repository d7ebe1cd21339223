/** This file has one mistake with state: the token is a variable of the module, which all sites of a program share. */
import type { NodeId } from '../../base/ids.ts'
import type { Site } from '../../mutex/contract.ts'
import type { OwnAlgorithm } from '../own/define.ts'
import { brokenOf } from './broken.ts'

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

export const stateInModule = brokenOf(StateInModule, null, {
  name: 'state-in-module',
  property: 'unrepeatable',
  breaks:
    'What a site knows belongs to its instance. A variable of the module is shared by all sites of one process and by no two machines, and a second run finds it as it was left.',
  nodes: 2,
  cure: 'Keep state in the instance; a message says what another site has to know.',
})
