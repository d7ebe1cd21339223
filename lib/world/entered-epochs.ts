/**
 * This file keeps the highest epoch that the nodes of this process have entered, for each cluster, in a map that several worlds
 * may share.
 */
import type { ProcessEpochs } from './world.ts'

export class EnteredEpochs implements ProcessEpochs {
  private readonly epochs: Map<string, number>

  constructor(epochs: Map<string, number> = new Map()) {
    this.epochs = epochs
  }

  highest(cluster: string): number {
    return this.epochs.get(cluster) ?? 0
  }

  entered(cluster: string, epoch: number): void {
    if (epoch > this.highest(cluster)) this.epochs.set(cluster, epoch)
  }
}
