import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { readSettings } from '../../lib/cli/settings.ts'
import { UsageError } from '../../lib/cli/usage.ts'

describe('settings of the command line', () => {
  let folder: string
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'))))
  afterEach(() => rmSync(folder, { recursive: true }))

  const file = (name: string, content: string, mode = 0o600): string => {
    const path = join(folder, name)
    writeFileSync(path, content)
    chmodSync(path, mode)
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
      HOLDFAST_SECRET: 'a secret of sixteen',
      HOLDFAST_DATA_DIR: '/data',
    }
    expect(readSettings({}, environment)).to.deep.equal({
      join: ['a:1', 'b:2'],
      listen: 'l:1',
      advertise: 'x:1',
      cluster: 'c',
      secret: 'a secret of sixteen',
      dataDir: '/data',
    })
  })

  it('refuse an empty variable by its name, so that no secret is left out unnoticed', () => {
    for (const name of ['JOIN', 'LISTEN', 'ADVERTISE', 'CLUSTER', 'SECRET', 'SECRET_FILE', 'DATA_DIR'].map(
      (end) => `HOLDFAST_${end}`,
    )) {
      for (const empty of ['', '  '])
        expect(() => readSettings({}, { [name]: empty }), name).to.throw(UsageError, `${name} is set and empty`)
    }
  })

  it('refuse an empty entry of the file by its name', () => {
    expect(() => readSettings({ config: file('c.json', '{"dataDir":""}') }, {})).to.throw(UsageError, "'dataDir' is empty")
  })

  it('refuse a weak secret, and name where it stands but never the secret', () => {
    const weak = ['short-and-weak', ' '.repeat(16), `${' '.repeat(16)}Zq9`]
    for (const secret of weak) {
      const path = file('weak', secret)
      const config = file('weak.json', JSON.stringify({ secret }))
      const attempts: readonly (readonly [run: () => unknown, source: string])[] = [
        [() => readSettings({}, { HOLDFAST_SECRET: secret }), 'HOLDFAST_SECRET'],
        [() => readSettings({ 'secret-file': path }, {}), path],
        [() => readSettings({ config }, {}), config],
      ]
      for (const [run, source] of attempts) {
        let message = 'taken'
        try {
          run()
        } catch (error) {
          message = (error as Error).message
        }
        expect(message).to.contain(source)
        if (secret.trim() !== '') expect(message).not.to.contain(secret.trim())
      }
    }
  })

  it('refuse a secret file that others can read or write, with the cure', () => {
    for (const [mode, verb] of [
      [0o644, 'read'],
      [0o640, 'read'],
      [0o604, 'read'],
      [0o620, 'written'],
    ] as const) {
      const path = file('secret', 'sixteen characters\n', mode)
      const message = `the secret in ${path} can be ${verb} by other users: chmod 600 ${path}`
      expect(() => readSettings({ 'secret-file': path }, {}), mode.toString(8)).to.throw(UsageError, message)
    }
  })

  it('refuse a config file with a secret that others can read, and any that others can write', () => {
    const withSecret = JSON.stringify({ secret: 'a secret of sixteen' })
    expect(() => readSettings({ config: file('a.json', withSecret, 0o644) }, {})).to.throw(UsageError, 'chmod 600')
    expect(() => readSettings({ config: file('b.json', '{"cluster":"c"}', 0o664) }, {})).to.throw(UsageError, 'chmod go-w')
    expect(readSettings({ config: file('c.json', '{"cluster":"c"}', 0o644) }, {})).to.deep.equal({ cluster: 'c' })
    expect(readSettings({ config: file('d.json', withSecret) }, {})).to.deep.equal({ secret: 'a secret of sixteen' })
  })

  it('refuse a config file that users other than its owner can write', function () {
    if (process.getuid?.() !== 0) return this.skip()
    const config = file('c.json', '{"cluster":"c"}', 0o644)
    chownSync(config, 12_345, 12_345)
    expect(readSettings({ config }, {})).to.deep.equal({ cluster: 'c' })
    for (const mode of [0o664, 0o646]) {
      chmodSync(config, mode)
      expect(() => readSettings({ config }, {}), mode.toString(8)).to.throw(UsageError, `chmod go-w ${config}`)
    }
  })

  it('quote nothing of a config file that is no JSON, since it may hold the secret', () => {
    const config = file('broken.json', '{"secret": a secret of sixteen }')
    expect(() => readSettings({ config }, {}))
      .to.throw(UsageError, 'not JSON')
      .with.property('message')
      .that.does.not.match(/secret of|sixteen/)
  })

  it('read a secret from its file, without the newline at its end', () => {
    const path = file('secret', 'sixteen characters\n')
    expect(readSettings({}, { HOLDFAST_SECRET_FILE: path })).to.deep.equal({ secret: 'sixteen characters' })
  })

  it('let a secret file of the flags replace a secret of the environment', () => {
    const path = file('secret', 'the secret from the file')
    expect(readSettings({ 'secret-file': path }, { HOLDFAST_SECRET: 'the secret from the environment' })).to.deep.equal({
      secret: 'the secret from the file',
    })
  })

  it('refuse a secret in two forms at once', () => {
    expect(() => readSettings({}, { HOLDFAST_SECRET: 'a secret of sixteen', HOLDFAST_SECRET_FILE: '/f' })).to.throw(
      UsageError,
      'unset one',
    )
  })

  it('take a list or a text as join in the file', () => {
    expect(readSettings({ config: file('a.json', '{"join":["a:1","b:2"]}') }, {})).to.deep.equal({ join: ['a:1', 'b:2'] })
    expect(readSettings({ config: file('b.json', '{"join":"local"}') }, {})).to.deep.equal({ join: 'local' })
  })

  it('refuse an unknown or mistyped entry of the file by its name', () => {
    expect(() => readSettings({ config: file('a.json', '{"clutser":"x"}') }, {})).to.throw(UsageError, "unknown entry 'clutser'")
    expect(() => readSettings({ config: file('b.json', '{"cluster":5}') }, {})).to.throw(UsageError, "'cluster' must be a string")
    expect(() => readSettings({ config: file('c.json', '[]') }, {})).to.throw(UsageError, 'JSON object')
    expect(() => readSettings({ config: file('d.json', '{') }, {})).to.throw(UsageError, 'not JSON')
    expect(() => readSettings({ config: join(folder, 'none') }, {})).to.throw(UsageError, 'cannot read')
  })

  it('refuse a join list with a hole', () => {
    expect(() => readSettings({ join: 'a:1,,b:2' }, {})).to.throw(UsageError, '--join must be host:port')
  })

  it('refuse what is no address, and say where it stands', () => {
    for (const wrong of ['shop-1', 'memory', 'a:1 b:2', 'a:99999']) {
      const config = file('c.json', JSON.stringify({ join: wrong }))
      expect(() => readSettings({ join: wrong }, {})).to.throw(UsageError, `--join must be host:port`)
      expect(() => readSettings({}, { HOLDFAST_JOIN: wrong })).to.throw(UsageError, `HOLDFAST_JOIN must be host:port`)
      expect(() => readSettings({ config }, {})).to.throw(UsageError, `${config}: 'join' must be host:port`)
    }
  })
})
