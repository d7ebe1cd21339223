/** This file describes the machine on which a bench ran. */
import { availableParallelism, cpus, release, totalmem, type } from 'node:os'
import type { Machine } from './rows.ts'

/** The machine that the numbers are about. */
export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    platform: `${type()} ${release()}`,
    node: process.version,
  }
}

/** The machine in one line. */
export function machineText({ cpu, cores, memoryGb, platform, node }: Machine): string {
  return `${cpu}, ${cores} cores, ${memoryGb} GB, ${platform}, Node ${node}`
}
