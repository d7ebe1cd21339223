/** `npm run docs:lab`: draws the pictures and measures the tables on the pages about the algorithms. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { project } from '../house/project.ts'
import { algorithmsWithPages, measuredTable, pageOf, picture, pictureOf, withTable } from './algorithm-pages.ts'

for (const name of algorithmsWithPages) {
  writeFileSync(join(project, pictureOf(name)), picture(name))
  const page = join(project, pageOf(name))
  writeFileSync(page, withTable(readFileSync(page, 'utf8'), await measuredTable(name)))
  console.log(`wrote ${pageOf(name)}`)
}
