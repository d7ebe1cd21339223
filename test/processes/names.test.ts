import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'

const program = join(import.meta.dirname, 'names-entry.js')

describe('names that are used once', () => {
  for (const [kind, count] of [
    ['one', 1_000_000],
    ['three', 20_000],
    ['memory', 1_000_000],
  ] as const) {
    it(`cost nothing after a while: ${count.toLocaleString('en')} of ${kind === 'memory' ? 'the engine in memory' : `a cluster of ${kind}`}`, async () => {
      const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', program, kind, String(count)])
      expect((JSON.parse(stdout) as { moreMiB: number }).moreMiB).to.be.lessThan(20)
    }).timeout(180_000)
  }
})
