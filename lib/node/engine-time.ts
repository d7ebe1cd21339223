/** This file gives the time of a node's world to recipes and to the port: in a simulation it is virtual. */
import type { EngineTime } from '../port/time.ts'
import type { World } from '../world/world.ts'

/** The time of a world. */
export function engineTime(world: World): EngineTime {
  return {
    nowMs: () => world.time.monotonicMs(),
    after: (delayMs, fire) => {
      const timer = world.setTimer(delayMs, fire)
      return () => world.clearTimer(timer)
    },
    random: () => world.random.next(),
  }
}
