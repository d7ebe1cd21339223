/** The small situations of which the compliance suite tries every order of events. */
import type { Situation, Wish } from '../../lib/sim/explorer/situation.ts'

/** A situation without its algorithm. `rests` is dropped for those that do not become idle. */
export interface Small extends Omit<Situation, 'kind'> {
  readonly name: string
}

const exclusive: Wish = { mode: 'exclusive' }
const shared: Wish = { mode: 'shared' }
const fickle: Wish = { ...exclusive, fickle: true }
const trying: Wish = { ...exclusive, ifFree: true }
const fickleTry: Wish = { ...fickle, ifFree: true }
const fickleShared: Wish = { ...shared, fickle: true }
const readsParts: Wish = { mode: 'intention-shared' }
const writesParts: Wish = { mode: 'intention-exclusive' }
const readsAll: Wish = { mode: 'shared-intention-exclusive' }
const upgradable: Wish = { mode: 'upgradable' }
const permit = (k: number): Wish => ({ mode: k })
const ficklePermit: Wish = { mode: 2, fickle: true }

/** Each site's wishes in turn. The first three are for those whose token never rests as well. */
export const threeSites: readonly Small[] = [
  { name: 'one after another', wishes: [[exclusive, exclusive], [exclusive], [exclusive]], rests: true },
  { name: 'withdrawn while they wait', wishes: [[fickle, exclusive], [exclusive], []], rests: true },
  { name: 'withdrawing and trying', wishes: [[fickle], [trying], [exclusive]], rests: true },
  { name: 'two that withdraw', wishes: [[fickle], [fickle], []], rests: true },
  { name: 'rather refused than kept waiting', wishes: [[trying], [exclusive, exclusive], []], rests: true },
  { name: 'tries that are withdrawn', wishes: [[fickleTry, exclusive], [fickle], []], rests: true },
  { name: 'shared and exclusive', wishes: [[shared, exclusive], [shared], [exclusive]], rests: true },
  { name: 'sharing twice', wishes: [[shared, shared], [shared, exclusive], []], rests: true },
  { name: 'withdrawn while others share', wishes: [[fickleShared, exclusive], [shared], []], rests: true },
  { name: 'two permits for three', wishes: [[permit(2), permit(2)], [permit(2)], []], rests: true },
  { name: 'two permits, each wanting one', wishes: [[permit(2)], [permit(2)], [permit(2)]], rests: true },
  { name: 'permits and exclusive', wishes: [[permit(2), permit(2)], [], [exclusive]], rests: true },
  { name: 'intentions beside each other', wishes: [[readsParts, writesParts], [shared], [writesParts]], rests: true },
  { name: 'intentions of one site', wishes: [[writesParts, readsParts], [shared, readsParts], []], rests: true },
  { name: 'an intention that ends what it began', wishes: [[readsParts, readsAll], [writesParts], [exclusive]], rests: true },
  {
    name: 'intentions withdrawn',
    wishes: [[readsParts, { ...shared, fickle: true }, writesParts], [writesParts], []],
    rests: true,
  },
  { name: 'a try beside an intention', wishes: [[readsParts, { ...shared, ifFree: true }], [writesParts], []], rests: true },
  { name: 'one that will write', wishes: [[upgradable], [shared, upgradable], [exclusive]], rests: true },
  { name: 'permits at once, withdrawn', wishes: [[ficklePermit, ficklePermit], [permit(2)], []], rests: true },
]

/** Those that are inside stay there, and no request waits for one that was withdrawn. */
export const staying: readonly Small[] = (
  [
    ['a writer withdrawn before a reader', [[shared], [fickle], [shared]]],
    ['a writer withdrawn before its own site reads', [[shared], [fickle, shared], [shared]]],
    ['two writers withdrawn', [[shared], [fickle], [fickle, shared]]],
    ['a writer withdrawn twice', [[shared], [fickle, fickle], [shared]]],
    ['a writer withdrawn before permits', [[permit(2)], [fickle], [permit(2)]]],
    ['a writer withdrawn before intentions', [[writesParts], [fickle], [readsParts, writesParts]]],
    ['a writer withdrawn before one that will write', [[shared], [fickle], [upgradable]]],
    ['a reader withdrawn before intentions', [[writesParts], [fickleShared, readsParts], [writesParts]]],
    ['an intention withdrawn before readers', [[shared], [{ ...writesParts, fickle: true }], [readsParts, shared]]],
    ['the second that will write withdrawn', [[upgradable], [{ ...upgradable, fickle: true }], [shared]]],
  ] as const
).map(([name, wishes]): Small => ({ name: `${name}, and others stay`, wishes, stays: true }))

/** Every request is a try, and one of them must be granted. A withdrawn try has lost to no other, so none is fickle. */
export const tryingAtOnce: readonly Small[] = [
  { name: 'two sites try', wishes: [[trying], [trying]], wins: true },
  { name: 'three sites try', wishes: [[trying], [trying], [trying]], wins: true },
]

type Wishes = Situation['wishes']

const twice: Wishes = [
  [exclusive, exclusive],
  [exclusive, exclusive],
]
const sharing: Wishes = [
  [shared, exclusive],
  [fickleShared, exclusive],
]
const permits: Wishes = [
  [permit(2), permit(2)],
  [permit(2), exclusive],
]
const intentions: Wishes = [
  [readsParts, writesParts],
  [fickleShared, readsAll],
]
const withdrawing: Wishes = [[fickle, exclusive], [fickle]]
const changing: Wishes = [
  [fickle, trying],
  [exclusive, trying],
]

export const resting: readonly Small[] = [
  ...(
    [
      ['two entries each', twice],
      ['withdrawing', withdrawing],
      ['withdrawing and trying', changing],
      ['shared and exclusive', sharing],
      ['permits and exclusive', permits],
      ['intentions', intentions],
    ] as const
  ).flatMap(([name, wishes]): Small[] => [
    { name: `two sites, ${name}, resting`, wishes, rests: true, napsMax: 1 },
    { name: `two sites, ${name}, stopping`, wishes, napsMax: 1, stops: true },
  ]),
  { name: 'three sites, withdrawing, resting', wishes: [[fickle], [exclusive], []], rests: true, napsMax: 1 },
  { name: 'three sites, withdrawing, stopping', wishes: [[fickle], [exclusive], []], stops: true },
  { name: 'three sites, sharing, resting', wishes: [[shared], [exclusive], []], rests: true, napsMax: 1 },
  { name: 'three sites, sharing, stopping', wishes: [[shared], [exclusive], []], stops: true },
]

/** One site suspects another, whether that is silent or not. */
export const silent: readonly Small[] = (
  [
    ['one asks', [[exclusive], [], []]],
    ['two ask', [[exclusive], [exclusive], []]],
    ['two ask, and one withdraws', [[], [fickle], [exclusive]]],
    ['two try', [[trying], [trying], []]],
    ['one enters twice', [[exclusive, exclusive], [exclusive], []]],
  ] as const
).map(([name, wishes]): Small => ({ name: `${name}, one suspects`, wishes, rests: true, suspicionsMax: 1, timeouts: true }))

export const cutOff: readonly Small[] = (
  [
    ['two sites, two entries each', twice],
    ['two sites, withdrawing and trying', changing],
    ['two sites, shared and exclusive', sharing],
    ['two sites, permits and exclusive', permits],
    ['two sites, intentions', intentions],
    ['three sites, one after another', [[exclusive], [exclusive], [exclusive]]],
    ['three sites, one that withdraws', [[exclusive], [fickle], []]],
    ['three sites, one that tries', [[trying], [exclusive], []]],
    ['three sites, sharing', [[shared], [exclusive], []]],
    ['three sites, intentions', [[readsParts, writesParts], [shared], []]],
  ] as const
).flatMap(([name, wishes]): Small[] => [
  { name: `${name}, one cut off`, wishes, crash: true, fences: true },
  { name: `${name}, a message lost`, wishes, loss: true, fences: true },
])
