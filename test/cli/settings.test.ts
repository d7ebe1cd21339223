import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { readSettings } from '../../lib/cli/settings.ts'
import { UsageError } from '../../lib/cli/usage.ts'

describe('settings of the command line', () => {
  let folder: string
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'))))
  afterEach(() => rmSync(folder, { recursive: true }))

  const file = (name: string, content: string): string => {
    const path = join(folder, name)
    writeFileSync(path, content)
    return path
  }

  it('are empty when nothing is said, so that the library decides', () => {
    expect(readSettings({}, {})).to.deep.equal({})
  })

  it('come from flags before the environment before the file', () => {
    const config = file('c.json', '{"cluster":"file","directory":"/file","listen":"file:1"}')
    const settings = readSettings({ config, cluster: 'flag' }, { HOLDFAST_CLUSTER: 'env', HOLDFAST_LISTEN: 'env:1' })
    expect(settings).to.deep.equal({ cluster: 'flag', listen: 'env:1', directory: '/file' })
  })

  it('know every variable of the environment', () => {
    const environment = {
      HOLDFAST_JOIN: 'a:1,b:2',
      HOLDFAST_LISTEN: 'l:1',
      HOLDFAST_ADVERTISE: 'x:1',
      HOLDFAST_CLUSTER: 'c',
      HOLDFAST_SECRET: 's',
    }
    expect(readSettings({}, environment)).to.deep.equal({
      join: ['a:1', 'b:2'],
      listen: 'l:1',
      advertise: 'x:1',
      cluster: 'c',
      secret: 's',
    })
  })

  it('take an empty variable for an unset one', () => {
    expect(readSettings({}, { HOLDFAST_CLUSTER: '', HOLDFAST_SECRET: '' })).to.deep.equal({})
  })

  it('read a secret from its file, without the newline at its end', () => {
    const path = file('secret', 'sixteen characters\n')
    expect(readSettings({}, { HOLDFAST_SECRET_FILE: path })).to.deep.equal({ secret: 'sixteen characters' })
  })

  it('let a secret file of the flags replace a secret of the environment', () => {
    const path = file('secret', 'from the file')
    expect(readSettings({ 'secret-file': path }, { HOLDFAST_SECRET: 'from the environment' })).to.deep.equal({
      secret: 'from the file',
    })
  })

  it('refuse a secret in two forms at once', () => {
    expect(() => readSettings({}, { HOLDFAST_SECRET: 's', HOLDFAST_SECRET_FILE: '/f' })).to.throw(UsageError, 'unset one')
  })

  it('take a list or a text as join in the file', () => {
    expect(readSettings({ config: file('a.json', '{"join":["a:1","b:2"]}') }, {})).to.deep.equal({ join: ['a:1', 'b:2'] })
    expect(readSettings({ config: file('b.json', '{"join":"local"}') }, {})).to.deep.equal({ join: 'local' })
  })

  it('refuse an unknown or mistyped entry of the file by its name', () => {
    expect(() => readSettings({ config: file('a.json', '{"clutser":"x"}') }, {})).to.throw(UsageError, "unknown entry 'clutser'")
    expect(() => readSettings({ config: file('b.json', '{"cluster":5}') }, {})).to.throw(UsageError, "'cluster' must be a text")
    expect(() => readSettings({ config: file('c.json', '[]') }, {})).to.throw(UsageError, 'JSON object')
    expect(() => readSettings({ config: file('d.json', '{') }, {})).to.throw(UsageError, 'not JSON')
    expect(() => readSettings({ config: join(folder, 'none') }, {})).to.throw(UsageError, 'cannot read')
  })

  it('refuse a join list with a hole', () => {
    expect(() => readSettings({ join: 'a:1,,b:2' }, {})).to.throw(UsageError, '--join')
  })
})
