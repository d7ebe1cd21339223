/** `node dist/test/nemesis/main.js --minutes 5 [--seed S] [--faults A,B] [--pools A,B] [--json] [--history FILE]` */
import { appendFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { isClean, type NemesisReport, runNemesis } from './nemesis.ts'
import type { PoolKind } from './stage.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    seed: { type: 'string' },
    faults: { type: 'string' },
    pools: { type: 'string' },
    history: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})

// `exit` takes processes and networks away.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
process.setMaxListeners(0)

const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
const say = (text: string): void => void process.stderr.write(`${text}\n`)
say(`seed ${seed}`)
const report = await runNemesis({
  seconds: Number(values.minutes) * 60,
  seed,
  progress: say,
  keep(history) {
    if (values.history !== undefined) appendFileSync(values.history, `${history}\n`)
  },
  ...(values.faults === undefined ? {} : { faults: values.faults.split(',') }),
  ...(values.pools === undefined ? {} : { pools: values.pools.split(',') as PoolKind[] }),
})
process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : table(report))
const isStrict = process.env['HOLDFAST_TEST_STRICT'] === '1' && Object.keys(report.missing).length > 0
// A connection that a fault left half open at a proxy would keep this process for as long as its other end likes.
process.exit(isClean(report) && !isStrict ? 0 : 1)

function table(report: NemesisReport): string {
  const { faults, missing, failovers, violations, falseRemovals, unexpected } = report
  const rows = Object.entries(faults).map(([name, count]) => `  ${name.padEnd(24)} ${missing[name] ?? String(count).padStart(5)}`)
  const times = (['local', 'proxies', 'namespaces'] as const).flatMap((pool) =>
    (['killed', 'stopped'] as const).flatMap((cause) => {
      const ms = failovers.filter((each) => each.pool === pool && each.cause === cause).map((each) => each.ms)
      if (ms.length === 0) return []
      ms.sort((a, b) => a - b)
      const [median, most] = [ms[ms.length >> 1], ms.at(-1)].map((value) => `${(value ?? 0).toFixed(0)} ms`)
      const who = `holder ${cause} (${pool})`.padEnd(32)
      return [`  ${who}${ms.length} times, median ${median}, at most ${most}`]
    }),
  )
  return `${[
    `${report.rounds} rounds in ${report.seconds.toFixed(0)} s, seed ${report.seed}`,
    'faults',
    ...rows,
    'from a holder to the next grant',
    ...times,
    `grants             ${report.grants}`,
    `turned away        ${report.turnedAway} accesses, by their fence`,
    `failed requests    ${JSON.stringify(report.failures)}`,
    `members removed    ${report.removals} by faults that may, ${falseRemovals.length} falsely`,
    `without fences     ${report.unfenced} violations seen (there must be some)`,
    `violations         ${violations.length}`,
    ...violations.slice(0, 20).map((text) => `  ${text}`),
    ...falseRemovals.slice(0, 20).map((text) => `  removed falsely: ${text}`),
    ...unexpected.slice(0, 20).map((text) => `  note: ${text}`),
    isClean(report) ? 'clean' : 'NOT CLEAN',
  ].join('\n')}\n`
}
