import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { project } from '../house/project.ts'
import { algorithmsWithPages, measuredTable, pageOf, picture, pictureOf, withTable } from './algorithm-pages.ts'

const read = (path: string): string => readFileSync(join(project, path), 'utf8')

describe('the pages about the algorithms', () => {
  it('are there for each, with a picture and a table, and are named in the overview', () => {
    const overview = read('docs/algorithms.md')
    for (const name of algorithmsWithPages) {
      expect(existsSync(join(project, pageOf(name))), pageOf(name)).to.equal(true)
      expect(read(pageOf(name)), name).to.include(`(${name}.svg)`)
      expect(read(pageOf(name)), name).to.match(/\| saturated \| 25 \|/)
      expect(overview, name).to.include(`algorithms/${name}.md`)
    }
  })

  it('show what the lab draws and measures today (npm run docs:lab writes it)', async () => {
    for (const name of ['ricart-agrawala', 'home-queue']) {
      const page = read(pageOf(name))
      expect(withTable(page, await measuredTable(name)), name).to.equal(page)
      expect(picture(name), name).to.equal(read(pictureOf(name)))
    }
  })
})
