import { expect } from 'chai'
import { diagram } from '../../../../lib/sim/history/story.ts'
import { checkHistory } from '../../../../lib/sim/history/checker.ts'
import { decodeEvent } from '../../../../lib/sim/history/jsonl.ts'
import { propertyNames } from '../../../../lib/sim/history/property.ts'
import { sometimesNames } from '../../../../lib/sim/history/sometimes.ts'
import { readProject } from '../../../house/project.ts'

const page = readProject('docs/checking.md')
const block = (language: string): string => page.split(`\`\`\`${language}\n`)[1]?.split('```')[0] ?? ''

describe('the page on checking', () => {
  it('names every property and every situation', () => {
    for (const name of propertyNames) expect(page).to.include(`| \`${name}\` |`)
    const flat = page.replaceAll('\n', ' ')
    for (const name of sometimesNames) expect(flat).to.include(`\`${name}\``)
  })

  it('shows the verdict and the diagram of its example as they are', () => {
    const lines = block('jsonl').trim().split('\n')
    const { violations } = checkHistory(lines)
    expect(violations.map(({ property }) => property)).to.deep.equal(['exclusion', 'fences'])
    expect(block('text')).to.include(
      diagram(
        lines.map((line) => decodeEvent(line)),
        { violations },
      ),
    )
    for (const { text } of violations) expect(block('text')).to.include(text)
  })

  it('says rightly how the example would be clean', () => {
    const lines = block('jsonl').trim().split('\n')
    const second = lines.findIndex((line) => line.includes('"granted","call":2'))
    lines.splice(second, 0, '{"atMs":720,"type":"expired","call":1,"process":"ann"}')
    lines.push('{"atMs":902,"type":"lost","call":1,"process":"ann","reason":"the session ended"}')
    expect(checkHistory(lines).violations).to.deep.equal([])
  })
})
