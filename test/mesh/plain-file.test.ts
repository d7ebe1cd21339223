import { expect } from 'chai'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NotPlainError, readPlainFile, writeOwnFile } from '../../lib/mesh/plain-file.ts'
import { processFacts } from '../../lib/mesh/process-facts.ts'
import { oddities } from './oddities.ts'

describe('mesh: what is no plain file in a directory', function () {
  this.timeout(30_000)
  const opening = new URL('../../lib/mesh/directory-opening.js', import.meta.url).href
  let root: string
  let path: string
  let entries: string

  beforeEach(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-test-')))
    path = join(root, 'c', processFacts().bootId)
    entries = join(path, 'entries')
    mkdirSync(entries, { recursive: true, mode: 0o700 })
    for (const folder of [join(root, 'c'), path, entries]) execFileSync('chmod', ['700', folder])
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  /** In a process of its own: what keeps this one waiting would keep the whole run. */
  const inProcess = (body: string): unknown => {
    const code = `import { openLocalDirectory } from '${opening}'
      const directory = await openLocalDirectory('c', '${root}').catch(({ reason, message }) => ({ refused: { reason, message } }))
      ${body}`
    const ran = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8', timeout: 10_000 })
    expect(ran.signal, `it hangs, or dies: ${ran.stderr}`).to.equal(null)
    expect(ran.stdout, ran.stderr).to.not.equal('')
    return JSON.parse(ran.stdout)
  }

  for (const [what, make] of oddities) {
    it(`${what} under every name but the secret's is passed over, or says nothing`, () => {
      for (const name of ['odd.json', 'odd.session', 'self.json.new']) make(join(entries, name))
      for (const name of ['after-7', '.new-odd']) make(join(path, name))
      for (const name of ['odd.json', 'odd.session']) expect(isThere(join(entries, name)), name).to.equal(true)
      const seen = inProcess(`
        directory.publish('self', 'x:1')
        directory.noteSession('self', { monotonicMs: 1e9, bootMs: 1e9 })
        console.log(JSON.stringify({
          entries: directory.entries().map(({ id }) => id),
          dead: directory.isProvenDead('odd'),
          noted: directory.notedSession('odd'),
          content: directory.read('after-7').length,
          nothing: directory.read('after-8'),
        }))
        directory.close()`)
      expect(seen).to.deep.equal({ entries: ['self'], dead: false, noted: null, content: 0, nothing: null })
    })

    it(`${what} instead of the secret is refused`, () => {
      make(join(path, 'secret'))
      const { refused } = inProcess(`console.log(JSON.stringify(directory)); directory.close?.()`) as {
        readonly refused: { readonly reason: string; readonly message: string }
      }
      expect(refused.reason).to.equal('directory')
      expect(refused.message)
        .to.include(join(path, 'secret'))
        .and.match(/is not an ordinary file|holds no secret of ours/)
    })
  }

  it('is written over only where the writer alone has the name, and never written into', () => {
    const file = join(root, 'file')
    const victim = join(root, 'victim')
    writeFileSync(victim, 'kept')
    symlinkSync(victim, file)
    writeOwnFile(file, 'mine')
    expect(readFileSync(victim, 'utf8')).to.equal('kept')
    expect(readPlainFile(file, 4).content.toString()).to.equal('mine')
    expect(() => readPlainFile(file, 3)).to.throw(NotPlainError)
  })
})

function isThere(path: string): boolean {
  return existsSync(path) || spawnSync('test', ['-L', path]).status === 0
}
