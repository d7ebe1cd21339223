import { errorRegistry } from '../../lib/base/errors.ts'
import { lossRegistry } from '../../lib/base/loss.ts'

/** Where the page lies below the project. */
export const errorsPagePath = 'docs/errors.md'

/** The page of errors, made from the registry that makes the classes, so that they agree. */
export function errorsPage(): string {
  const rows = Object.entries(errorRegistry).map(
    ([code, { className, definite, summary, advice }]) =>
      `| \`${code}\` | \`${className}\` | ${definite ? 'yes' : 'no'} | ${cell(summary)} | ${cell(advice)} |`,
  )
  const reasons = Object.entries(lossRegistry).map(
    ([reason, { summary, advice }]) => `| \`${reason}\` | ${cell(summary)} | ${cell(advice)} |`,
  )
  return [before, ...rows, middle, ...reasons, after].join('\n')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

const before = `# Errors

<!-- Made by \`npm run docs\` from lib/base/errors.ts and lib/base/loss.ts; a test fails when it is stale. Edit those files, not this one. -->

Nodes, observers, holds and actors throw and reject with a \`HoldfastError\`, which has a stable \`code\`. Branch on the code (or on the
class), not on the message. \`definite\` answers the question that decides whether a retry is safe: **is it certain that
nothing happened?** A single error may be less certain than its row says, for example if the answer of an actor did not come. Then the error's own \`definite\` property is right.

| code | class | definite | what happened | what to do |
| --- | --- | --- | --- | --- |`

const middle = `
An error may have four more properties: \`cause\`; \`reason\` (one stable word, for \`LOST\` and \`REFUSED\`; for \`FAILED\` the code of the actor's own error); \`cycle\` (for \`DEADLOCK\`: locks and nodes by turns, each lock with the node that has it); and \`option\` (for \`BAD_OPTION\`, \`CONFIG_MISMATCH\`, and \`REFUSED\` with the reason \`data-dir\`).

## Why was a hold lost?

The \`reason\` of a \`LOST\` error is one of these words (type \`LossReason\`). \`withLock\`, \`hold.signal.reason\` and \`hold.check()\` give the
same error object, and the event \`lockLost\` has its \`reason\` and \`message\`. The event \`sessionEnded\` has the same words. In each case another process may hold the lock by now: stop writing to the resource.

| reason | what happened | what to do |
| --- | --- | --- |`

const after = `
## Busy, lost or no quorum?

Some tools report these three cases as one error. Here they are separate:

- **busy** is \`null\` from \`tryAcquire\`, and \`TIMEOUT\` from \`acquire\` with a \`wait\`;
- **lost** is \`LOST\`: you had the lock and do not have it any more;
- **no quorum** is \`NO_QUORUM\`: this node can be granted no lock at present.

\`\`\`ts
import { createNode, HoldfastError } from 'holdfast'

const node = await createNode()
try {
  await node.withLock('invoice/42', { wait: '2s' }, async (hold) => {
    hold.check()
  })
} catch (error) {
  if (!(error instanceof HoldfastError)) throw error
  if (error.code === 'TIMEOUT') console.log('another process is at it')
  else if (error.code === 'LOST') console.log('what was done may have been done without protection')
  else throw error
}
await node.close()
\`\`\`

Each class is a type as well:

\`\`\`ts
import { LostError } from 'holdfast'

function why(error: LostError): string {
  return \`lost: \${error.reason}\`
}

function tell(error: unknown): string | undefined {
  if (error instanceof LostError) return why(error)
}
\`\`\`
`
