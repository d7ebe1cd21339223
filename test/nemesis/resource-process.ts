/** The resource's process, and the conductor's own way to it. */
import type { Child } from '../../lib/children/child.ts'
import { startProcess } from '../../lib/children/process.ts'
import type { ResourceCalls, ResourceOrder } from './protocol.ts'
import { ResourceClient } from './resource-client.ts'

const script = new URL('./resource-entry.js', import.meta.url)

export class ResourceProcess {
  readonly client: ResourceClient
  private readonly child: Child<ResourceCalls>

  private constructor(child: Child<ResourceCalls>, client: ResourceClient) {
    this.child = child
    this.client = client
  }

  /** Resolves when it listens. */
  static async start(order: ResourceOrder): Promise<ResourceProcess> {
    const child = startProcess<ResourceCalls>('the resource', script, { flags: [], variables: { NODE_OPTIONS: '' } })
    await child.call('open', order)
    return new ResourceProcess(child, await ResourceClient.to(order.socket))
  }

  async end(): Promise<void> {
    this.client.close()
    await this.child.endNow()
  }
}
