/** This file describes the commands that run processes, or whole nodes on virtual time. */
import { choice, choices, file, flag, integer, integers, seconds, freeText, texts } from '../option.ts'
import { spec } from '../spec.ts'
import { bugNames, lockAlgorithmNames } from './names.ts'

export const demoSpec = spec({
  name: 'demo',
  summary: 'watch worker processes share a ledger while one of them is killed',
  about: [
    'The workers find each other, and move money between the accounts of one ordinary file that each reads, changes and writes back. One of them is killed while it holds the lock, and comes back as a new node. At the end the demo counts the money.',
  ],
  args: [],
  options: {
    unlocked: flag('take no locks, to show what happens then; exit code 1'),
    seconds: seconds('how long they work (default 16)', { max: 3600, example: '5', fallback: 16 }),
    workers: integer('N', '2 to 32 processes (default 5)', { min: 2, max: 32, example: '8', fallback: 5 }),
    accounts: integer('N', '2 to 1000 accounts (default 12)', { min: 2, max: 1000, example: '50', fallback: 12 }),
    algorithm: freeText('NAME', 'which algorithm (default home-queue)', 'token-ring', lockAlgorithmNames),
    clock: choice('CLOCK', 'what stamps requests: hlc (default) or lamport', ['hlc', 'lamport']),
  },
  json: '{ processes, algorithm, grants, violations, fenceRegressions, kills, failoverMs, durationMs, … }',
  examples: [
    { line: 'demo', says: 'five processes for 16 seconds' },
    { line: 'demo --unlocked', says: 'the same without locks: money is lost' },
  ],
  exits: { 0: 'clean', 1: 'not clean' },
})

export const benchSpec = spec({
  name: 'bench',
  summary: 'measure its speed on this machine, and that of the bare network',
  about: [
    'Scenarios, each with real processes:',
    '  reacquire   the node that had a lock last acquires it again; a pair is one acquire and release',
    '  first       names that were never used before, one after the other',
    '  distinct64  each process asks for 64 names at once that were never used before',
    '  contended   all processes want one lock; p50 and p99 are from the release at one process to the grant at the next',
    '  failover    the holder is killed (SIGKILL), up to 20 times: from the kill to the grant at a waiting process',
    '  idle        processor time, bytes and memory of a process that does nothing, for each way to join',
    '  start       createNode in a cluster that is up, up to 20 times',
    'The first four have two rows for each system: cold, the first second of its processes, and warm, after three seconds in a row agreed within 5 %. The systems take turns of one second.',
    'Each scenario has a floor, the same exchange by bare sockets: two async calls for reacquire, a frame of socket.io and msgpackr to every peer for first and distinct64, a token of ws in a ring of the processes for contended, the end of a connection for failover, connected sockets for idle, connecting them for start.',
    'With --against the first four measure other systems too: async-mutex within one process (reacquire only), advisory locks of PostgreSQL, SET NX PX of Redis with polling, and a fair queue by BLPOP of Redis. They need the packages async-mutex, pg and ioredis and the servers of PostgreSQL and Redis; the bench starts these and stops them.',
    'Each row has ratios to the round trip of bare ws and to the other rows: absolute times depend on the machine and its load, ratios hardly.',
  ],
  args: [],
  options: {
    scenarios: choices('A,B', 'which scenarios (default: all of them)', [
      'reacquire',
      'first',
      'distinct64',
      'contended',
      'failover',
      'idle',
      'start',
    ]),
    algorithms: texts('X,Y', 'which algorithms (default: those of the scenario)', 'token-ring,home-queue', lockAlgorithmNames),
    processes: integers('N,M', 'how many processes, 2 to 64 (default: as the scenario defines)', {
      min: 2,
      max: 64,
      example: '2,5,10,20,50',
      fallback: undefined,
    }),
    against: choices('X,Y', 'other systems to measure in the same run, where the scenario fits them', [
      'async-mutex',
      'postgres-advisory',
      'redis',
      'redis-queue',
    ]),
    seconds: seconds('how long each system is measured (default 3)', { max: 600, example: '10', fallback: 3 }),
    'warm-up': seconds('how long each system is warmed up, at most (default 20)', { max: 600, example: '30', fallback: 20 }),
    plot: file('an SVG of the warm rows, against the number of processes if there are several', 'bench.svg'),
    profile: freeText(
      'DIR',
      'a CPU profile and a flame graph (SVG) of each process, after the measurement',
      'profiles',
      'folders',
    ),
  },
  json: '{ machine, wsRttMs, rows: […], profiles: […] }; times in milliseconds, cpuUsPerGrant in microseconds',
  examples: [
    { line: 'bench', says: 'all scenarios' },
    { line: 'bench --scenarios contended --against postgres-advisory,redis', says: 'beside servers of locks' },
    { line: 'bench --scenarios contended --algorithms token-ring,home-queue', says: 'two algorithms under contention' },
    { line: 'bench --scenarios contended --processes 2,5,10,20,50 --plot cost.svg', says: 'the cost against N' },
    { line: 'bench --scenarios contended --profile profiles', says: 'where the processor time goes' },
  ],
  exits: { 0: 'measured', 1: 'failed' },
})

const seedMax = 2 ** 32 - 1

export const simSpec = spec({
  name: 'sim',
  summary: 'run whole nodes on virtual time, under faults drawn from seeds',
  about: [
    'Each seed is a run of 2 to 12 nodes, five at the median, for some 40 virtual seconds: users contend for locks while processes crash, pause and come back, networks are partitioned and clocks are wrong. Then all faults heal, and every waiter must be served. A checker judges only the history of each run.',
    'With --json, --story prints { seed, failures: [{ property, text }], attempts, plan, diagram }, --history prints { file, seed, events, failures }, --check prints { file, events, entries, simulatedMs, violations: [{ property, atMs, text, calls }], violationsInAll, sometimes }, and --bug list prints [{ name, breaks, property, source, gallery, shownBy, command }].',
  ],
  args: [],
  options: {
    seeds: integer('N', 'how many (default 100); any number runs in the same memory', {
      min: 1,
      max: seedMax,
      example: '1000',
      fallback: undefined,
    }),
    from: integer('SEED', 'the first of them (default 1)', { min: 0, max: seedMax, example: '7', fallback: 1 }),
    bug: freeText(
      'NAME',
      "puts a mistake into the nodes and stops at the first seed that shows it; 'list' lists the names",
      'list',
      ['list', ...bugNames],
    ),
    story: flag('runs one seed and, if it fails, makes its plan as small as possible and draws that run'),
    whole: flag('with --story: draws the whole run, also if it does not fail'),
    history: file(
      'runs one seed and writes its history into a file, an event a line; docs/checking.md explains them',
      'run.jsonl',
    ),
    check: file('judges the history in a file, from any source', 'run.jsonl'),
    threads: integer('N', 'worker threads (default: one for each core)', { min: 1, max: 256, example: '4', fallback: undefined }),
  },
  json: '{ seeds, entries, simulatedMs, wallMs, failures: [{ seed, property, text, replay }], failed, sometimes: { NAME: count }, unreached, interrupted }; a situation that 3,000 seeds or more did not reach counts as a failure',
  examples: [
    { line: 'sim --seeds 1000', says: 'a thousand runs' },
    { line: 'sim --from 7 --story', says: 'what happens under seed 7' },
    { line: 'sim --from 7 --history run.jsonl', says: 'its history, for --check' },
  ],
  exits: { 0: 'clean', 1: 'a seed failed, or a history breaks a promise' },
})
