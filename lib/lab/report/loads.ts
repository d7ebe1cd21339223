/**
 * Loads along an axis. Offered loads lie in order. `light` comes first, since it is the load that goes to nothing; `saturated`
 * comes last, since no offered load is so high. Loads of another kind have axes of their own.
 */

/** Loads that belong on one axis. */
export interface LoadAxis {
  readonly name: string
  readonly label: string
  readonly ticks: readonly LoadTick[]
}

export interface LoadTick {
  readonly load: string
  readonly x: number
  readonly label: string
}

const labels: Readonly<Record<string, string>> = {
  offered: 'offered load ρ = N·λ·(E + T)',
  closed: 'mean think time, T',
  hotspot: 'offered load ρ, most of it at one node',
  zipf: 'offered load ρ, shares by Zipf’s law',
  bursts: 'offered load ρ, in bursts',
}

/** The axes of these loads: one for each kind that has two loads at least. */
export function loadAxes(loads: readonly string[]): readonly LoadAxis[] {
  const families = new Map<string, string[]>()
  for (const load of new Set(loads)) {
    const name = familyOf(load)
    families.set(name, [...(families.get(name) ?? []), load])
  }
  return [...families]
    .filter(([, members]) => members.length > 1)
    .map(([name, members]) => ({ name, label: labelOf(name), ticks: ticksOf(members) }))
}

function familyOf(load: string): string {
  const [kind = '', parameters = ''] = load.split(':')
  if (kind === 'light' || kind === 'saturated' || kind === 'poisson') return 'offered'
  const [, second] = parameters.split(',')
  return second === undefined ? kind : `${kind} ${second}`
}

function labelOf(family: string): string {
  const [kind = '', second] = family.split(' ')
  const label = labels[kind] ?? kind
  return second === undefined ? label : `${label} (${second})`
}

function ticksOf(loads: readonly string[]): readonly LoadTick[] {
  const numbers = loads.map(offered).filter(Number.isFinite)
  const most = Math.max(...numbers, 0)
  const step = most === 0 ? 1 : most / Math.max(numbers.length, 3)
  return loads
    .map((load): LoadTick => {
      const number = offered(load)
      if (Number.isFinite(number)) return { load, x: number, label: String(number) }
      return load === 'light' ? { load, x: 0, label: 'light' } : { load, x: most + step, label: 'saturated' }
    })
    .sort((a, b) => a.x - b.x)
}

/** The first number of a load; NaN if the load has no number. */
function offered(load: string): number {
  const [, parameters] = load.split(':')
  return parameters === undefined ? Number.NaN : Number(parameters.split(',')[0])
}
