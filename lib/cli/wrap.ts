/**
 * A text as lines of at most `width` columns: the first one begins with `first`, the others with `next`. A word that is longer than
 * a line stands alone.
 */
export function wrap(text: string, width: number, first = '', next = first): readonly string[] {
  const lines: string[] = []
  let line = first
  let isEmpty = true
  for (const word of text.split(' ').filter((each) => each !== '')) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line)
      line = next
      isEmpty = true
    }
    line += isEmpty ? word : ` ${word}`
    isEmpty = false
  }
  return isEmpty ? lines : [...lines, line]
}
