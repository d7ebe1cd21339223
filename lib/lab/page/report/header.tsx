/** This file shows the head of the report: what was measured, and the command that measures it again. */
import { useState } from 'preact/hooks'
import { groupedDigits } from '../../report/numbers.ts'
import type { Results } from '../../results.ts'

/** What was measured, with what, and how to measure it again. */
export function Header({ results }: { readonly results: Results }) {
  const { experiment, provenance, speed, rows, real } = results
  const violations = rows.reduce((sum, row) => sum + row.violations, 0)
  const broken = rows.find((row) => row.violations > 0)
  return (
    <header class="top">
      <p class="kind">Holdfast lab · report</p>
      <h1>{experiment.title ?? 'Mutual exclusion, measured'}</h1>
      <p class="lead">{summary(results)}</p>
      {broken === undefined ? (
        <p class="verdict clean">Exclusion, fences and liveness held in every run.</p>
      ) : (
        <p class="verdict broken" role="alert">
          <strong>{violations === 1 ? '1 violation.' : `${groupedDigits(violations)} violations.`}</strong> The first, by{' '}
          {broken.algorithm} with {broken.nodes} nodes: {broken.firstViolation ?? 'no sentence'}.
        </p>
      )}
      <dl class="provenance">
        <Fact name="Holdfast">{provenance.version}</Fact>
        <Fact name="Node">{provenance.node}</Fact>
        <Fact name="Seeds">
          {provenance.seed} to {provenance.seed + experiment.seeds - 1}
        </Fact>
        <Fact name="Options">{provenance.optionsHash}</Fact>
        {provenance.startedAt === undefined ? null : (
          <Fact name="Begun">{provenance.startedAt.replace('T', ' ').slice(0, 16)} UTC</Fact>
        )}
        <Fact name="Simulated">
          {groupedDigits(speed.messages)} messages, {(speed.messagesPerSecond / 1e6).toFixed(2)} million a second
        </Fact>
        {real === undefined ? null : (
          <Fact name="Real">
            {real.machine}; T = {real.delayMs.toPrecision(3)} ms
          </Fact>
        )}
      </dl>
      <Reproduce command={provenance.command} />
    </header>
  )
}

function Fact({ name, children }: { readonly name: string; readonly children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function Reproduce({ command }: { readonly command: string }) {
  const [said, say] = useState('')
  const copy = (): void => {
    navigator.clipboard.writeText(command).then(
      () => say('copied'),
      () => say('select it and copy it by hand'),
    )
  }
  return (
    <section class="reproduce" aria-label="How to reproduce">
      <p>The same numbers again:</p>
      <pre>
        <code>{command}</code>
      </pre>
      <button type="button" class="screen" onClick={copy}>
        Copy
      </button>
      <span role="status" class="screen">
        {said}
      </span>
    </section>
  )
}

function summary({ experiment }: Results): string {
  const { algorithms, nodes, loads, delays, entries, seeds, sectionT, sectionLaw, links, permits } = experiment
  const what = permits === undefined ? 'mutual exclusion' : `${permits} permits`
  const many = algorithms.length === 1 ? `One algorithm for ${what}` : `${algorithms.length} algorithms for ${what}`
  return (
    `${many}, among ${listed(nodes.map(String))} nodes, under ${listed(loads)} load; messages travel ${listed(delays)}, ` +
    `${links === 'fifo' ? 'in order on each link' : 'without order'}; critical sections last ${sectionT} T` +
    `${sectionLaw === 'exponential' ? ' at the mean' : ''}. Each figure is a mean of ${groupedDigits(seeds)} ` +
    `${seeds === 1 ? 'run' : 'independent runs'} of ${groupedDigits(entries)} entries, with its 95 % interval; all algorithms met the same users.`
  )
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}
