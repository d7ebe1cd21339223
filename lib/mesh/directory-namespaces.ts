/**
 * This file checks that the nodes of a directory share their namespaces. A pid says nothing about a process in another pid
 * namespace, loopback leads nowhere from another network namespace, and a start time read in another time namespace is another.
 * Therefore the nodes of a directory are of the same namespaces. A process from other namespaces waits to see whether the entries
 * that it finds there are still being touched.
 */
import { dirname } from 'node:path'
import type { Patience } from '../world/world.ts'
import { RefusedError } from '../base/errors.ts'
import { readEntries, removeEntry } from './directory-entries.ts'
import { waitPatiently } from './patience.ts'
import { processFacts, sameNamespaces } from './process-facts.ts'
import { monotonicNowMs } from './real-time.ts'

/** An entry of another namespace that is not touched for so long belongs to no process. Longer than a `local` session. */
const silenceMs = 10_000

/** @throws REFUSED, reason `namespace`, as soon as a node of another namespace shows that it lives; ABORTED when the opening is given up. */
export async function refuseOtherNamespaces(folder: string, patience?: Patience): Promise<void> {
  const self = processFacts()
  const foreign = () => readEntries(folder).filter((entry) => !sameNamespaces(entry, self))
  const first = new Map(foreign().map((entry) => [entry.id, entry.touchedMs]))
  const untilMs = monotonicNowMs() + silenceMs
  for (let suspects = foreign(); suspects.length > 0; suspects = foreign()) {
    const living = suspects.find((entry) => first.get(entry.id) !== entry.touchedMs)
    if (living !== undefined) {
      throw new RefusedError(
        `the directory ${dirname(folder)} is in use by node ${living.id} of another pid, network or time namespace (another container): neither could ` +
          `tell whether the other lives; give each container a directory of its own by 'directory', or all nodes a join list`,
        { reason: 'namespace' },
      )
    }
    if (monotonicNowMs() >= untilMs) {
      for (const entry of suspects) removeEntry(folder, entry.id)
      return
    }
    const [{ id } = { id: '' }] = suspects
    await waitPatiently(200, `node ${id} of another namespace to show whether it lives, by its entry in ${folder}`, patience)
  }
}
