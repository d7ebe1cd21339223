/** The engines that the stories of the recipes run on: memory, and a cluster of three nodes in one process. */
import { memoryLocks } from '../../lib/engines/memory/index.ts'
import { createNode } from '../../lib/index.ts'
import { Clients, type Engine } from '../port/engine.ts'

const memory: Engine = {
  name: 'the engine in memory',
  open: async (cluster) => memoryLocks({ cluster }),
  isStrict: true,
}

const mesh: Engine = {
  name: 'nodes in memory',
  open: (cluster) => createNode({ join: 'memory', cluster }),
  isStrict: false,
}

let clusters = 0

/**
 * Runs the stories of a recipe on each engine. Each story has a cluster of its own; `given().three()` gives three clients of it, which on the mesh
 * are three nodes. The clients are closed after the story.
 */
export function onEachEngine(recipe: string, stories: (given: () => Clients) => void): void {
  for (const engine of [memory, mesh])
    describe(`${recipe}, on ${engine.name}:`, () => {
      let clients: Clients

      beforeEach(() => {
        clients = new Clients(engine, `recipes ${engine.name} ${process.pid} ${++clusters}`)
      })

      afterEach(() => clients.close())

      stories(() => clients)
    })
}
