/** Writes the roff of man pages with the macros of man(7), so that every character is printed as it stands. */

/** The macros that pages use. */
export const macros = ['TH', 'SH', 'SS', 'PP', 'TP', 'B', 'I', 'BI', 'BR', 'UR', 'UE', 'ad', 'nh', 'br'] as const

const named: Readonly<Record<string, string>> = {
  '\\': '\\(rs',
  '-': '\\-',
  "'": '\\(aq',
  '"': '\\(dq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
}

/** A text within a line or an argument. */
export function escaped(text: string): string {
  return text
    .replaceAll(/[\\'"`^~-]/g, (character) => named[character] as string)
    .replaceAll(/[^ -~]/gu, (character) => `\\[u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`)
}

/** A line of text. A dot at its beginning would be a macro, and a space a line break. */
export function textLine(text: string): string {
  const line = escaped(text.trim())
  return line.startsWith('.') ? `\\&${line}` : line
}

/** A line with a macro. */
export function macro(name: (typeof macros)[number], ...args: readonly string[]): string {
  return [`.${name}`, ...args.map((each) => (/^[\w,:]+$/.test(each) ? each : `"${escaped(each)}"`))].join(' ')
}

/** What is wrong with each line that is neither a known macro nor text with known escapes. */
export function roffFaults(page: string): readonly string[] {
  const characters = Object.values(named).map((each) => each.slice(1))
  return page.split('\n').flatMap((line, at) => {
    const fault = (what: string): readonly string[] => [`line ${at + 1}: ${what}: ${line}`]
    const [, name] = /^\.(\w+)(?: |$)/.exec(line) ?? []
    const isComment = line.startsWith('.\\"')
    if (isComment) return []
    if (line.startsWith('.') && !macros.some((each) => each === name)) return fault('no known macro')
    if (line.startsWith("'")) return fault('a control line')
    if (/[^ -~]/.test(line)) return fault('not in ASCII')
    const rest = line.replaceAll(/\\(\(..|\[u[0-9A-F]{4,}\]|.|$)/g, (escape, code: string) =>
      characters.includes(code) || code === '&' || code.startsWith('[u') ? '' : escape,
    )
    if (rest.includes('\\')) return fault('an unknown escape')
    if (/[-'`^~]/.test(rest)) return fault('a character that roff prints as another one')
    if (name === undefined ? rest.includes('"') : !/^\.\w+( ([^" ]+|"[^"]*"))*$/.test(rest)) return fault('a quote')
    return []
  })
}
