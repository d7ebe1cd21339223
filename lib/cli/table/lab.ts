/** This file describes the commands of the lab. */
import { choice, decimal, file, flag, integer, integers, laws, seconds, freeText, texts } from '../option.ts'
import { spec } from '../spec.ts'
import { labAlgorithmNames } from './names.ts'

const loads = ['light', 'saturated', 'poisson:0.5', 'closed:10', 'hotspot:0.5,0.8', 'zipf:0.5,1', 'bursts:0.5,3']
const delays = ['constant:1', 'uniform:0.5,1.5', 'exponential:1', 'lognormal:1,0.5', 'two-sites:1,10']
const loadForms = 'light, saturated, poisson:LOAD, closed:THINK, hotspot:LOAD,SHARE, zipf:LOAD,S or bursts:LOAD,SIZE'
const delayForms = 'constant:T, uniform:LOW,HIGH, exponential:T, lognormal:T,SIGMA or two-sites:NEAR,FAR'

const threads = integer('N', 'worker threads (default: one for each core)', {
  min: 1,
  max: 256,
  example: '4',
  fallback: undefined,
})

export const labRunSpec = spec({
  name: 'lab run',
  summary: 'run one experiment on many algorithms, and compare them with their papers',
  about: [
    "FILE is an experiment (lab.json; 'holdfast lab schema' prints its schema); options replace its settings. One of the two names the algorithms.",
  ],
  args: [{ name: 'FILE', isOptional: true, example: 'lab.json', completes: 'files' }],
  options: {
    algorithms: texts(
      'A,B',
      "which: names that 'holdfast lab algorithms' lists, 'all' for all that exclude, a file of your own (./my-mutex.ts), or gallery:NAME",
      'ricart-agrawala,token-ring',
      ['all', ...labAlgorithmNames],
    ),
    nodes: integers('N,M', 'how many nodes, 2 to 1000 (default 5)', { min: 2, max: 1000, example: '5,10', fallback: undefined }),
    load: laws('LOAD', `${loadForms} (default saturated); several with commas, or give the option again`, 'poisson:0.5', loads),
    delay: laws('DELAY', `${delayForms} (default constant:1); several like loads`, 'exponential:1', delays),
    entries: integer('N', 'measured entries under each seed (default 1000)', {
      min: 1,
      max: 10_000_000,
      example: '10000',
      fallback: undefined,
    }),
    'warm-up': integer('N', 'entries before the measured ones (default a tenth)', {
      min: 0,
      max: 10_000_000,
      example: '100',
      fallback: undefined,
    }),
    seeds: integer('K', 'independent runs, for 95 % intervals (default 30)', {
      min: 1,
      max: 10_000,
      example: '10',
      fallback: undefined,
    }),
    from: integer('SEED', 'the first seed (default 1)', { min: 0, max: 2 ** 31, example: '7', fallback: undefined }),
    section: decimal('T', 'length of a critical section in units of the mean delay (default 0.1)', {
      min: 0,
      max: 1000,
      example: '0.5',
      fallback: undefined,
    }),
    'section-law': choice('LAW', 'constant or exponential', ['constant', 'exponential']),
    links: choice('LINKS', 'fifo or unordered', ['fifo', 'unordered']),
    permits: integer('K', 'users share K permits', { min: 1, max: 1000, example: '3', fallback: undefined }),
    threads,
    real: flag('the same on real processes over sockets as well (2 to 64), side by side; 3 seeds by default'),
    html: file('the report: one HTML file with the table and plots, to read offline and to print', 'report.html'),
    csv: file('the rows, for a spreadsheet', 'rows.csv'),
    vega: freeText('DIR', 'a Vega-Lite spec for each plot', 'figures', 'folders'),
    shiviz: file('a log of the first run for ShiViz', 'run.log'),
    history: file("the first run's history, an event a line, as 'holdfast sim --check' reads it", 'run.jsonl'),
    out: file('everything as JSON: provenance, experiment, rows, speed', 'results.json'),
  },
  json: '[{ algorithm, nodes, load, delay, entries, seeds, messagesPerEntry, messagesByKind, bytesPerEntry, syncDelay, waiting, response, throughput, jain, jainOfWaits, bypassMax, inversions, inversionsBy, formula, formulas, fifo, violations }]; times in units of the mean delay; with --real each row has its counterpart beside it, as real',
  examples: [
    { line: 'lab run --algorithms ricart-agrawala,token-ring', says: 'two algorithms with five nodes' },
    { line: 'lab run --algorithms all --nodes 5,10 --load light,saturated --html report.html', says: 'a report of all' },
  ],
  exits: { 0: 'clean', 1: 'an algorithm broke a promise' },
})

export const labDiagramSpec = spec({
  name: 'lab diagram',
  summary: 'draw a run as a space-time diagram, to step through in the browser',
  about: [
    'The page is one HTML file that needs no network. It runs the algorithm itself: step, play, click a message under way to deliver, drop, delay or duplicate it, crash and pause nodes, partition the network. The link in the address bar contains all of this.',
  ],
  args: [],
  options: {
    algorithm: freeText(
      'NAME',
      "'holdfast lab algorithms' lists them (default ricart-agrawala)",
      'token-ring',
      labAlgorithmNames,
    ),
    nodes: integer('N', '2 to 50 (default 4)', { min: 2, max: 50, example: '6', fallback: undefined }),
    seed: integer('SEED', 'the seed of all random choices (default 1)', {
      min: 0,
      max: 2 ** 31,
      example: '7',
      fallback: undefined,
    }),
    load: freeText('LOAD', "as for 'lab run', or 'hands': you send the users (default poisson:0.7)", 'saturated', [
      'hands',
      ...loads,
    ]),
    users: integer('N', 'how many users come in all (default 20)', { min: 0, max: 100_000, example: '10', fallback: undefined }),
    delay: freeText('DELAY', "as for 'lab run' (default uniform:0.5,1.5)", 'constant:1', delays),
    section: freeText('T', "length of a critical section, or 'hands': until you let the user leave (default 1)", '0.5', [
      'hands',
    ]),
    loss: decimal('P', 'the chance that a message is lost (default 0)', {
      min: 0,
      max: 0.999,
      example: '0.1',
      fallback: undefined,
    }),
    unordered: flag('messages on one link may overtake each other'),
    do: freeText('STEP:WHAT,…', "interventions after a number of steps: '12:drop:7,15:crash:B,20:view'", '12:drop:7'),
    link: freeText('TEXT', "all settings, as in the page's own links after '#'", "'algorithm=token-ring&nodes=5'"),
    out: file('the file of the page (default diagram.html)', 'diagram.html'),
    svg: file('a picture instead, of the first N steps (default 60)', 'diagram.svg'),
    steps: integer('N', 'how many steps of the picture', { min: 0, max: 100_000, example: '40', fallback: undefined }),
    vertical: flag('the picture from top to bottom'),
  },
  json: '{ file, algorithm, steps }; steps is null for a page',
  examples: [
    { line: 'lab diagram --algorithm token-ring', says: 'a page' },
    { line: 'lab diagram --svg diagram.svg --steps 40', says: 'a picture' },
  ],
  exits: { 0: 'written' },
})

export const labNewSpec = spec({
  name: 'lab new',
  summary: 'write a file with which to begin an algorithm of your own',
  about: [
    "FILE ends in .ts, .mts, .js or .mjs and must not exist yet. It contains a correct and short algorithm: Ricart and Agrawala's, with its own Lamport clock. Break it, and see what 'holdfast lab check FILE' says.",
  ],
  args: [{ name: 'FILE', isOptional: false, example: 'my-mutex.ts', completes: 'files' }],
  options: {},
  json: '{ file, algorithm }',
  examples: [{ line: 'lab new my-mutex.ts', says: 'in TypeScript' }],
  exits: { 0: 'written' },
})

export const labCheckSpec = spec({
  name: 'lab check',
  summary: 'search an algorithm of your own for mistakes',
  about: [
    "FILE exports 'algorithm'; 'holdfast lab new my-mutex.ts' writes one to begin with. gallery:NAME is a broken one ('holdfast lab gallery' lists them), and mended:NAME the same, cured; bug:NAME is an algorithm of the library with a seeded bug ('holdfast sim --bug list'). TypeScript is loaded through tsx; JavaScript needs no other package.",
    'The algorithm runs in a thread of its own. The command tries every order of events with a few sites and requests, then random runs with more sites. Requests are exclusive, and shared or for permits too if the algorithm lists those modes. It checks that two sites are never inside together, every request is served, and no site enters without having asked, also if requests are withdrawn and time-outs come early. It prints the shortest story of each violation.',
    'The properties: exclusion (two inside together), liveness (a site waits for ever), wrong move (entered without asking), bad message (to no site, without a kind, not plain data), throws, endless (a call that does not return), unrepeatable (state outside of the instance, or a random choice), mayHold and idle (a false answer, if it gives one), loads (the file cannot be used).',
    "The score, 0 to 100: exclusion 40 (half: none broken in any order of the small configurations; half: share of the seeds without a violation), liveness 30 (in the same way), fairness 15 (Jain's index of entries by site), messages 15 (all for 2(N-1) an entry or fewer, half for twice as many); the last two in proportion to the clean seeds, and not at all if a violation was found. A file that does not load or does not return gets no points.",
  ],
  args: [{ name: 'FILE', isOptional: false, example: 'my-mutex.ts', completes: 'files' }],
  options: {
    nodes: integers('N,M', 'sites in the small configurations, 2 to 6 (default 2,3)', {
      min: 2,
      max: 6,
      example: '2,3',
      fallback: [2, 3],
    }),
    most: integer('N', 'the most sites in the random runs, up to 8 (default 6); 2 for an algorithm for two', {
      min: 2,
      max: 8,
      example: '6',
      fallback: 6,
    }),
    states: integer('N', 'states to examine in each of them (default 50000)', {
      min: 1,
      max: 10_000_000,
      example: '200000',
      fallback: 50_000,
    }),
    seeds: integer('N', 'random runs (default 100)', { min: 1, max: 1_000_000, example: '1000', fallback: undefined }),
    from: integer('SEED', 'the first of their seeds (default 1)', {
      min: 0,
      max: 2 ** 31 - 1,
      example: '7',
      fallback: undefined,
    }),
    'seeds-file': file('the seeds: numbers separated by spaces, commas or line ends, or a JSON list', 'seeds.txt'),
    links: choice('LINKS', 'fifo or unordered (default: as the algorithm declares, else fifo)', ['fifo', 'unordered']),
    patience: seconds("how many seconds one call of the file's code may take (default 5)", {
      max: 600,
      example: '2',
      fallback: 5,
    }),
    html: file('the verdict as one HTML file', 'verdict.html'),
    score: flag(
      'for grading: one JSON document { name, score, parts: { exclusion, liveness, fairness, messages }, messagesPerEntry, jain, seeds, explored, violations: [{ property, problem }] }; the same file and seeds give the same score',
    ),
  },
  json: '{ name, links, explored, complete, seeds, violations: [{ property, problem, story, diagram, nodes, foundBy }], score, parts, messagesPerEntry, jain, configurations }',
  examples: [
    { line: 'lab check my-mutex.ts', says: 'your own algorithm' },
    { line: 'lab check gallery:no-tie-break', says: 'a broken one' },
  ],
  exits: { 0: 'nothing found', 1: 'the algorithm is wrong' },
})

export const labGallerySpec = spec({
  name: 'lab gallery',
  summary: 'list algorithms that look right and are not',
  about: [
    "'holdfast lab check gallery:NAME' shows how one of them breaks, and 'holdfast lab check mended:NAME' that its cure works.",
  ],
  args: [],
  options: {},
  json: '[{ name, breaks: { property, nodes, why }, cure, mended }]',
  examples: [{ line: 'lab gallery', says: 'all of them' }],
  exits: { 0: 'listed' },
})

export const labAlgorithmsSpec = spec({
  name: 'lab algorithms',
  summary: 'list every algorithm, with its cost by its paper',
  about: [],
  args: [],
  options: {},
  json: '[{ name, options, modes, forLocks, light, saturated }]',
  examples: [{ line: 'lab algorithms', says: 'all of them' }],
  exits: { 0: 'listed' },
})

export const labSchemaSpec = spec({
  name: 'lab schema',
  summary: 'print the JSON Schema of experiment files (lab.json)',
  about: ['For editors and checkers.'],
  args: [],
  options: {},
  json: 'the schema in one line',
  examples: [{ line: 'lab schema', says: 'redirect it into lab.schema.json' }],
  exits: { 0: 'printed' },
})
