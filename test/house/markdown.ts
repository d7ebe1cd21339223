import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { project, readProject } from './project.ts'

/** Every page that people read: those at the top, and all of docs. */
export function pages(): string[] {
  const docs = readdirSync(join(project, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => `docs/${path}`)
  return ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', ...docs.sort()]
}

/** Links of a page that lead to nothing: a missing file, or a missing heading in a page. */
export function brokenLinks(page: string, text: string): string[] {
  const targets = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] as string)
  return targets
    .filter((target) => !/^https?:/.test(target) && !isThere(page, text, target))
    .map((target) => `${page}: ${target}`)
}

function isThere(page: string, text: string, target: string): boolean {
  const [path, anchor] = target.split('#') as [string, string | undefined]
  const file = path === '' ? page : join(dirname(page), path)
  if (!existsSync(join(project, file))) return false
  return anchor === undefined || headings(path === '' ? text : readProject(file)).includes(anchor)
}

/** The anchors that a page offers, made from its headings as the usual viewers make them. */
export function headings(text: string): string[] {
  return [...withoutCode(text).matchAll(/^#+ +(.+)$/gm)].map((match) =>
    (match[1] as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** The code blocks of one language. */
export function codeBlocks(text: string, language: string): string[] {
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter((match) => match[1] === language)
    .map((match) => match[2] as string)
}

/**
 * The sentences of a page, and the cells of its tables, without headings, code and what is quoted. A sentence ends at a full stop, a colon
 * or a semicolon before a capital letter or code.
 */
export function sentences(text: string): string[] {
  const blocks: string[] = []
  let isOpen = false
  for (const line of text.replace(/^```[\s\S]*?^```$/gm, '').split('\n')) {
    const isPart = isOpen && !/^\s*$|^[|#]|^\s*(?:[-*]|\d+\.) /.test(line)
    if (isPart) blocks.push(`${blocks.pop()} ${line.trim()}`)
    else if (line.startsWith('|')) blocks.push(...line.split('|').map((cell) => cell.trim()))
    else if (!line.startsWith('#')) blocks.push(line.trim())
    isOpen = line.trim() !== '' && !/^[|#]/.test(line)
  }
  return blocks
    .flatMap((block) => block.replace(/“[^”]*”|"[^"]*"/g, '“…”').split(/(?<=[.!?:;])\s+(?=[A-Z`*([])/))
    .filter((each) => each !== '')
}

function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ''))
}
