/** docs/seeded-bugs.md: which seed shows each bug first, and by which property. Written by `write-bugs.ts`, read by the tests. */
import type { Bug } from '../../lib/sim/bugs/index.ts'

export const bugsPagePath = 'docs/seeded-bugs.md'

/** How a bug was caught. */
export interface Caught {
  readonly name: string
  readonly seed: number
  readonly property: string
}

/** The page, whole. */
export function bugsPage(bugs: readonly Bug[], caught: readonly Caught[]): string {
  const seeds = caught.map(({ seed }) => seed).sort((a, b) => a - b)
  const median = seeds[Math.floor((seeds.length - 1) / 2)] ?? 0
  const rows = bugs.map(({ name, breaks }) => {
    const row = caught.find((each) => each.name === name)
    return `| \`${name}\` | ${breaks} | ${row?.property ?? '-'} | ${row?.seed ?? '-'} |`
  })
  return [
    '# Seeded bugs',
    '',
    'A simulator that finds no bugs may be looking at nothing. So here are mistakes put in on purpose. Each is a mutation in `lib/sim/bugs`:',
    'it replaces a part of the code from outside, so that the code itself knows of none. Each must be caught; the tests also have harmless',
    'mutations, which must never be reported. Put one into the nodes and look for it:',
    '',
    '```sh',
    'npx holdfast sim --bug list',
    'npx holdfast sim --bug no-id-tie-break --seeds 20000',
    '```',
    '',
    `${bugs.length} bugs; half of them are caught within ${median} ${median === 1 ? 'seed' : 'seeds'}, all within ${seeds.at(-1) ?? 0}. The seeds are tried from 1 on; *seed* is the first`,
    'that showed the bug, *caught by* the property of the checker that it broke first. The table is measured: `npm run docs:bugs` writes it. The tests',
    'hunt the common ones again, CI all of them.',
    '',
    '| bug | what it breaks | caught by | seed |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    'The first of them is a canary: nobody excludes anybody. Its survival fails every check that could have seen it.',
    '',
  ].join('\n')
}

/** What the page's table says. */
export function caughtOf(page: string): Caught[] {
  return page.split('\n').flatMap((line) => {
    const cells = /^\| `([a-z-]+)` \| .* \| ([^|]+) \| (\d+) \|$/.exec(line)
    return cells === null ? [] : [{ name: cells[1] as string, property: cells[2] as string, seed: Number(cells[3]) }]
  })
}
