import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { checkText } from '../../../lib/cli/lab/check-text.ts'
import { painter } from '../../../lib/cli/paint.ts'
import { galleryAlgorithm } from '../../../lib/lab/gallery/index.ts'
import { runCheck } from '../../../lib/lab/own/run-check.ts'
import { linkOf } from '../../../lib/lab/scenario/link.ts'
import { play } from '../../../lib/lab/scenario/player.ts'
import { codeBlocks, pages } from '../../house/markdown.ts'
import { readProject } from '../../house/project.ts'

const labPages = pages().filter((page) => /^docs\/(lab|algorithms)/.test(page))
const chapters = labPages.filter((page) => page.startsWith('docs/lab/course/'))

/** What `holdfast lab check` prints by default. */
async function printed(file: string): Promise<string> {
  const seeds = Array.from({ length: 100 }, (_, i) => i + 1)
  const options = { nodes: [2, 3], most: 6, seeds, statesMax: 50_000 }
  return checkText(await runCheck({ file, options, links: null, patienceMs: 5000 }), file, painter(false))
}

/** Each check that a page shows with what it printed. */
function shownChecks(page: string): [file: string, output: string][] {
  const pattern = /^```sh\nnpx holdfast lab check (\S+)\n```\n\n```\n([\s\S]*?)^```$/gm
  return [...readProject(page).matchAll(pattern)].map((match) => [match[1] as string, match[2] as string])
}

describe('the course', function () {
  this.timeout(120_000)

  it('has nine chapters, each of which breaks an algorithm and asks the reader', () => {
    expect(chapters.map((page) => /\/(\d+)-/.exec(page)?.[1])).to.deep.equal(
      Array.from({ length: 9 }, (_, i) => String(i + 1).padStart(2, '0')),
    )
    for (const page of chapters) {
      expect(readProject(page), page).to.match(/^## Break it/m)
      expect(readProject(page), page).to.match(/^## Exercises[\s\S]+<details><summary>Answers<\/summary>[\s\S]+<\/details>/m)
    }
  })

  it('shows stories that holdfast lab check prints today', async () => {
    const shown = labPages.flatMap((page) => shownChecks(page).map((check) => [page, ...check] as const))
    const ofGallery = shown.filter(([, file]) => file.startsWith('gallery:'))
    expect(ofGallery.length).to.be.greaterThan(8)
    for (const [page, file, output] of ofGallery) expect(await printed(file), page).to.include(output.trimEnd())
  })

  it('begins with a flag that breaks as it says', async () => {
    const [first = ''] = chapters
    const [flag = ''] = codeBlocks(readProject(first), 'ts')
    const shown = shownChecks(first).find(([file]) => file === 'flag.ts')?.[1] ?? 'nothing'
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-course-'))
    try {
      writeFileSync(join(folder, 'flag.ts'), flag)
      expect(await printed(join(folder, 'flag.ts'))).to.include(shown.trimEnd())
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('names only broken algorithms that there are', () => {
    for (const page of labPages) {
      for (const [, name = ''] of readProject(page).matchAll(/\b((?:gallery|mended):[a-z][\w-]*)/g)) {
        expect(() => galleryAlgorithm(name), page).not.to.throw()
      }
    }
  })

  it('links to scenes in which what it tells is broken', () => {
    for (const page of chapters) {
      for (const [, link = ''] of readProject(page).matchAll(/--link '([^']+)'/g)) {
        expect(play(linkOf(link).scenario, 500).breaches, `${page} ${link}`).not.to.deep.equal([])
      }
    }
  })
})
