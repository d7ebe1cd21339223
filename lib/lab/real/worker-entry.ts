/** The process that `holdfast lab run --real` forks: answers the questions of protocol.ts. It never outlives its parent. */
import { HoldfastError } from '../../base/errors.ts'
import { Participant } from './participant.ts'
import type { AnswerFrame, AskFrame } from './protocol.ts'

const participant = new Participant()

process.on('disconnect', () => process.exit(0))
// An interrupt from the keyboard reaches the whole group; the parent ends us in its own time.
process.on('SIGINT', () => {})
process.on('message', (message) => {
  const { number, name, ask } = message as AskFrame
  participant.answer(name, ask).then(
    (answer) => reply({ number, answer }),
    (error: unknown) =>
      reply({
        number,
        code: error instanceof HoldfastError ? error.code : 'UNEXPECTED',
        message:
          error instanceof HoldfastError
            ? error.message
            : error instanceof Error
              ? (error.stack ?? error.message)
              : String(error),
      }),
  )
})

function reply(frame: AnswerFrame): void {
  if (process.connected) process.send?.(frame)
}
