import type { Between } from './proxy.ts'
import { Proxy } from './proxy.ts'
import type { Treatment } from './pipe.ts'

const pass: Treatment = { type: 'pass' }

/** The doors of all nodes of a cluster, and what is done to the way from each to each. Addresses are the advertised ones. */
export class Links implements Between {
  readonly random: () => number
  private readonly doors = new Map<string, Proxy>()
  private readonly treatments = new Map<string, Treatment>()

  constructor(random: () => number) {
    this.random = random
  }

  /** A door to the port at which a node will listen. Resolves with the address that it is to advertise. */
  async open(targetPort: number): Promise<string> {
    const proxy = await Proxy.to(targetPort, this)
    this.doors.set(proxy.address, proxy)
    return proxy.address
  }

  treatment(from: string, to: string): Treatment {
    return this.treatments.get(`${from}>${to}`) ?? pass
  }

  /** Treats what these send to those. */
  treat(from: readonly string[], to: readonly string[], treatment: Treatment): void {
    for (const one of from) for (const other of to) if (one !== other) this.treatments.set(`${one}>${other}`, treatment)
    this.pump()
  }

  /** Both ways between two sides. */
  treatBoth(some: readonly string[], others: readonly string[], treatment: Treatment): void {
    this.treat(some, others, treatment)
    this.treat(others, some, treatment)
  }

  /** Breaks every connection between two sides, whichever dialled. */
  break(how: 'reset' | 'cut', some: readonly string[], others: readonly string[]): number {
    let broken = 0
    for (const [address, door] of this.doors) {
      const diallers = some.includes(address) ? others : others.includes(address) ? some : []
      broken += door.break(how, (from) => diallers.includes(from))
    }
    return broken
  }

  heal(): void {
    this.treatments.clear()
    this.pump()
  }

  close(): void {
    for (const door of this.doors.values()) door.close()
  }

  private pump(): void {
    for (const door of this.doors.values()) door.pump()
  }
}
