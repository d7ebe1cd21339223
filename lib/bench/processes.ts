/** This file starts and ends the processes of the bench. */
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Forked } from '../mesh/forked.ts'
import type { BenchProtocol } from './protocol.ts'

/** One process of the bench. */
export type BenchProcess = Forked<BenchProtocol>

/** Starts one. */
export function startProcess(): BenchProcess {
  return new Forked(
    'a process of the bench',
    fileURLToPath(new URL(`./worker-entry${extname(import.meta.url)}`, import.meta.url)),
  )
}

/** Starts so many processes, and ends them when `use` ends, by an error too. */
export async function withProcesses<T>(count: number, use: (processes: readonly BenchProcess[]) => Promise<T>): Promise<T> {
  const processes = Array.from({ length: count }, startProcess)
  try {
    return await use(processes)
  } finally {
    await Promise.all(processes.map((process) => process.end()))
  }
}
