import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { project } from '../../house/project.ts'
import {
  algorithmsWithPages,
  drawnPart,
  measuredPart,
  pageOf,
  picture,
  pictureOf,
  sceneOf,
  withPart,
} from '../algorithm-pages.ts'
import { algorithmScenes } from '../algorithm-scenes.ts'

const read = (path: string): string => readFileSync(join(project, path), 'utf8')

/** What a reader may expect of a page. */
const sections = [
  'The rules',
  'An example',
  'What it costs',
  'In which order',
  'What breaks it',
  'What the code does otherwise',
  'When to choose it',
]

describe('the pages about the algorithms', () => {
  it('are there for each, with a picture and a table, and are named in the overview', () => {
    const overview = read('docs/algorithms.md')
    for (const name of algorithmsWithPages) {
      expect(existsSync(join(project, pageOf(name))), pageOf(name)).to.equal(true)
      const page = read(pageOf(name))
      expect(page, name).to.include(`(${name}.svg)`)
      expect(page, name).to.match(/\| saturated \| 25 \|/)
      expect(
        [...page.matchAll(/^## (.+)$/gm)].map(([, title]) => title),
        name,
      ).to.deep.equal(sections)
      expect(overview, name).to.include(`algorithms/${name}.md`)
    }
  })

  it('draw a scene each, in which all sites enter and only a lease is broken', () => {
    expect(Object.keys(algorithmScenes)).to.have.members(algorithmsWithPages)
    for (const name of algorithmsWithPages) {
      const { events, breaches } = sceneOf(name)
      const count = (kind: string): number => events.filter((event) => event.kind === kind).length
      expect(count('enters'), name).to.equal(count('asks')).and.to.be.greaterThan(1)
      const properties = breaches.map(({ property }) => property)
      expect(properties, name).to.deep.equal(name === 'majority-lease' ? ['exclusion', 'fences rise'] : [])
    }
  })

  it('show what the lab draws today, since their examples are told along it (npm run docs:lab writes it)', () => {
    for (const name of algorithmsWithPages) {
      const page = read(pageOf(name))
      expect(withPart(page, 'drawn', drawnPart(name)), name).to.equal(page)
      expect(picture(name), name).to.equal(read(pictureOf(name)))
    }
  })

  it('show what the lab measures today', async () => {
    for (const name of ['ricart-agrawala', 'home-queue']) {
      const page = read(pageOf(name))
      expect(withPart(page, 'measured', await measuredPart(name)), name).to.equal(page)
    }
  })
})
