import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { claims } from './claims-table.ts'
import { pages, sentences } from './markdown.ts'
import { project, readProject } from './project.ts'

/** Pages that do not speak of the product: what was decided, published algorithms and theory, and a list of mistakes. */
const elsewhere = /^docs\/(?:decisions|algorithms|lab\/course)\/|^docs\/lab\/impossibility|^docs\/seeded-bugs/

const absolute = /\b(?:every|never|always)\b/i

/** Absolute sentences of these pages without a row of the table, and rows that no such sentence has the words of. */
function unmatched(
  texts: ReadonlyMap<string, string>,
  rows: readonly (readonly [page: string, words: string, ...rest: string[]])[],
): { readonly unlisted: readonly string[]; readonly stale: readonly string[] } {
  const found = [...texts].flatMap(([page, text]) =>
    sentences(text)
      .filter((sentence) => absolute.test(sentence.replace(/`[^`]*`/g, '')))
      .map((sentence) => ({ page, sentence })),
  )
  const covers = ([page, words]: (typeof rows)[number], each: (typeof found)[number]): boolean =>
    each.page === page && each.sentence.includes(words)
  return {
    unlisted: found.filter((each) => !rows.some((row) => covers(row, each))).map(({ page, sentence }) => `${page}: ${sentence}`),
    stale: rows.filter((row) => !found.some((each) => covers(row, each))).map(([page, words]) => `${page}: ${words}`),
  }
}

describe('what the pages claim without exception', () => {
  it('stands in the table of claims, sentence by sentence, and the table has no other', () => {
    const texts = new Map(
      pages()
        .filter((page) => (page === 'README.md' || page.startsWith('docs/')) && !elsewhere.test(page))
        .map((page) => [page, readProject(page)]),
    )
    expect(texts.size).to.be.greaterThan(20)
    expect(unmatched(texts, claims)).to.deep.equal({ unlisted: [], stale: [] })
  })

  it('has a test, by file and title', () => {
    for (const [, words, file, title] of claims) {
      expect(existsSync(join(project, file)), file).to.equal(true)
      const isThere = ["'", '"', '`'].some((mark) => readProject(file).includes(`it(${mark}${title}`))
      expect(isThere, `${words}: ${file}: ${title}`).to.equal(true)
    }
  })

  it('is found in paragraphs, lists and tables, and not in code, headings and quotes', () => {
    const text =
      '# Every lock\n\nOne is it. It\nnever falls.\n\n- Every hold.\n  Each one.\n\n| a | always |\n\n```ts\nnever\n```\n`every` “never” "always"\n'
    expect(
      unmatched(new Map([['x.md', text]]), [
        ['x.md', 'It never falls'],
        ['x.md', 'gone'],
      ]),
    ).to.deep.equal({
      unlisted: ['x.md: - Every hold.', 'x.md: always'],
      stale: ['x.md: gone'],
    })
  })
})
