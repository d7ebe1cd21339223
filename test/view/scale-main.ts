/**
 * `node dist/test/view/scale-main.js 50 200 1000`: for each number of nodes, what gossip, sessions and a view change of ten
 * crashes cost, as JSON lines.
 */
import { measureCrowd } from './scale-figures.ts'

for (const count of process.argv.slice(2).map(Number)) console.log(JSON.stringify(measureCrowd(count, 10, 1)))
