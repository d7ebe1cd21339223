/** Results that are made up, so that each test can say what it is about. */
import { experimentOf, optionsHash } from '../../lib/lab/experiment.ts'
import type { Distribution, Formula, Measured, Results, Row } from '../../lib/lab/results.ts'

export function measured(mean: number): Measured {
  return { mean, low: mean * 0.95, high: mean * 1.05 }
}

export function distribution(mean: number): Distribution {
  return { ...measured(mean), p50: mean, p95: mean * 2, p99: mean * 3 }
}

export function formula(text: string, value: number | null, found: number, more: Partial<Formula> = {}): Formula {
  return { text, value, ratio: value === null ? null : found / value, kind: 'exact', ...more }
}

/** A row in which ricart-agrawala does as its paper says, unless told otherwise. */
export function row(over: Partial<Row> = {}): Row {
  const { nodes = 5 } = over
  const messages = 2 * (nodes - 1)
  return {
    algorithm: 'ricart-agrawala',
    nodes,
    load: 'saturated',
    delay: 'constant:1',
    entries: 100,
    seeds: 3,
    messagesPerEntry: measured(messages),
    messagesByKind: { request: messages / 2, reply: messages / 2 },
    bytesPerEntry: messages * 40,
    syncDelay: distribution(1),
    waiting: distribution(nodes),
    response: distribution(nodes + 0.1),
    throughput: measured(0.9),
    jain: 1,
    jainOfWaits: 0.99,
    bypassMax: 2,
    inversions: 0,
    inversionsBy: { happensBefore: 0, arrival: 3, timestamp: 0 },
    formula: formula('2(N − 1)', messages, messages),
    formulas: { syncDelay: formula('T', 1, 1) },
    fifo: true,
    violations: 0,
    ...over,
  }
}

/** Two algorithms, three sizes, three loads: enough for every kind of figure. */
export function results(over: Partial<Results> = {}): Results {
  const algorithms = ['ricart-agrawala', 'token-ring']
  const loads = ['light', 'poisson:0.5', 'saturated']
  const nodes = [3, 10, 100]
  const experiment = experimentOf({ algorithms, loads, nodes, entries: 100, seeds: 3 })
  const rows = loads.flatMap((load) =>
    nodes.flatMap((n) => [
      row({ nodes: n, load }),
      row({
        algorithm: 'token-ring',
        nodes: n,
        load,
        messagesPerEntry: measured(1),
        messagesByKind: { token: 1 },
        formula: formula('1', 1, 1, { kind: 'approximation', note: 'As printed; the ring rests in between.' }),
      }),
    ]),
  )
  return {
    provenance: {
      version: '1.2.3',
      seed: 1,
      optionsHash: optionsHash(experiment),
      node: 'v20.19.0',
      command: 'holdfast lab run --algorithms ricart-agrawala,token-ring --nodes 3,10,100',
    },
    experiment,
    rows,
    speed: { messages: 1_000_000, cpuMs: 500, messagesPerSecond: 2_000_000 },
    ...over,
  }
}
