import { expect } from 'chai'
import { experimentJsonSchema, experimentOf, optionsHash } from '../../../lib/lab/experiment.ts'
import { codeBlocks } from '../../house/markdown.ts'
import { readProject } from '../../house/project.ts'

const running = readProject('docs/lab/running.md')
const citing = readProject('docs/lab/citing.md')
const keys = Object.keys((experimentJsonSchema() as { readonly properties: object }).properties)

describe('the pages about running and citing', () => {
  const [example = ''] = codeBlocks(running, 'json')

  it('show an experiment that can be run, with every key but the one that most algorithms do not know', () => {
    const written = JSON.parse(example) as object
    expect(() => experimentOf(written, 'lab.json')).not.to.throw()
    expect(Object.keys(written)).to.have.members(keys.filter((key) => key !== 'permits'))
  })

  it('explain every key of the schema, and no other', () => {
    const table = running.slice(running.indexOf('| key | flag |'))
    const rows = table.slice(0, table.indexOf('\n\n')).split('\n').slice(2)
    const named = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\$?\w+)`/g)].map(([, key]) => key))
    expect(named).to.have.members(keys)
  })

  it('cite that experiment by its hash', () => {
    const hashes = [...citing.matchAll(/\b[0-9a-f]{14}\b/g)].map(([hash]) => hash)
    expect(hashes.length).to.be.greaterThan(1)
    expect(new Set(hashes)).to.deep.equal(new Set([optionsHash(experimentOf(JSON.parse(example)))]))
  })
})
