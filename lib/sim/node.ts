/** This file starts a whole node in a simulated process, with the options of `createNode`. */
import { type Node, startNode } from '../node/node.ts'
import { type NodeOptions, parseOptions } from '../node/options.ts'
import type { SimWorld } from './world.ts'

/**
 * Starts a node in a simulated process. It is the node of `createNode`, with the same options and the same promises, on virtual
 * time. Give the promise to `simulation.outcome`, which lets that time pass.
 *
 * @throws what `createNode` throws.
 * @example
 * const simulation = new Simulation({ seed: 7 })
 * const node = await simulation.outcome(simulatedNode(simulation.world('a')))
 * const hold = await simulation.outcome(node.acquire('invoice/42'))
 */
export function simulatedNode(world: SimWorld, options: NodeOptions = {}): Promise<Node> {
  return startNode(world, parseOptions(options, 'simulatedNode'))
}
