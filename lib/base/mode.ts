/** How a lock is wanted or held: alone, together with other shared holders, or as one of so many permits. */
export type Mode = 'exclusive' | 'shared' | number

/** Whether two holders exclude each other. Different numbers of permits for one lock do: no common count exists. */
export function excludes(a: Mode, b: Mode): boolean {
  return a === 'exclusive' || b === 'exclusive' || a !== b
}

/** How often a site is inside a lock by these holds of its own: sharers are one entry, each permit is one. */
export function entriesOf(own: readonly { readonly mode: Mode }[]): number {
  return own[0]?.mode === 'shared' ? 1 : own.length
}
