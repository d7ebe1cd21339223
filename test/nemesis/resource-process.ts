import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ResourceOrder } from './protocol.ts'
import { ResourceClient } from './resource-client.ts'

const script = fileURLToPath(new URL('./resource-entry.js', import.meta.url))

/** The resource's process, and the conductor's own way to it. */
export class ResourceProcess {
  readonly client: ResourceClient
  private readonly child: ChildProcess

  private constructor(child: ChildProcess, client: ResourceClient) {
    this.child = child
    this.client = client
  }

  /** Resolves when it listens. */
  static async start(order: ResourceOrder): Promise<ResourceProcess> {
    const child = fork(script, { env: { ...process.env, NODE_OPTIONS: '' }, execArgv: [] })
    await new Promise<void>((resolve, reject) => {
      child.on('message', (said) => (said === 'ready' ? child.send(order) : resolve()))
      child.once('exit', (code, signal) => reject(new Error(`the resource ended (${code ?? signal})`)))
    })
    return new ResourceProcess(child, await ResourceClient.to(order.socket))
  }

  async end(): Promise<void> {
    this.client.close()
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const over = new Promise((resolve) => this.child.once('exit', resolve))
    this.child.kill('SIGKILL')
    await over
  }
}
