/** From one place to another. */
export interface Way {
  readonly from: string
  readonly to: string
}

/** A number for each way between places, 0 where none was set: a rate, or a time. The value that was set first decides. */
export class PerWay {
  private entries: (Way & { readonly value: number })[] = []

  set(from: string, to: string, value: number): void {
    this.entries = this.entries.filter((each) => each.from !== from || each.to !== to)
    if (value > 0) this.entries.push({ from, to, value })
  }

  /** What was set for a way between these addresses. */
  of(from: string, to: string): number {
    // Asked for every frame, and nearly always empty.
    if (this.entries.length === 0) return 0
    return this.entries.find((way) => isOn(from, to, way))?.value ?? 0
  }

  clear(): void {
    this.entries = []
  }
}

/** Whether a frame from one address to another goes this way. */
export function isOn(from: string, to: string, way: Way): boolean {
  return isAt(from, way.from) && isAt(to, way.to)
}

/** Whether the process at `address` is the place, or on the host, that `place` names; `*` names all. */
export function isAt(address: string, place: string): boolean {
  return address === place || place === '*' || address.startsWith(`${place}:`)
}
