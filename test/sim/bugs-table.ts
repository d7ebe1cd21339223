/** This file makes docs/seeded-bugs.md from the catalogue of mistakes and the measured seeds. */
import { catalogue } from '../../lib/lab/catalogue.ts'
import { bugs, type Mistake } from '../../lib/sim/bugs/index.ts'
import { subtleBugs } from '../../lib/sim/bugs/subtle.ts'

export const bugsPagePath = 'docs/seeded-bugs.md'

/** The first seed that shows each bug, by its name. */
export type Caught = ReadonlyMap<string, number>

/** The page, whole. */
export function bugsPage(caught: Caught): string {
  const seeds = [...caught.values()].sort((a, b) => a - b)
  const median = seeds[Math.floor((seeds.length - 1) / 2)] ?? 0
  return [
    '# Seeded bugs',
    '',
    'A simulator that finds no bugs may be looking at nothing. So here are mistakes put in on purpose. Each is a replacement in `lib/sim/bugs`:',
    'it acts at a public method of the code from outside, so that the code itself knows of none. Each must be caught; the tests also have',
    'harmless replacements, which must never be reported. Put one into the nodes and look for it:',
    '',
    '```sh',
    'npx holdfast sim --bug list',
    'npx holdfast sim --bug no-id-tie-break --seeds 20000',
    '```',
    '',
    `${bugs.length} bugs; half of them are caught within ${median} ${median === 1 ? 'seed' : 'seeds'}, all within ${seeds.at(-1) ?? 0}. The seeds are tried from 1 on; *seed* is the first`,
    'that breaks the *property*. The table is measured: `npm run docs:bugs` writes it. The tests hunt the common ones again, CI all of them.',
    'The first one is a canary: no node excludes another. If it survives, no check of the run can have seen anything.',
    '',
    '| bug | what it breaks | property | source | seed |',
    '| --- | --- | --- | --- | --- |',
    ...bugs.map((bug) => row(bug, caught.get(bug.name) ?? '-')),
    '',
    '## Mistakes that seeds meet too seldom',
    '',
    'Each of these needs one order of events among thousands. [Testing](testing.md) says why.',
    '',
    '| bug | what it breaks | property | source | shown by |',
    '| --- | --- | --- | --- | --- |',
    ...subtleBugs.map((bug) => row(bug, bug.shownBy ?? '-')),
    '',
    '## Mistakes in algorithms',
    '',
    'The [gallery](lab/own-algorithm.md#the-gallery) of the lab has algorithms with one mistake each, and most of them without it. Each breaks its property with so many',
    'sites, and not with fewer. `npx holdfast lab check gallery:NAME` shows how. A mistake that is also a seeded bug is found by both names, and its sentence stands above.',
    '',
    '| mistake | what it breaks | property | source | sites | cure |',
    '| --- | --- | --- | --- | --- | --- |',
    ...catalogue.flatMap(({ broken }) => {
      if (broken === null) return []
      const { name, sameAs, breaks, nodes, cure } = broken
      const what = sameAs === undefined ? breaks : `The same as \`${sameAs}\`.`
      return [row({ ...broken, name, breaks: what }, `${nodes} | ${cure}`)]
    }),
    '',
  ].join('\n')
}

function row({ name, breaks, property, source = '' }: Mistake, last: string | number): string {
  return `| \`${name}\` | ${breaks} | ${property} | ${source} | ${last} |`
}

/** What the page's table says. */
export function caughtOf(page: string): Caught {
  return new Map([...page.matchAll(/^\| `([a-z-]+)` \| .* \| (\d+) \|$/gm)].map(([, name = '', seed]) => [name, Number(seed)]))
}
