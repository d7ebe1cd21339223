import { Crowd } from './scale.ts'

/** What so many nodes cost, and how ten of them went. */
export interface CrowdFigures {
  readonly nodes: number
  /** Virtual time from the start of the first process to one active view of all. */
  readonly settledMs: number
  readonly viewsToSettle: number
  /** In quiet times, for each node and second. */
  readonly gossip: { readonly messages: number; readonly bytes: number }
  readonly sessions: { readonly messages: number; readonly bytes: number }
  /** The crash of several at once: how many views it took, until when, and what they cost in all for each node. */
  readonly crash: {
    readonly crashed: number
    readonly views: number
    readonly tookMs: number
    readonly messages: number
    readonly bytes: number
  }
  readonly sessionsEnded: number
  readonly wallMs: number
}

/** Long enough for a full exchange or two of each node, which are the rarer the more nodes there are. */
function quietMsOf(nodes: number): number {
  return Math.max(20_000, 15_000 * (nodes / 32))
}

/** Starts `nodes` nodes, lets them be for a while, and kills `crashed` of them at once. */
export function measureCrowd(nodes: number, crashed: number, seed: number): CrowdFigures {
  const quietMs = quietMsOf(nodes)
  const startedAt = process.hrtime.bigint()
  const crowd = new Crowd(nodes, seed)
  crowd.settle(120_000)
  const settledMs = crowd.time.nowMs
  const viewsToSettle = crowd.epochs.size
  crowd.time.runFor(15_000)
  crowd.startCounting()
  crowd.time.runFor(quietMs)
  const gossip = crowd.sent.get('swim') ?? { messages: 0, bytes: 0 }
  const sessions = crowd.sent.get('session') ?? { messages: 0, bytes: 0 }
  const each = ({ messages, bytes }: { messages: number; bytes: number }, seconds: number) => ({
    messages: round(messages / nodes / seconds),
    bytes: round(bytes / nodes / seconds),
  })
  const quiet = { gossip: each(gossip, quietMs / 1000), sessions: each(sessions, quietMs / 1000) }
  crowd.epochs.clear()
  crowd.startCounting()
  const crashedAtMs = crowd.time.nowMs
  const ids = [...crowd.nodes.keys()]
  // None of the voters, which are the first three.
  crowd.kill(Array.from({ length: crashed }, (_, index) => ids[3 + Math.floor(((nodes - 4) * index) / crashed)] as string))
  crowd.settle(120_000)
  const tookMs = Math.round(crowd.time.nowMs - crashedAtMs)
  const change = each(crowd.sent.get('view') ?? { messages: 0, bytes: 0 }, 1)
  crowd.time.runFor(5000)
  return {
    nodes,
    settledMs: Math.round(settledMs),
    viewsToSettle,
    ...quiet,
    crash: { crashed, views: crowd.epochs.size, tookMs, ...change },
    sessionsEnded: crowd.sessionsEnded.length,
    wallMs: Number((process.hrtime.bigint() - startedAt) / 1_000_000n),
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
