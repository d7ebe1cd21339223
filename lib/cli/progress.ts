/** This file prints the progress of a long command on stderr: one line that is written over, or lines now and then in a log. */
import type { Terminal } from './terminal.ts'

const wiped = '\r\u001b[K'
const drawnEveryMs = 100
const loggedEveryMs = 5_000

/**
 * Runs `work`, which tells its progress by calling `tell`; the line is wiped at the end.
 *
 * @example await withProgress(terminal, false, (tell) => runAll((done) => tell(() => `${done} of 100`)))
 */
export async function withProgress<Result>(
  { interactive, err }: Terminal,
  isQuiet: boolean,
  work: (tell: (text: () => string) => void) => Promise<Result>,
): Promise<Result> {
  let toldMs = performance.now()
  const tell = (text: () => string): void => {
    const nowMs = performance.now()
    if (isQuiet || nowMs - toldMs < (interactive ? drawnEveryMs : loggedEveryMs)) return
    toldMs = nowMs
    err(interactive ? `${wiped}${text()}` : `${text()}\n`)
  }
  try {
    return await work(tell)
  } finally {
    if (interactive && !isQuiet) err(wiped)
  }
}
