/** Numbers as a reader wants them: three or four significant digits. */

/** A thin space, so that thousands group without a comma that half of the world reads as a point. */
const thin = '\u2009'

/** What stands where nothing was measured. */
export const nothing = '–'

/**
 * A number with three or four significant digits; a dash for null.
 *
 * @example shown(1234.5) // '1 235'
 * @example shown(0.95238) // '0.952'
 */
export function shown(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return nothing
  const size = Math.abs(value)
  if (size >= 1000) return groupedDigits(value)
  if (size >= 100) return value.toFixed(1)
  if (size >= 10) return value.toFixed(2)
  if (size >= 0.01 || size === 0) return value.toFixed(size === 0 ? 0 : 3)
  return value.toExponential(1)
}

/** A whole number, its thousands apart. */
export function groupedDigits(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, thin)
}

/** The number at an axis: as short as it can be. */
export function tick(value: number): string {
  return Math.abs(value) >= 1000 ? groupedDigits(value) : String(Number(value.toPrecision(6)))
}

/** Half of an interval, `±0.012`; empty without an interval. */
export function halfWidth(low: number | null, high: number | null): string {
  if (low === null || high === null) return ''
  const half = (high - low) / 2
  if (half === 0) return '±0'
  return `±${half < 0.01 ? Math.max(half, 0.0001).toFixed(4) : shown(half)}`
}

/** A number that may be exact: then without decimals that would only pretend. */
export function plain(value: number | null | undefined): string {
  return Number.isSafeInteger(value) ? groupedDigits(value as number) : shown(value)
}

/** A number with two significant digits, for where little room is. */
export function brief(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return nothing
  return Math.abs(value) >= 100 ? groupedDigits(value) : String(Number(value.toPrecision(value < 10 ? 2 : 3)))
}
