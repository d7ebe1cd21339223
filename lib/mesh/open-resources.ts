/** Anything that says once when it is gone. */
interface Closing {
  once(event: 'close', listener: () => void): unknown
}

/** Counts open resources, so that closing can wait until none is open. */
export class OpenResources {
  private readonly open = new Set<Closing>()
  private readonly waiting: (() => void)[] = []

  add(resource: Closing): void {
    if (this.open.has(resource)) return
    this.open.add(resource)
    resource.once('close', () => {
      this.open.delete(resource)
      if (this.open.size === 0) for (const resolve of this.waiting.splice(0)) resolve()
    })
  }

  /** Resolves when everything that was added is gone. */
  whenNone(): Promise<void> {
    return this.open.size === 0 ? Promise.resolve() : new Promise((resolve) => this.waiting.push(resolve))
  }
}
