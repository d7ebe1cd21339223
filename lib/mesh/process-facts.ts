/**
 * What tells one process from another on one host: a pid alone is used again, but not with the same start time; and a
 * pid means nothing in another namespace.
 */
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname, uptime } from 'node:os'

/** Who a process is, as its entry in the local directory says. */
export interface ProcessFacts {
  readonly pid: number
  /** Field 22 of /proc/PID/stat: clock ticks since boot; empty where there is none. */
  readonly startTime: string
  readonly machineId: string
  readonly bootId: string
  readonly pidNamespace: string
  readonly netNamespace: string
}

let known: ProcessFacts | null = null

/** Of this process; they do not change while it lives. */
export function processFacts(): ProcessFacts {
  known ??= {
    pid: process.pid,
    startTime: readStat(process.pid)?.startTime ?? '',
    machineId: readText('/etc/machine-id') ?? hostname(),
    bootId: readBootId(),
    pidNamespace: readNamespace('pid'),
    netNamespace: readNamespace('net'),
  }
  return known
}

/** State and start time; the command's name stands in parentheses before them and may itself hold any character. */
export function readStat(pid: number | 'self'): { readonly state: string; readonly startTime: string } | null {
  return statOf(`/proc/${pid}/stat`)
}

/** The same of any such file, of a thread for instance. Null when it cannot be read. */
export function statOf(path: string): { readonly state: string; readonly startTime: string } | null {
  const stat = readText(path)
  if (stat === null) return null
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0] ?? '', startTime: fields[19] ?? '' }
}

/** The kernel's id of this boot; where there is none, the minute in which the machine started, as well as it is known. */
function readBootId(): string {
  const id = readText('/proc/sys/kernel/random/boot_id')
  if (id !== null && /^[0-9a-f-]{36}$/.test(id)) return id
  return `booted-${Math.round((Date.now() / 1000 - uptime()) / 60)}`
}

function readNamespace(kind: 'pid' | 'net'): string {
  try {
    return readlinkSync(`/proc/self/ns/${kind}`)
  } catch {
    return ''
  }
}

/** The trimmed content, or null when it cannot be read. */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return null
  }
}
