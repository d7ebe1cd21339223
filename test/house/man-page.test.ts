import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'chai'
import { commands } from '../../lib/cli/commands.ts'
import { variables } from '../../lib/cli/environment.ts'
import { exitRows, generalExits, optionRows, termOf, usageOf } from '../../lib/cli/help.ts'
import { readSettings } from '../../lib/cli/settings.ts'
import { skipUnless } from '../processes/needs.ts'
import { manPage, manPagePath } from './man-page.ts'
import { project, readProject } from './project.ts'
import { escaped, macro, roffFaults, textLine } from './roff.ts'

describe('the man page', () => {
  it('is made from the table of commands (npm run docs writes it)', () => {
    expect(readProject(manPagePath)).to.equal(manPage())
  })

  it('has its sections in the usual order', () => {
    const sections = [...manPage().matchAll(/^\.SH "?(.+?)"?$/gm)].map((match) => match[1])
    expect(sections).to.deep.equal([
      ...['NAME', 'SYNOPSIS', 'DESCRIPTION', 'COMMANDS', 'ENVIRONMENT', 'FILES', 'EXIT STATUS', 'EXAMPLES', 'SEE ALSO'],
    ])
  })

  it('consists of known macros, and of texts with known escapes', () => {
    expect(roffFaults(manPage())).to.deep.equal([])
  })

  it('is printed by groff without a warning, every word as the table has it', function () {
    skipUnless(this, spawnSync('groff', ['--version']).status === 0, 'needs groff (groff-base)')
    const { status, stdout, stderr } = spawnSync('groff', ['-man', '-Tutf8', '-ww', '-P-cbu', join(project, manPagePath)], {
      encoding: 'utf8',
    })
    expect([status, stderr]).to.deep.equal([0, ''])
    // A minus is U+2212 where the system's groff does not map it to the key.
    const squeezed = (text: string): string => text.replaceAll('\u2212', '-').replaceAll(/\s+/g, ' ').trim()
    const page = squeezed(stdout)
    const told = commands.flatMap(({ spec }) => [
      usageOf(spec),
      ...spec.about.flatMap((paragraph) => termOf(paragraph) ?? paragraph),
      ...[...optionRows(spec), ...exitRows(spec), ...generalExits, ...variables].flat(),
      ...spec.examples.flatMap(({ line, says }) => [`holdfast ${line}`, says]),
    ])
    expect(told.filter((text) => !page.includes(squeezed(text)))).to.deep.equal([])
  })

  it('names the variables of the environment that the command line reads, and no other', () => {
    const asked = new Set<string>()
    const environment = new Proxy({} as Readonly<Record<string, string>>, {
      get: (_, name) => {
        asked.add(String(name))
        return undefined
      },
    })
    readSettings({}, environment)
    expect(variables.map(([name]) => name)).to.have.members([...asked, 'NO_COLOR'])
  })
})

describe('the writer of roff', () => {
  it('escapes what roff would take for its own', () => {
    expect(escaped(`a\\b "c" 'd' --e …`)).to.equal('a\\(rsb \\(dqc\\(dq \\(aqd\\(aq \\-\\-e \\[u2026]')
    expect(textLine('.TH is text')).to.equal('\\&.TH is text')
    expect(textLine("'tis")).to.equal('\\(aqtis')
    expect(macro('BI', '--say ', '"X"')).to.equal('.BI "\\-\\-say " "\\(dqX\\(dq"')
  })

  it('finds lines that roff would not print as they stand', () => {
    const faults = ['.XX a', "'br", 'über', 'a\\fBb', 'a-b', "it's", 'say "a"', '.B "a" b"', 'ends in \\']
    for (const line of faults) expect(roffFaults(line), line).to.have.length(1)
    expect(roffFaults(`.TP\n.BI "\\-\\-say " X\n${textLine('.a')}\n.\\" any-thing`)).to.deep.equal([])
  })
})
