/**
 * `holdfast/sim`: run nodes, and code of your own that uses them, against crashes, partitions, pauses and skewed clocks
 * on virtual time, from a seed.
 */
export { simulatedNode } from './node.ts'
export { type ClockOrigins, SimClock } from './clock.ts'
export { Faults } from './faults.ts'
export { SimHost } from './host.ts'
export { networkDefaults, type NetworkOptions, SimNetwork } from './network.ts'
export { Simulation, type SimulationOptions } from './simulation.ts'
export { type ActorTest, type Said, type SetTimer, testActor } from './test-actor.ts'
export { Trace, type TraceEntry } from './trace.ts'
export { VirtualTime } from './virtual-time.ts'
export { SimWorld } from './world.ts'
