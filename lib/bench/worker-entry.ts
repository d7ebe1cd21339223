/** The process that `holdfast bench` forks: answers the questions of protocol.ts. It never outlives its parent. */
import { HoldfastError } from '../base/errors.ts'
import type { AnswerFrame, AskFrame } from './protocol.ts'
import { Subject } from './subject.ts'

const subject = new Subject()

process.on('disconnect', () => process.exit(0))
// An interrupt from the keyboard reaches the whole group; the parent ends us in its own time.
process.on('SIGINT', () => {})
process.on('message', (message) => {
  const { number, name, ask } = message as AskFrame
  subject.answer(name, ask).then(
    (answer) => reply({ number, answer }),
    (error: unknown) =>
      reply({
        number,
        code: error instanceof HoldfastError ? error.code : 'UNEXPECTED',
        message: error instanceof Error ? (error.stack ?? error.message) : String(error),
      }),
  )
})

function reply(frame: AnswerFrame): void {
  if (process.connected) process.send?.(frame)
}
