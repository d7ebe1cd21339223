import { readdirSync } from 'node:fs'
import { join, sep } from 'node:path'
import { project } from './project.ts'

/** The source files below a folder of the project, in alphabetical order: paths from the project's folder, with forward slashes. */
export function sourcesOf(folder: string): readonly string[] {
  return readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.c?tsx?$/.test(file))
    .map((file) => `${folder}/${file.split(sep).join('/')}`)
    .sort()
}

/** The names that a source file declares and exports. A name that it only re-exports is declared elsewhere. */
export function declaredNames(source: string): readonly string[] {
  const declaration =
    /^export\s+(?:declare\s+|abstract\s+|async\s+)*(?:const|let|function\*?|class|interface|type|enum)\s+([\w$]+)(?=[\s<(:=;])/gm
  return [...new Set([...source.matchAll(declaration)].map((match) => match[1] as string))]
}
