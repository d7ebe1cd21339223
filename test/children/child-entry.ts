/** A child of the tests: what it is called for shows what reaches it. Its arguments are told as its first news. */
import { BadOptionError } from '../../lib/base/errors.ts'
import { type Parent, serveParent } from '../../lib/children/parent.ts'

export interface TestCalls {
  /** What comes back is what went out, typed arrays and bigints included. */
  echo(...values: unknown[]): readonly unknown[]
  fail(how: 'option' | 'bug' | 'no error'): void
  /** Never resolves. */
  stay(): void
  exit(code: number): void
  /** Throws where no handler takes it. */
  crash(): void
  print(text: string): void
  outlive(): void
  /** From now on an interrupt ends it, with code 7. */
  exitAtInterrupt(): void
}

const parent: Parent<readonly string[]> = serveParent<TestCalls, readonly string[]>({
  echo: (...values) => values,
  fail(how) {
    if (how === 'option') throw new BadOptionError("'wait' is wrong", { option: 'wait', reason: 'a word' })
    throw how === 'bug' ? new TypeError('a bug') : 'a string'
  },
  stay: () => new Promise(() => {}),
  exit: (code) => process.exit(code),
  crash() {
    setImmediate(() => {
      throw new Error('thrown outside of a call')
    })
  },
  print: (text) => void process.stdout.write(text),
  outlive() {
    parent.outlive()
    // Another task keeps it alive, until it is ended.
    setInterval(() => {}, 1_000)
  },
  exitAtInterrupt() {
    process.on('SIGINT', () => process.exit(7))
  },
})
parent.tell(process.argv.slice(2))
