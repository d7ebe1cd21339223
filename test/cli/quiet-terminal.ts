import type { Terminal } from '../../lib/cli/terminal.ts'

/** A terminal that nobody looks at, and what a command has written to it so far: results only, no complaints. */
export function quietTerminal(): { readonly terminal: Terminal; written(): string } {
  let out = ''
  const terminal: Terminal = {
    out: (text) => {
      out += text
    },
    err: () => undefined,
    interactive: false,
    columns: 80,
    rows: 24,
    colors: false,
    environment: {},
  }
  return { terminal, written: () => out }
}
