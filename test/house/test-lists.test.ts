import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { project, readManifest, readProject } from './project.ts'

/** The parts of a mocha configuration that tests look at. */
interface Lists {
  readonly spec: readonly string[]
  readonly ignore?: readonly string[]
}

const read = (file: string): Lists => JSON.parse(readProject(file)) as Lists

describe('the lists of tests', () => {
  const all = read('.mocharc.json')
  const long = read('.mocharc.long.json')

  it('leave no file out: what `npm test` ignores, `npm run test:long` runs, and both are steps of `.ci/run`', () => {
    expect(all.spec).to.deep.equal(['dist/test/**/*.test.js'])
    expect(all.ignore).to.deep.equal(long.spec)
    for (const file of long.spec) {
      const source = file.replace(/^dist\//, '').replace(/\.js$/, '.ts')
      expect(existsSync(join(project, source)), source).to.equal(true)
    }
    const { scripts } = readManifest()
    expect(scripts['test']).to.equal('npm run build && mocha')
    expect(scripts['test:long']).to.equal('npm run build && mocha --config .mocharc.long.json')
    expect(readProject('.ci/run'))
      .to.match(/^tests '[^']+' test$/m)
      .and.match(/^tests '[^']+' test:long$/m)
  })

  it('differ in their files alone', () => {
    const rest = (file: string): object => ({ ...read(file), spec: [], ignore: [] })
    for (const file of ['.mocharc.long.json', '.mocharc.quick.json']) expect(rest(file)).to.deep.equal(rest('.mocharc.json'))
  })
})
