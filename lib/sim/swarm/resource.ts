/** What a lock guards, as a store that knows fences: it admits none below the highest that it has seen. */
export class Resource {
  private highest = 0n
  version = 0

  /** Whether it lets a holder with this fence read. */
  read(fence: bigint): boolean {
    return this.admits(fence)
  }

  /** Writes, unless the fence is too low. */
  write(fence: bigint): boolean {
    if (!this.admits(fence)) return false
    this.version++
    return true
  }

  private admits(fence: bigint): boolean {
    if (fence < this.highest) return false
    this.highest = fence
    return true
  }
}
