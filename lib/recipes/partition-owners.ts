/** This file says which member has which partition: a function of the members alone, so that all members agree without a message. */
import { hash53 } from '../base/hash.ts'
import { compareUtf8 } from '../base/utf8-order.ts'

/**
 * The member that has each partition, by the partition's number. The parts are even: two members differ by one partition at most. Of one member more or less,
 * few partitions move beyond those that must. Each partition goes to the member with the highest hash that has room (rendezvous hashing with a bound).
 *
 * @param members at least one; in any order, each once
 */
export function partitionOwners(partitions: number, members: readonly string[]): string[] {
  const ordered = members.toSorted(compareUtf8)
  const hashes = ordered.map((member) => hash53(member) >>> 0)
  const loads = ordered.map(() => 0)
  const most = Math.floor(partitions / ordered.length)
  /** So many members have one partition more. */
  let extra = partitions % ordered.length
  const owners: string[] = []
  for (let partition = 0; partition < partitions; partition++) {
    let best = 0
    let highest = -1
    for (let i = 0; i < ordered.length; i++) {
      const load = loads[i] as number
      if (load > most || (load === most && extra === 0)) continue
      const score = mixed((hashes[i] as number) ^ Math.imul(partition + 1, 0x9e3779b1))
      if (score <= highest) continue
      highest = score
      best = i
    }
    if (loads[best] === most) extra--
    loads[best] = (loads[best] as number) + 1
    owners.push(ordered[best] as string)
  }
  return owners
}

/** Spreads the bits of a number over 32 bits (the last steps of MurmurHash3). */
function mixed(bits: number): number {
  let hash = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
