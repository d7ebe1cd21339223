/** `npm run stories` writes the golden stories anew. Read the difference before you commit it: it is a change of what the nodes say or do. */
import { writeFileSync } from 'node:fs'
import { storyFile } from './files.ts'
import { stories, told } from './stories.ts'

for (const story of stories) {
  writeFileSync(storyFile(story.name), await told(story))
  console.log(storyFile(story.name))
}
