/**
 * Writes down what a few simulated nodes do, for a golden story: what their users call, each message as it arrives, and each
 * event. Virtual time and one seed give the same text at every run.
 */
import { fenceParts } from '../../lib/lock/fence.ts'
import type { Hold } from '../../lib/port/hold.ts'
import type { Node } from '../../lib/node/node.ts'
import type { NodeOptions } from '../../lib/node/options.ts'
import { Simulation, type SimWorld, simulatedNode } from '../../lib/sim/index.ts'
import { nodeFormat } from '../../lib/mutex/format.ts'
import { eventSentence, messageSentence } from './sentences.ts'

const { decodeFrame } = nodeFormat

/** A node of a story, with what its user may do. */
export interface Player {
  readonly world: SimWorld
  readonly node: Node
}

/** Where a story is played and written down. */
export class Stage {
  readonly simulation: Simulation
  private readonly lines: string[] = []
  /** Those in which a lock was granted, in their order: the story counts views from 1. */
  private readonly epochs = new Set<number>()
  private isOpen = false
  private startedMs = 0

  constructor(seed: number) {
    this.simulation = new Simulation({ seed, network: { delayMs: () => 1 } })
  }

  /** Starts a node on each of these hosts. Nothing is written down before `begin`. */
  async cast(hosts: readonly string[], options: NodeOptions): Promise<Player[]> {
    const join = hosts.map((host) => `${host}:7000`)
    const players = hosts.map(async (host) => {
      const world = this.simulation.world(host, { port: 7000 })
      this.listen(host, world)
      const node = await simulatedNode(world, { join, ...options })
      node.on('*', (event) => this.write(host, eventSentence(event, host, nameOf)))
      return { world, node }
    })
    const started = await this.simulation.outcome(Promise.all(players))
    await this.simulation.runUntil(() => started.every(({ node }) => node.members.length === hosts.length), '30s')
    await this.simulation.runFor('5s')
    return started
  }

  /** From here on everything is written down; time is counted from here. */
  begin(): void {
    this.startedMs = this.simulation.time.nowMs
    this.isOpen = true
  }

  /** A blank line and a remark: what the reader sees next. */
  remark(text: string): void {
    this.lines.push('', text)
  }

  /** The user of a node acquires a lock; resolves with the grant, which is written down. */
  async acquire(player: Player, lock: string): Promise<Hold> {
    const host = nameOf(player.node.id)
    this.write(host, `calls acquire('${lock}')`)
    const hold = await player.node.acquire(lock)
    const { epoch, counter } = fenceParts(hold.fence)
    this.epochs.add(epoch)
    this.write(host, `acquire('${lock}') resolves: its fence is number ${counter} of view ${[...this.epochs].indexOf(epoch) + 1}`)
    return hold
  }

  /** The user of a node releases a hold. */
  async release(player: Player, hold: Hold): Promise<void> {
    this.write(nameOf(player.node.id), `calls release() of '${hold.name}'`)
    await hold.release()
  }

  /** What befalls a node from outside. */
  happens(player: Player, text: string): void {
    this.write(nameOf(player.node.id), text)
  }

  /** The story so far. */
  text(): string {
    return `${this.lines.join('\n')}\n`
  }

  private write(host: string, text: string | null): void {
    if (!this.isOpen || text === null) return
    const atMs = (this.simulation.time.nowMs - this.startedMs).toFixed(1)
    this.lines.push(`${atMs.padStart(8)}  ${host}  ${text}`)
  }

  /** Writes down each message when it arrives at the process, before the process has handled it. */
  private listen(host: string, world: SimWorld): void {
    const openTransport = world.openTransport.bind(world)
    world.openTransport = (identity, handler) =>
      openTransport(identity, {
        connected: (peer) => handler.connected(peer),
        disconnected: (peer, reason) => handler.disconnected(peer, reason),
        dialFailed: (address, error) => handler.dialFailed(address, error),
        refused: (from, error) => handler.refused(from, error),
        frameTampered: (peer, message) => handler.frameTampered(peer, message),
        listenerFailed: (message) => handler.listenerFailed(message),
        frame: (peer, bytes) => {
          const frame = decodeFrame(bytes)
          if (frame.kind === 'ordered') {
            for (const message of frame.messages) {
              if (message.type === 'part') continue
              const sentence = messageSentence(message, nameOf)
              if (sentence !== null) this.write(host, `hears from ${nameOf(peer)}: ${sentence}`)
            }
          }
          handler.frame(peer, bytes)
        },
      })
  }
}

/** The host's name stands for its node: `a` for `a.1`, and `a2` for its second id. */
function nameOf(id: string): string {
  return id.replace(/\.1\.(\d+)$/, '$1').replace(/\.1$/, '')
}
