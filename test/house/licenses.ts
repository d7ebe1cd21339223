/** The licences of packages whose code is in the published files. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One text with the licence of each package that has one of these modules. */
export function licensesOf(modules: Iterable<string>): string {
  const folders = new Set<string>()
  for (const id of modules) {
    const [folder] = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id) ?? []
    if (folder !== undefined) folders.add(folder)
  }
  const texts = new Set<string>()
  for (const folder of folders) {
    const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, string>
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each))
    if (file === undefined) throw new Error(`${folder} has no file with its licence`)
    texts.add(`${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`)
  }
  return [...texts].sort().join(`\n${'-'.repeat(80)}\n\n`)
}
