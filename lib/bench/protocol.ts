/**
 * What the bench asks of its processes. One question at a time, one answer each; the answers carry measured times as
 * typed arrays. All times are milliseconds of the monotonic clock that the processes of one machine share.
 */
export interface BenchProtocol {
  /** Joins the cluster. */
  open: {
    readonly ask: { readonly cluster: string; readonly directory: string; readonly algorithm: string }
    readonly answer: { readonly id: string }
  }
  /** How many members this node's view has. */
  members: { readonly ask: Record<string, never>; readonly answer: { readonly count: number } }
  /** Listens for the floor's frames and for bare `ws`. */
  listen: { readonly ask: Record<string, never>; readonly answer: { readonly floorPort: number; readonly wsPort: number } }
  /** Connects to the floors of others, and to the bare `ws` of the first of them. */
  connect: {
    readonly ask: { readonly floorPorts: readonly number[]; readonly wsPort: number }
    readonly answer: Record<string, never>
  }
  /** Bare round trips, one after the other. */
  wsRounds: { readonly ask: { readonly count: number }; readonly answer: { readonly ms: Float64Array } }
  /** Rounds of the floor: a frame to every peer, all answers awaited. */
  floorRounds: { readonly ask: { readonly count: number }; readonly answer: { readonly ms: Float64Array } }
  /** Acquires and releases names that no node used before. */
  firstRounds: {
    readonly ask: { readonly count: number; readonly prefix: string }
    readonly answer: { readonly ms: Float64Array }
  }
  /** Acquires and releases one name, again and again. Times are of batches of `batch` pairs. */
  reacquire: {
    readonly ask: { readonly name: string; readonly forMs: number; readonly batch: number }
    readonly answer: { readonly batchMs: Float64Array; readonly wallMs: number }
  }
  /** Contends for one name from one moment to another. */
  contend: {
    readonly ask: { readonly name: string; readonly fromMs: number; readonly untilMs: number }
    readonly answer: { readonly log: ContentionLog }
  }
  /** Acquires a name and keeps it; the moment of the grant. */
  take: { readonly ask: { readonly name: string }; readonly answer: { readonly grantedMs: number } }
  /** Releases what it took. */
  give: { readonly ask: Record<string, never>; readonly answer: Record<string, never> }
  /** What this process has used and sent so far. */
  usage: { readonly ask: Record<string, never>; readonly answer: Usage }
}

/** One process's entries, column by column. */
export interface ContentionLog {
  readonly askedMs: Float64Array
  readonly grantedMs: Float64Array
  readonly releasedMs: Float64Array
}

export interface Usage {
  /** User and system time, in microseconds. */
  readonly cpuUs: number
  readonly rssBytes: number
  /** Messages of locks sent. */
  readonly lockMessages: number
}
