/** This file checks the options of the explorer, so that a wrong option is not reported as an error of the algorithm. */
import { BadOptionError } from '../../base/errors.ts'
import { shownShortly } from '../../base/message-of.ts'
import { carries, Mode } from '../../base/mode.ts'
import { checkFinite, boundFrom, checkSwitch, wholeNumberFrom } from '../../base/option-checks.ts'
import { checkKeys, type OptionTable, takeOptions, takeParts } from '../../base/options.ts'
import type { ExploreOptions } from './explore.ts'
import type { Wish } from './situation.ts'

/** Sites are called by one letter each. */
const sitesMax = 26

const table = {
  kind: null,
  wishes: null,
  carried: null,
  firstPlace: null,
  napsMax: wholeNumberFrom(0),
  suspicionsMax: wholeNumberFrom(0),
  statesMax: boundFrom(1),
  depthMax: boundFrom(0),
  rests: checkSwitch,
  stays: checkSwitch,
  stops: checkSwitch,
  crash: checkSwitch,
  loss: checkSwitch,
  fences: checkSwitch,
  unordered: checkSwitch,
  timeouts: checkSwitch,
  wins: checkSwitch,
} satisfies OptionTable<ExploreOptions>

const wishTable = { mode: null, ifFree: checkSwitch, fickle: checkSwitch, priority: checkFinite } satisfies OptionTable<Wish>

/**
 * Refuses what cannot be explored: a mistake of the caller would else be told as one of the algorithm.
 *
 * @throws BAD_OPTION that names the option.
 */
export function checkExploreOptions(options: ExploreOptions): void {
  takeOptions(options, table, 'explore')
  checkKind(options)
  checkWishes(options)
  checkCarried(options)
  checkPermitsAgree(options)
  if (options.firstPlace !== undefined) checkSite(options.firstPlace, options, 'firstPlace')
}

function must(holds: boolean, option: string, what: string): void {
  if (!holds) throw new BadOptionError(`${option} must be ${what}`, { option })
}

function checkKind({ kind }: ExploreOptions): void {
  const isKind =
    typeof kind === 'object' &&
    kind !== null &&
    typeof kind.create === 'function' &&
    typeof kind.untouched === 'function' &&
    Array.isArray(kind.modes)
  must(isKind, 'kind', `an algorithm, such as algorithmKind('ricart-agrawala'), got ${shownShortly(kind)}`)
}

function checkWishes(options: ExploreOptions): void {
  const { wishes } = options
  must(Array.isArray(wishes), 'wishes', `a list with a list of wishes for each site, got ${shownShortly(wishes)}`)
  const count = wishes.length
  must(count >= 1 && count <= sitesMax, 'wishes', `for 1 to ${sitesMax} sites, which are called a to z, got ${count}`)
  for (const [i, each] of wishes.entries()) {
    must(Array.isArray(each), `wishes[${i}]`, `a list of what site ${nameOf(i)} wants, got ${shownShortly(each)}`)
    for (const [j, wish] of each.entries()) {
      const option = `wishes[${i}][${j}]`
      must(typeof wish === 'object' && wish !== null, option, `a wish such as { mode: 'exclusive' }, got ${shownShortly(wish)}`)
      takeParts<Wish, typeof wishTable>(wish, wishTable, option)
      checkMode(wish.mode, options, `${option}.mode`)
    }
  }
}

function checkMode(mode: unknown, { kind }: ExploreOptions, option: string): void {
  const wanted = Mode.from(mode)
  const has = wanted !== null && carries(kind, wanted)
  const modes = kind.modes.map((each) => (each === 'permits' ? 'a number of permits' : `'${each}'`)).join(' or ')
  must(has, option, `a mode that '${kind.name}' has, ${modes}, got ${shownShortly(mode)}`)
}

/** Who holds the lock as it begins: together they may. */
function checkCarried(options: ExploreOptions): void {
  const { carried } = options
  if (carried === undefined) return
  must(Array.isArray(carried), 'carried', `a list of who holds the lock as it begins, got ${shownShortly(carried)}`)
  for (const [i, each] of carried.entries()) {
    const option = `carried[${i}]`
    must(typeof each === 'object' && each !== null, option, `a hold { lock, holder, mode, fence }, got ${shownShortly(each)}`)
    checkKeys(each, ['lock', 'holder', 'mode', 'fence'], option)
    must(typeof each.lock === 'string', `${option}.lock`, `a text, got ${shownShortly(each.lock)}`)
    checkSite(each.holder, options, `${option}.holder`)
    checkMode(each.mode, options, `${option}.mode`)
    must(typeof each.fence === 'bigint', `${option}.fence`, `a bigint, got ${shownShortly(each.fence)}`)
    const other = carried.findIndex((earlier, j) => j < i && !Mode.of(earlier.mode).isCompatibleWith(Mode.of(each.mode)))
    must(other < 0, option, `a hold that may be beside carried[${other}]: they exclude each other`)
    const same = carried.filter((earlier, j) => j < i && earlier.mode === each.mode).length
    must(Mode.of(each.mode).hasRoomBeside(same), 'carried', `no more holds than there are permits, which are ${each.mode}`)
  }
}

function checkSite(site: unknown, { wishes }: ExploreOptions, option: string): void {
  const last = nameOf(wishes.length - 1)
  const isSite = wishes.some((_, i) => nameOf(i) === site)
  must(isSite, option, `a site, from 'a' to '${last}', got ${shownShortly(site)}`)
}

/** One number for each lock, which the cluster's configuration names. */
function checkPermitsAgree({ kind, wishes, carried = [] }: ExploreOptions): void {
  if (kind.fixedPermits !== true) return
  const modes = [...wishes.flat(), ...carried].map(({ mode }) => Mode.of(mode))
  const numbers = new Set(modes.filter(({ isCounted }) => isCounted).map(({ limit }) => limit))
  must(numbers.size <= 1, 'wishes', `of one number of permits, as '${kind.name}' demands, got ${[...numbers].join(' and ')}`)
}

function nameOf(site: number): string {
  return String.fromCharCode(97 + site)
}
