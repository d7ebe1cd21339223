import { createNode } from '../../../lib/index.ts'
import { conformance } from '../conformance.ts'

for (const algorithm of ['home-queue', 'carvalho-roucairol', 'ricart-agrawala'])
  conformance({
    name: `nodes in memory with ${algorithm}`,
    open: (cluster) => createNode({ join: 'memory', cluster, algorithm }),
    isStrict: false,
  })
