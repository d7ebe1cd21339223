/** A worker of the demo whose lock is the tests' LockServer. */
import { connect } from 'node:net'
import { openNothing } from '../../lib/cli/demo/guard.ts'
import { serveDemo } from '../../lib/cli/demo/worker.ts'

serveDemo(async (assignment, news, stop) => {
  if (!assignment.locked) return await openNothing(assignment, news, stop)
  if (assignment.algorithm === 'broken') throw new Error('this algorithm is broken')
  const socket = connect(Number(process.env['TEST_LOCK_PORT']), '127.0.0.1')
  socket.setNoDelay(true)
  let granted: (fence: bigint) => void = () => {}
  socket.on('data', (data) => granted(BigInt(data.toString().trim())))
  return {
    id: `node-of-${assignment.worker}`,
    enter: (signal) =>
      new Promise((resolve, reject) => {
        const stopped = (): void => reject(new Error('stopped'))
        signal.addEventListener('abort', stopped, { once: true })
        granted = (fence) => {
          signal.removeEventListener('abort', stopped)
          resolve({ fence, signal: undefined, release: async () => void socket.write('r') })
        }
        socket.write('a')
      }),
    close: async () => void socket.destroy(),
  }
})
