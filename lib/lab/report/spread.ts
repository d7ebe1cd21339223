/**
 * Places for labels at the ends of lines: as near to where each belongs as can be without any two overlapping. Neighbours that
 * are too near are pushed apart together, around the middle of where they belong (pool adjacent violators).
 *
 * @param wanted where each label belongs, in any order
 * @param gap the least distance between two
 * @returns the places, in the order of `wanted`; all within [low, high] if they fit there
 * @example spread([10, 11, 50], 10, 0, 100) // [5.5, 15.5, 50]
 */
export function spreadLabels(wanted: readonly number[], gap: number, low: number, high: number): readonly number[] {
  const order = wanted.map((_, at) => at).sort((a, b) => (wanted[a] as number) - (wanted[b] as number))
  const groups: Group[] = []
  for (const at of order) {
    let group: Group = { members: [at], start: wanted[at] as number }
    let before = groups.at(-1)
    while (before !== undefined && before.start + before.members.length * gap > group.start) {
      groups.pop()
      group = joined([...before.members, ...group.members], wanted, gap)
      before = groups.at(-1)
    }
    groups.push(group)
  }
  const places = new Array<number>(wanted.length)
  for (const { members, start } of groups) for (const [step, at] of members.entries()) places[at] = start + step * gap
  return fitted(places, order, gap, low, high)
}

/** Labels that touch each other, from the first on. */
interface Group {
  readonly members: readonly number[]
  readonly start: number
}

function joined(members: readonly number[], wanted: readonly number[], gap: number): Group {
  const total = members.reduce((sum, at, step) => sum + (wanted[at] as number) - step * gap, 0)
  return { members, start: total / members.length }
}

/** Shifts what sticks out at the end, then what sticks out at the beginning. */
function fitted(places: number[], order: readonly number[], gap: number, low: number, high: number): readonly number[] {
  let most = high
  for (const at of order.toReversed()) {
    places[at] = Math.min(places[at] as number, most)
    most = (places[at] as number) - gap
  }
  let least = low
  for (const at of order) {
    places[at] = Math.max(places[at] as number, least)
    least = (places[at] as number) + gap
  }
  return places
}
