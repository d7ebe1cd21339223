import { readdirSync, readFileSync, renameSync, statSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NodeId } from '../base/ids.ts'
import { isGone, type ProcessFacts } from './process-facts.ts'

/** What a node leaves in the directory for others to find it. */
export interface Entry extends ProcessFacts {
  readonly id: NodeId
  readonly address: string
}

/** An entry as it was found; `touchedMs` rises as long as its node lives. */
export interface FoundEntry extends Entry {
  readonly touchedMs: number
}

const suffix = '.json'
/** Longer than any entry; what is longer is none. */
const entryLengthMax = 8_192

/** Writes an entry so that nobody ever reads half of it. */
export function writeEntry(folder: string, entry: Entry): void {
  const path = join(folder, entry.id + suffix)
  const temporary = `${path}.new`
  writeFileSync(temporary, JSON.stringify(entry), { mode: 0o600 })
  renameSync(temporary, path)
}

/** Shows that the node lives; false when its entry is no longer there. */
export function touchEntry(folder: string, id: NodeId): boolean {
  const nowSeconds = Date.now() / 1000
  try {
    utimesSync(join(folder, id + suffix), nowSeconds, nowSeconds)
    return true
  } catch {
    return false
  }
}

export function removeEntry(folder: string, id: NodeId): void {
  try {
    unlinkSync(join(folder, id + suffix))
  } catch {
    // It is gone already, or the directory is, which others find out.
  }
}

/** All entries that can be read; what is no entry is passed over. */
export function readEntries(folder: string): FoundEntry[] {
  const found: FoundEntry[] = []
  for (const name of readdirSync(folder)) {
    if (!name.endsWith(suffix)) continue
    const path = join(folder, name)
    try {
      const touchedMs = statSync(path).mtimeMs
      const entry = parseEntry(readFileSync(path, 'utf8'))
      if (entry !== null && entry.id + suffix === name) found.push({ ...entry, touchedMs })
    } catch {
      // Taken away between the listing and the reading.
    }
  }
  return found
}

/** Whether an entry's process is proven dead, which only its own pid namespace can tell. */
export function isDead(entry: Entry, self: ProcessFacts): boolean {
  return entry.pidNamespace === self.pidNamespace && isGone(entry.pid, entry.startTime)
}

function parseEntry(text: string): Entry | null {
  if (text.length > entryLengthMax) return null
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof raw !== 'object' || raw === null) return null
  const { id, address, pid, startTime, machineId, bootId, pidNamespace, netNamespace } = raw as Readonly<Record<string, unknown>>
  if (typeof id !== 'string' || typeof address !== 'string' || typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 1)
    return null
  if (typeof startTime !== 'string' || typeof machineId !== 'string' || typeof bootId !== 'string') return null
  if (typeof pidNamespace !== 'string' || typeof netNamespace !== 'string') return null
  return { id, address, pid, startTime, machineId, bootId, pidNamespace, netNamespace }
}
