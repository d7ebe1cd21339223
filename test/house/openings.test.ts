import { expect } from 'chai'
import { readProject } from './project.ts'
import { sourcesOf } from './sources.ts'

/** Words that stand where a sentence should name its subject. */
const namelessSubjects = /\b(whoever|whomever|somebody|someone|nobody|something)\b/i

describe('a source file of lib', () => {
  it('opens with a paragraph that says what the file is for, before its imports', () => {
    const files = sourcesOf('lib')
    expect(files.length).to.be.greaterThan(400)
    expect(files.flatMap((file) => complaintsOf(file, readProject(file)))).to.deep.equal([])
  })

  it('is found out without one, with one that comes late, and with one that names no subject', () => {
    expect(complaintsOf('a', '/** This file adds. */\nimport b from "b"\n')).to.deep.equal([])
    expect(complaintsOf('a', '#!/usr/bin/env node\n/** This file adds. */\n')).to.deep.equal([])
    expect(complaintsOf('a', '/**\n * This file adds.\n *\n * Whoever reads on is told more.\n */\n')).to.deep.equal([])
    expect(complaintsOf('a', 'import b from "b"\n\n/** This file adds. */\n')).to.deep.equal(['a: no opening paragraph'])
    expect(complaintsOf('a', '/** Adds */\n')).to.deep.equal(["a: the opening paragraph is no sentence: 'Adds'"])
    expect(complaintsOf('a', '/** Adds for\n * somebody. */\n')).to.deep.equal([
      "a: 'somebody' in the opening paragraph names no subject",
    ])
  })
})

function complaintsOf(file: string, source: string): string[] {
  const opening = /^(?:#!.*\n)?\/\*\*([\s\S]*?)\*\//.exec(source)?.[1]
  if (opening === undefined) return [`${file}: no opening paragraph`]
  const paragraph = (
    opening
      .replace(/^[ \t]*\*[ \t]?/gm, '')
      .trim()
      .split(/\n\s*\n|\n@/)[0] as string
  )
    .replace(/\s+/g, ' ')
    .trim()
  if (!/^\S.*[.:]$/.test(paragraph)) return [`${file}: the opening paragraph is no sentence: '${paragraph}'`]
  const word = namelessSubjects.exec(paragraph)?.[0]
  return word === undefined ? [] : [`${file}: '${word}' in the opening paragraph names no subject`]
}
