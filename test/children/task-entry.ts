/** A thread of the tests: doubles a number. A negative one is an error, and zero ends the thread. */
import { serveParent } from '../../lib/children/parent.ts'
import type { TaskCalls } from '../../lib/children/tasks.ts'

serveParent<TaskCalls<number, string>>({
  perform(task) {
    if (task < 0) throw new RangeError(`${task} is negative`)
    if (task === 0) process.exit(3)
    return `${process.argv[2]} ${2 * task}`
  },
})
