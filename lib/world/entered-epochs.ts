import type { ProcessEpochs } from './world.ts'

/** Epochs in a map that others may share. */
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
