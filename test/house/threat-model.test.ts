import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { project, readProject } from './project.ts'

/** The rows of the page's tables, without heads: who, what they can do, what protects, the test. */
function rows(): readonly (readonly string[])[] {
  return readProject('docs/threat-model.md')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (who|what|---) /.test(line))
    .map((line) =>
      line
        .split('|')
        .map((cell) => cell.trim())
        .slice(1, -1),
    )
}

describe('the threat model', () => {
  it('says of each threat its source, its effect, its protection and the test that shows it', () => {
    expect(rows().length).to.be.greaterThan(25)
    for (const row of rows())
      expect(
        row.filter((cell) => cell !== ''),
        row.join(' | '),
      ).to.have.length(4)
  })

  it('names tests that there are, by file and title', () => {
    for (const [who, , , shown] of rows() as [string, string, string, string][]) {
      if (shown === 'none: it is trusted') continue
      const [, path, title] = /^`(test\/[\w./-]+\.test\.ts)`: “(.+)”$/.exec(shown) ?? expect.fail(`${who}: ${shown}`)
      expect(existsSync(join(project, path as string)), path).to.equal(true)
      // With its quotation marks: a title that was made longer is another test.
      const isThere = ["'", '"', '`'].some((mark) => readProject(path as string).includes(`it(${mark}${title}${mark}`))
      expect(isThere, `${path}: ${title}`).to.equal(true)
    }
  })

  it('and the way to report a hole are found from the README', () => {
    expect(readProject('README.md')).to.include('(docs/threat-model.md)').and.to.include('(SECURITY.md)')
    expect(readProject('SECURITY.md')).to.include('(docs/threat-model.md)').and.not.to.match(/@\w/)
  })
})
