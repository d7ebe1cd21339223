/**
 * This file makes a printed row from the measures of each run: means over seeds with their intervals, and the formula beside
 * them.
 */
import { Mode } from '../base/mode.ts'
import { largest, mean, sum } from '../observe/statistics.ts'
import { claimsFor, type Prediction } from './formulas.ts'
import { estimate } from './measures/confidence.ts'
import type { RunMeasures } from './measures/run.ts'
import type { Spread } from './measures/spread.ts'
import { type Distribution, type Formula, type FormulaName, type Measured, type Row, unmeasured } from './results.ts'
import { causalNodesMax, type Setting } from './settings.ts'

/** The row of one setting, from its runs in the order of their seeds. */
export function rowOf(setting: Setting, runs: readonly RunMeasures[]): Row {
  const messagesPerEntry = measured(runs.map((run) => run.messagesPerEntry))
  const syncDelay = distribution(runs.map((run) => run.syncDelay))
  const response = distribution(runs.map((run) => run.response))
  const throughput = measured(runs.map((run) => run.throughput))
  const mode = Mode.of(setting.mode)
  const bypassMax = largest(runs.map((run) => run.bypassMax))
  const claims = claimsFor({
    algorithm: setting.algorithm,
    nodes: setting.nodes,
    load: setting.load,
    sectionT: setting.sectionT,
    hasConstantDelay: setting.delay.startsWith('constant'),
    ...(mode.isCounted ? { permits: mode.limit } : {}),
  })
  const found = {
    messagesPerEntry: messagesPerEntry.mean,
    syncDelay: syncDelay.mean,
    response: response.mean,
    throughput: throughput.mean,
    bypassMax,
  }
  const formulas: Partial<Record<FormulaName, Formula>> = {}
  for (const [name, claim] of Object.entries(claims) as [FormulaName, Prediction][]) formulas[name] = beside(claim, found[name])
  const firstViolation = runs.find((run) => run.firstViolation !== null)?.firstViolation
  return {
    algorithm: setting.algorithm,
    nodes: setting.nodes,
    load: setting.load,
    delay: setting.delay,
    entries: setting.entries,
    seeds: runs.length,
    messagesPerEntry,
    messagesByKind: kindsOf(runs),
    bytesPerEntry: orNull(mean(runs.map((run) => run.bytesPerEntry))),
    syncDelay,
    waiting: distribution(runs.map((run) => run.waiting)),
    response,
    throughput,
    jain: orNull(mean(runs.map((run) => run.jain))),
    jainOfWaits: orNull(mean(runs.map((run) => run.jainOfWaits))),
    bypassMax,
    inversions: sum(runs.map((run) => run.inversions.timestamp)),
    inversionsBy: {
      happensBefore: setting.nodes <= causalNodesMax ? sum(runs.map((run) => run.inversions.happensBefore)) : null,
      arrival: sum(runs.map((run) => run.inversions.arrival)),
      timestamp: sum(runs.map((run) => run.inversions.timestamp)),
    },
    ...recoveryOf(runs),
    formula: formulas.messagesPerEntry ?? { text: 'none known', value: null, ratio: null, kind: 'bound' },
    formulas,
    fifo: !setting.unordered,
    violations: sum(runs.map((run) => run.violations)),
    ...(firstViolation === undefined || firstViolation === null ? {} : { firstViolation }),
  }
}

function beside(claim: Prediction, found: number | null): Formula {
  const ratio = claim.value === null || claim.value === 0 || found === null ? null : found / claim.value
  return { ...claim, ratio }
}

function measured(values: readonly number[]): Measured {
  return estimate(values) ?? unmeasured
}

function distribution(spreads: readonly Spread[]): Distribution {
  const overSeeds = (pick: (spread: Spread) => number): number | null => estimate(spreads.map(pick))?.mean ?? null
  return {
    ...measured(spreads.map((spread) => spread.mean)),
    p50: overSeeds((spread) => spread.p50),
    p95: overSeeds((spread) => spread.p95),
    p99: overSeeds((spread) => spread.p99),
  }
}

function recoveryOf(runs: readonly RunMeasures[]): Pick<Row, 'recovery'> {
  const recoveries = runs.flatMap(({ recovery }) => (recovery === null ? [] : [recovery]))
  if (recoveries.length === 0) return {}
  return {
    recovery: {
      delay: measured(recoveries.map(({ delay }) => delay)),
      messages: measured(recoveries.map((each) => each.messages)),
    },
  }
}

function kindsOf(runs: readonly RunMeasures[]): Record<string, number> {
  const kinds = [...new Set(runs.flatMap((run) => Object.keys(run.messagesByKind)))]
  return Object.fromEntries(kinds.map((kind) => [kind, mean(runs.map((run) => run.messagesByKind[kind] ?? 0))]))
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value
}
