import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { commands } from '../../../lib/cli/commands.ts'
import { holdfast } from '../holdfast.ts'

describe('--json', function () {
  this.timeout(60_000)
  let folder: string
  before(() => (folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'))))
  after(() => rmSync(folder, { recursive: true }))

  /** A line for each command, with the keys of its document; a list is told by those of its first entry. */
  const lines: readonly (readonly [name: string, rest: () => readonly string[], keys: readonly string[]])[] = [
    ['sim', () => ['--bug', 'list'], ['name', 'breaks', 'property', 'source', 'gallery', 'shownBy', 'command']],
    ['sim', () => ['--from', '27', '--story'], ['seed', 'failures', 'attempts', 'plan', 'diagram']],
    [
      'lab run',
      () => ['--algorithms', 'central', '--entries', '20', '--seeds', '1', '--threads', '1'],
      ['algorithm', 'nodes', 'violations'],
    ],
    ['lab diagram', () => ['--out', join(folder, 'a.html')], ['file', 'algorithm', 'steps']],
    ['lab diagram', () => ['--svg', join(folder, 'a.svg')], ['file', 'algorithm', 'steps']],
    ['lab new', () => [join(folder, 'own.mjs')], ['file', 'algorithm']],
    ['lab check', () => ['gallery:no-tie-break', '--seeds', '1'], ['name', 'explored', 'seeds', 'violations', 'score']],
    ['lab gallery', () => [], ['name', 'breaks', 'cure', 'mended']],
    ['lab algorithms', () => [], ['name', 'options', 'modes', 'forLocks', 'light', 'saturated']],
    ['lab schema', () => [], ['type', 'properties']],
    ['completion', () => ['zsh'], ['shell', 'script']],
    ['help', () => ['demo'], ['name', 'summary', 'usage', 'options', 'json', 'examples', 'exits']],
    ['help', () => [], ['name', 'summary', 'usage']],
  ]
  for (const [at, [name, rest, keys]] of lines.entries()) {
    it(`of ${name} is one document in one line (${at + 1})`, async () => {
      const { code, stdout, stderr } = await holdfast([...name.split(' '), ...rest(), '--json'])
      expect(code, stderr).to.be.oneOf([0, 1])
      expect(stdout).to.match(/^[^\n]+\n$/)
      const document: unknown = JSON.parse(stdout)
      expect(Array.isArray(document) ? document[0] : document).to.include.all.keys(...keys)
    })
  }

  it('is tried with a running cluster, or with processes, for every command that is not here', () => {
    const here = new Set(lines.map(([name]) => name))
    const others = commands.map(({ spec }) => spec.name).filter((name) => !here.has(name))
    // onlookers.test.ts, explain.test.ts, recover.test.ts; `.ci/run` runs the demo with it, and bench.test.ts the report.
    expect(others).to.have.members(['members', 'locks', 'explain', 'recover', 'demo', 'bench'])
  })
})
