/**
 * This file writes the report of a check as one HTML file, which can be read offline: the verdict, the story with its
 * diagram, what was tried, and the score.
 */
import { escaped, svgOf } from '../../sim/story/svg.ts'
import type { CheckReport, Explored, Finding } from './report.ts'
import type { Story } from '../../sim/story/story.ts'
import type { Points } from './score.ts'

const style = `
:root { color-scheme: light dark; --text: #1b1f24; --quiet: #57606a; --ground: #fff; --line: #8c959f; --wait: #c8dcf4; --in: #1f6feb;
  --wrong: #b3126b; --good: #116329 }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --quiet: #9aa4af; --ground: #0d1117; --line: #6e7681; --wait: #1c3a63;
  --in: #58a6ff; --wrong: #ff7bbf; --good: #56d364 } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--text); background: var(--ground); margin: 2rem auto; max-width: 70rem; padding: 0 1rem }
.bad { color: var(--wrong) } .good { color: var(--good) }
.figure { overflow-x: auto } figcaption { color: var(--quiet) }
table { border-collapse: collapse } td, th { padding: .2rem .8rem .2rem 0; text-align: left; border-bottom: 1px solid var(--line) }
td.number, th.number { text-align: right }
`

/** The page. */
export function reportHtml(report: CheckReport): string {
  const { name, violations, configurations, explored, seeds } = report
  const verdict =
    violations.length === 0
      ? `<p class="good">Nothing wrong was found.</p>`
      : violations.map((finding) => findingHtml(finding)).join('\n')
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(name)}: check</title><style>${style}</style></head>
<body>
<main>
<h1>${escaped(name)}</h1>
${verdict}
<h2>What was tried</h2>
<p>${explored} states of small configurations, and ${seeds} runs at random with more sites. Links: ${report.links === 'fifo' ? 'in order' : 'without order'}.</p>
<table><thead><tr><th>sites</th><th>requests</th><th class="number">states</th><th>every order</th></tr></thead>
<tbody>
${configurations.map(configurationRow).join('\n')}
</tbody></table>
<h2>Score</h2>
${scoreTable(report)}
</main>
</body>
</html>
`
}

function findingHtml({ property, problem, story, run, foundBy }: Finding): string {
  const figure =
    run === null
      ? ''
      : `<figure><div class="figure" tabindex="0">${figureOf(run, problem)}</div>
<figcaption>Time runs to the right, a step a column. Pale bars wait, full bars are inside; dotted arrows have not arrived.</figcaption></figure>`
  const steps = story.filter((line) => numbered.test(line)).map(stepHtml)
  const others = story.filter((line) => !numbered.test(line) && line !== problem).map((line) => `<p>${escaped(line)}</p>`)
  return `<h2 class="bad">Breaks ${escaped(property)}</h2>
<p>${escaped(problem)} (found by ${escaped(foundBy)})</p>
${figure}
<ol>
${steps.join('\n')}
</ol>
${others.join('\n')}`
}

/** Within a page a figure needs no namespace, and the page then names no address at all. */
function figureOf(run: Story, title: string): string {
  return svgOf(run, { title, toT: run.steps.length + 0.5 }).replace(/ xmlns="[^"]*"/, '')
}

const numbered = /^(\d+)\. /

/** A long story is told from its end, and keeps its numbers. */
function stepHtml(line: string): string {
  const [head = '', number = ''] = numbered.exec(line) ?? []
  return `<li value="${number}">${escaped(line.slice(head.length))}</li>`
}

function configurationRow({ nodes, requests, mode, withdraws, states, complete }: Explored): string {
  const asked = `${requests.join(' + ')}${mode === 'exclusive' ? '' : `, ${mode}`}${withdraws ? ', may be withdrawn' : ''}`
  return `<tr><td>${nodes}</td><td>${asked}</td><td class="number">${states}</td><td>${complete ? 'yes' : 'no'}</td></tr>`
}

function scoreTable({ score }: CheckReport): string {
  const { exclusion, liveness, fairness, messages } = score
  const row = ([name, { points, of }]: [string, Points]): string =>
    `<tr><td>${name}</td><td class="number">${points}</td><td class="number">${of}</td></tr>`
  const rows = Object.entries({ exclusion, liveness, fairness, messages }).map(row)
  return `<table><thead><tr><th>part</th><th class="number">points</th><th class="number">of</th></tr></thead>
<tbody>
${rows.join('\n')}
<tr><th>all</th><th class="number">${score.total}</th><th class="number">100</th></tr>
</tbody></table>`
}
