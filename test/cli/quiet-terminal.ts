import type { Terminal } from '../../lib/cli/terminal.ts'

/** A terminal that nobody looks at, and what a command has written to it so far: results, and complaints apart. */
export function quietTerminal(): { readonly terminal: Terminal; written(): string; complained(): string } {
  let out = ''
  let err = ''
  const terminal: Terminal = {
    out: (text) => {
      out += text
    },
    err: (text) => {
      err += text
    },
    interactive: false,
    columns: 80,
    rows: 24,
    colors: false,
    environment: {},
  }
  return { terminal, written: () => out, complained: () => err }
}
