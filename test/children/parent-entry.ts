/** A parent of the tests, itself a child: starts one, prints its id, and ends in a way. */
import { startProcess } from '../../lib/children/process.ts'
import type { TestCalls } from './child-entry.ts'

const child = startProcess<TestCalls>('a grandchild', new URL('./child-entry.js', import.meta.url), { flags: [] })
await child.call('echo')
if (process.argv[2] === 'stopped') child.kill('SIGSTOP')
process.stdout.write(`${child.pid}\n`, () => {
  if (process.argv[2] === 'killed') process.kill(process.pid, 'SIGKILL')
  else process.exit(5)
})
