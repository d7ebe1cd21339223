/** This file is one process of a real run: a node, its users, and the notes about them. */
import { invariant } from '../../base/assert.ts'
import type { NodeId } from '../../base/ids.ts'
import type { CallHandlers } from '../../children/calls.ts'
import { sharedNowMs } from '../../mesh/shared-clock.ts'
import { systemWorld } from '../../mesh/system-world.ts'
import { type Node, startNode } from '../../node/node.ts'
import { parseOptions } from '../../node/options.ts'
import type { Beginning, LabCalls, ProcessLog } from './protocol.ts'
import { Visitors } from './users.ts'
import { Wiretap } from './wiretap.ts'

/** The actor that answers round trips. */
const echo = 'lab/echo'
/** Between two probes. */
const probePauseMs = 4

/** What is noted of one run. */
interface Run {
  readonly lock: string
  readonly users: Visitors
  readonly roundMs: number[]
  readonly cpuBefore: NodeJS.CpuUsage
  viewChanges: number
  isOver: boolean
}

export class Participant {
  private readonly wiretap = new Wiretap(sharedNowMs)
  private node: Node | undefined
  private run: Run | undefined

  readonly handlers: CallHandlers<LabCalls> = {
    open: async ({ cluster, directory, algorithm }) => {
      const options = { cluster, directory, algorithm, wait: '60s' } as const
      const node = await startNode(this.wiretap.on(systemWorld(options)), parseOptions(options))
      node.spawn(echo, { init: () => null, receive: (_state, _body, context) => void context.reply(null) })
      node.on('viewInstalled', () => {
        if (this.run !== undefined) this.run.viewChanges++
      })
      this.node = node
      return node.id
    },
    members: () => this.theNode.members.map(({ id }) => id),
    rounds: async (peer, count) => {
      const ms = new Float64Array(count)
      for (let i = 0; i < count; i++) ms[i] = await this.roundMs(peer)
      return ms
    },
    begin: (beginning) => this.begin(beginning),
    users: (users) => this.theRun.users.come(users),
    visit: () => this.theRun.users.visit(),
    entryCount: () => this.theRun.users.entries.length,
    stop: () => this.theRun.users.stop(),
    log: () => this.log(),
  }

  private begin({ lock, sectionMs, probed }: Beginning): void {
    const run: Run = {
      lock,
      users: new Visitors(this.theNode, lock, sectionMs),
      roundMs: [],
      cpuBefore: process.cpuUsage(),
      viewChanges: 0,
      isOver: false,
    }
    this.run = run
    this.wiretap.start()
    void this.probe(run, probed)
  }

  private log(): ProcessLog {
    const { theRun: run } = this
    run.isOver = true
    const { entries, lost } = run.users
    const { user, system } = process.cpuUsage(run.cpuBefore)
    return {
      id: this.theNode.id,
      arrivedMs: Float64Array.from(entries, (entry) => entry.arrivedMs),
      askedMs: Float64Array.from(entries, (entry) => entry.askedMs),
      enteredMs: Float64Array.from(entries, (entry) => entry.enteredMs),
      leftMs: Float64Array.from(entries, (entry) => entry.leftMs),
      fences: BigInt64Array.from(entries, (entry) => entry.fence),
      sent: this.wiretap.stop(run.lock),
      roundMs: Float64Array.from(run.roundMs),
      viewChanges: run.viewChanges,
      lost,
      cpuMs: (user + system) / 1000,
    }
  }

  /** Measures the round trip to one peer after the other as the run goes on, seldom enough to be no load of its own. */
  private async probe(run: Run, peers: readonly NodeId[]): Promise<void> {
    for (let i = 0; peers.length > 0 && !run.isOver; i++) {
      // A peer that does not answer is another's to report.
      const ms = await this.roundMs(peers[i % peers.length] as NodeId).catch(() => null)
      if (ms !== null) run.roundMs.push(ms)
      await new Promise((resolve) => setTimeout(resolve, probePauseMs))
    }
  }

  private async roundMs(peer: NodeId): Promise<number> {
    const beganMs = sharedNowMs()
    await this.theNode.ref(peer, echo).ask(null)
    return sharedNowMs() - beganMs
  }

  private get theNode(): Node {
    invariant(this.node !== undefined, 'the node is opened first')
    return this.node
  }

  private get theRun(): Run {
    invariant(this.run !== undefined, 'a run is begun first')
    return this.run
  }
}
