/** This file runs `holdfast demo`. `demo/run.ts` has the run itself. */
import { runDemo } from './demo/run.ts'
import { drawnScreen, plainScreen, type Screen } from './demo/screen.ts'
import { verdictLines } from './demo/verdict.ts'
import { painter } from './paint.ts'
import type { CommandAction } from './spec.ts'
import type { demoSpec } from './table/runs.ts'
import type { Terminal } from './terminal.ts'
import { exitCodes } from './usage.ts'

/** `holdfast demo` */
export const runDemoCommand: CommandAction<typeof demoSpec.options> = async ({ values, json }, terminal, interrupted) => {
  const { unlocked, ...options } = values
  const screen = screenFor(json, terminal)
  // Even when the process is ended from within, as by a second Ctrl-C.
  process.once('exit', screen.close)
  try {
    const verdict = await runDemo({ locked: !unlocked, ...options }, screen, interrupted)
    screen.close()
    if (json) terminal.out(`${JSON.stringify(verdict)}\n`)
    else terminal.out(`\n${verdictLines(verdict, painter(terminal.colors)).join('\n')}\n\n`)
    return verdict.clean ? exitCodes.clean : exitCodes.unclean
  } finally {
    screen.close()
    process.off('exit', screen.close)
  }
}

function screenFor(json: boolean, terminal: Terminal): Screen {
  if (json) return { show: () => {}, close: () => {} }
  return terminal.interactive ? drawnScreen(terminal) : plainScreen(terminal.out)
}
