/** `npm run docs:lab`: draws the pictures and measures the tables on the pages about the algorithms; what is told stays. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { project } from '../house/project.ts'
import { algorithmsWithPages, drawnPart, measuredPart, pageOf, picture, pictureOf, withPart } from './algorithm-pages.ts'

for (const name of algorithmsWithPages) {
  writeFileSync(join(project, pictureOf(name)), picture(name))
  const page = join(project, pageOf(name))
  const drawn = withPart(readFileSync(page, 'utf8'), 'drawn', drawnPart(name))
  writeFileSync(page, withPart(drawn, 'measured', await measuredPart(name)))
  console.log(`wrote ${pageOf(name)}`)
}
