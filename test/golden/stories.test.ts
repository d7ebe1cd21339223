import { readdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect } from 'chai'
import { storyFile } from './files.ts'
import { stories, told } from './stories.ts'

describe('the golden stories', () => {
  for (const story of stories) {
    it(`tell ${story.name} as its file does`, async () => {
      expect(
        await told(story),
        'if the change is meant, write the files anew with `npm run stories` and read the difference',
      ).to.equal(readFileSync(storyFile(story.name), 'utf8'))
    })
  }

  it('are all there, and no file tells another', () => {
    const files = readdirSync(dirname(storyFile('any'))).filter((file) => file.endsWith('.txt'))
    expect(files.sort()).to.deep.equal(stories.map(({ name }) => `${name}.txt`).sort())
  })
})
