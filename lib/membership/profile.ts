/**
 * This file has the times of the failure detector. Three presets cover the usual environments; each number says how it was
 * chosen, so that another environment can have its own. The shapes of the formulas are those of SWIM (Das et al. 2002) and
 * Lifeguard (Dadgar et al. 2017).
 */
export interface SwimProfile {
  /** One peer is probed each interval; a probe that is not answered by its end has failed. */
  readonly probeIntervalMs: number
  /**
   * After this much silence helpers are asked to try. Choose the 99th percentile of a round trip on a busy machine, and
   * at most a third of the interval: the rest is for the helpers' round.
   */
  readonly probeTimeoutMs: number
  /** How many helpers try on one's behalf. Three survive heavy loss: 0.1 · 0.18³ of the probes fail at 5 % loss. */
  readonly helpersMax: number
  /**
   * The shortest suspicion of a peer to which no connection is open, at ten nodes or fewer; it grows with log10 N. It
   * must outlast a redial and a round of gossip.
   */
  readonly suspicionClosedMs: number
  /**
   * The same while a connection to the suspect is still open: its kernel answers, so its process is there and may only
   * be busy. Choose more than the longest pause that must not cost a membership, less one probe interval.
   */
  readonly suspicionOpenMs: number
  /** A suspicion that no other node confirms lasts this many times as long. */
  readonly suspicionFactor: number
  /** So many independent confirmations bring a suspicion down to its shortest. */
  readonly confirmationsMax: number
  /** News travel at this interval to `gossipFanout` random peers. */
  readonly gossipIntervalMs: number
  readonly gossipFanout: number
  /** Each piece of news is sent `gossipSends · ⌈log10(N + 1)⌉` times by each node. */
  readonly gossipSends: number
  /** How often everything is exchanged with one random peer; stretched above 32 nodes. It repairs what gossip lost. */
  readonly syncIntervalMs: number
  /** How long a node that is down or has left stays in the table. */
  readonly reapMs: number
  /** Peers in the table; the oldest that are gone make room, further ones are not listed. */
  readonly peersMax: number
}

const common = {
  helpersMax: 3,
  suspicionFactor: 6,
  confirmationsMax: 1,
  gossipFanout: 3,
  gossipSends: 4,
  peersMax: 4096,
} as const

/**
 * `local` for processes of one host: a killed process is down in about 0.7 s, since its sockets close at once, while a
 * busy one has over 2 s. `lan` for hosts of one network: down in 2.5 to 3 s, and a pause of 2 s is forgiven. `wan` for
 * links with round trips of up to half a second.
 */
export const swimProfiles: Readonly<Record<'local' | 'lan' | 'wan', SwimProfile>> = {
  local: {
    ...common,
    probeIntervalMs: 200,
    probeTimeoutMs: 60,
    suspicionClosedMs: 500,
    suspicionOpenMs: 2500,
    gossipIntervalMs: 50,
    syncIntervalMs: 5000,
    reapMs: 30_000,
  },
  lan: {
    ...common,
    probeIntervalMs: 500,
    probeTimeoutMs: 150,
    suspicionClosedMs: 2000,
    suspicionOpenMs: 2500,
    gossipIntervalMs: 100,
    syncIntervalMs: 10_000,
    reapMs: 60_000,
  },
  wan: {
    ...common,
    confirmationsMax: 2,
    probeIntervalMs: 2000,
    probeTimeoutMs: 650,
    suspicionClosedMs: 6000,
    suspicionOpenMs: 8000,
    gossipIntervalMs: 250,
    syncIntervalMs: 30_000,
    reapMs: 120_000,
  },
}
