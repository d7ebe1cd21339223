import { expect } from 'chai'
import { sourcesOf } from './sources.ts'

/** Folders of test whose files test the product as a whole, or the repository: each file there is a story. */
const storyFolders = ['golden', 'house', 'model', 'nemesis', 'processes', 'toolchains']

describe('a test file', () => {
  it('is named after the file or folder of lib that it tests, or stands in a folder of stories', () => {
    const tests = sourcesOf('test').filter((file) => file.endsWith('.test.ts') && !file.startsWith('test/toolchains/projects/'))
    expect(tests.length).to.be.greaterThan(150)
    expect(strayTests(tests, sourcesOf('lib'))).to.deep.equal([])
  })

  it('is found out when neither is so', () => {
    const lib = ['lib/lock/locks.ts', 'lib/sim/explorer/post.ts', 'lib/lab/page/report/mark.tsx']
    const tests = [
      'test/lock/locks.test.ts',
      'test/lock/stories/views.test.ts',
      'test/sim/explorer.test.ts',
      'test/lab/page/report/mark.test.ts',
      'test/house/docs.test.ts',
      'test/lock/views.test.ts',
      'test/locks.test.ts',
    ]
    expect(strayTests(tests, lib)).to.deep.equal(['test/lock/views.test.ts', 'test/locks.test.ts'])
  })
})

function strayTests(tests: readonly string[], lib: readonly string[]): string[] {
  return tests.filter((test) => {
    const [, folder = '', ...rest] = test.split('/')
    if (rest.length > 0 && (storyFolders.includes(folder) || rest.includes('stories'))) return false
    const tested = test.replace(/^test\//, 'lib/').replace(/\.test\.ts$/, '')
    return !lib.some((file) => file === `${tested}.ts` || file === `${tested}.tsx` || file.startsWith(`${tested}/`))
  })
}
