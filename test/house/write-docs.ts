/** `npm run docs`: writes the pages that are made from code. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorsPage, errorsPagePath } from './errors-page.ts'
import { project } from './project.ts'

writeFileSync(join(project, errorsPagePath), errorsPage())
console.log(`wrote ${errorsPagePath}`)
