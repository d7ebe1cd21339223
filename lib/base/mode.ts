/** How a lock is wanted or held: alone, together with other shared holders, or as one of so many permits. */
export type Mode = 'exclusive' | 'shared' | number

/** Whether two holders exclude each other. Different numbers of permits for one lock do: no common count exists. */
export function excludes(a: Mode, b: Mode): boolean {
  return a === 'exclusive' || b === 'exclusive' || a !== b
}
