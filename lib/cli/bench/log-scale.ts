/** This file maps values to places on a logarithmic axis, and chooses its ticks. */

export interface LogScale {
  /** From 0, the least tick, to 1. */
  at(value: number): number
  readonly ticks: readonly number[]
}

const ticksMax = 6

/** A scale for these values, all above 0. Its ends are ticks: 1, 2 and 5 times powers of ten, or only the powers if there would be many. */
export function logScale(values: readonly number[]): LogScale {
  const low = values.reduce((least, each) => Math.min(least, each))
  const high = values.reduce((most, each) => Math.max(most, each))
  const fine = ticksAround(low, high, [1, 2, 5])
  const ticks = fine.length <= ticksMax ? fine : ticksAround(low, high, [1])
  const from = Math.log(ticks[0] as number)
  const span = Math.log(ticks.at(-1) as number) - from
  return { ticks, at: (value) => (Math.log(value) - from) / span }
}

function ticksAround(low: number, high: number, steps: readonly number[]): readonly number[] {
  const all: number[] = []
  for (let power = Math.floor(Math.log10(low)) - 1; power <= Math.ceil(Math.log10(high)) + 1; power++)
    for (const step of steps) all.push(Number((step * 10 ** power).toPrecision(1)))
  const first = all.findLastIndex((tick) => tick <= low)
  const last = all.findIndex((tick) => tick >= high && tick > (all[first] as number))
  return all.slice(first, last + 1)
}
