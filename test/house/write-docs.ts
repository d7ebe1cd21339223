/** `npm run docs`: writes the pages that are made from code. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorsPage, errorsPagePath } from './errors-page.ts'
import { manPage, manPagePath } from './man-page.ts'
import { project } from './project.ts'

const pages = { [errorsPagePath]: errorsPage, [manPagePath]: manPage }

for (const [path, page] of Object.entries(pages)) {
  writeFileSync(join(project, path), page())
  console.log(`wrote ${path}`)
}
