import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { commands, firstWords, namesIn } from '../../lib/cli/commands.ts'
import { commonOptions } from '../../lib/cli/parse.ts'
import { skipUnless } from '../processes/needs.ts'
import { holdfast } from './holdfast.ts'

/** Each command with an option that takes words, and one of them. */
const values = [
  ['demo', 'clock', 'lamport'],
  ['demo', 'algorithm', 'naimi-trehel'],
  ['bench', 'scenarios', 'contended'],
  ['sim', 'bug', 'canary'],
  ['lab run', 'links', 'unordered'],
] as const

describe('completion', () => {
  let folder: string
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'))))
  afterEach(() => rmSync(folder, { recursive: true }))

  /** Runs a program in a shell in which the script was read. */
  async function inShell(shell: 'bash' | 'zsh' | 'fish', before: string, program: string): Promise<readonly string[]> {
    const completion = await holdfast(['completion', shell])
    expect(completion.code).to.equal(0)
    const script = join(folder, 'script')
    writeFileSync(script, completion.stdout)
    const plain = { bash: ['--norc', '--noprofile'], zsh: ['-f'], fish: ['--no-config'] }[shell]
    const { status, stdout, stderr } = spawnSync(shell, [...plain, '-c', `${before}\nsource '${script}'\n${program}`], {
      encoding: 'utf8',
      cwd: folder,
      env: { ...process.env, HOME: folder },
    })
    expect([status, stderr]).to.deep.equal([0, ''])
    return stdout.split('\n').filter((line) => line !== '')
  }

  const isThere = (shell: string): boolean => spawnSync(shell, ['-c', 'exit 0']).status === 0

  it('of bash offers commands, options, values and files', async function () {
    skipUnless(this, isThere('bash'), 'needs bash')
    const lines: (readonly [words: readonly string[], offered: readonly string[]])[] = [
      [['lab', ''], namesIn('lab')],
      [
        ['lab', 'check', ''],
        ['my-mutex.ts', 'script'],
      ],
      [['completion', 'z'], ['zsh']],
      [['demo', '--clock', '=', 'l'], ['lamport']],
      [['demo', '--seconds', ''], []],
      [['lab', 'run', '--out', 'my'], ['my-mutex.ts']],
    ]
    lines.push([[''], [...firstWords, '--help', '--version']])
    for (const { spec } of commands) {
      const options = Object.keys({ ...spec.options, ...commonOptions }).map((name) => `--${name}`)
      lines.push([[...spec.name.split(' '), '--'], options])
    }
    for (const [name, option, word] of values) lines.push([[...name.split(' '), `--${option}`, word], [word]])
    writeFileSync(join(folder, 'my-mutex.ts'), '')
    const asked = lines.map(
      ([words]) =>
        `COMP_WORDS=(holdfast ${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length}; _holdfast; echo "$(IFS=,; echo "\${COMPREPLY[*]}")."`,
    )
    const offered = await inShell('bash', '', `complete -p holdfast\n${asked.join('\n')}`)
    expect(offered[0]).to.equal('complete -F _holdfast holdfast')
    for (const [at, [words, expected]] of lines.entries())
      expect(offered[at + 1]?.slice(0, -1).split(',').filter(Boolean).sort(), words.join(' ')).to.deep.equal([...expected].sort())
  })

  it('of zsh describes commands, and gives each command its options, values and arguments', async function () {
    skipUnless(this, isThere('zsh'), 'needs zsh')
    // What zsh's own functions would be asked to show, without a terminal.
    const stubs = `compdef() { : }
_describe() { print -r -- "$name: \${(P)2}" }
_arguments() { print -r -- "$name: $*" }`
    const paths = [[''], ['lab', ''], ...commands.map(({ spec }) => [...spec.name.split(' '), ''])]
    const asked = paths.map(
      (words) => `words=(holdfast ${words.map((word) => `'${word}'`).join(' ')}); CURRENT=${words.length + 1}; _holdfast`,
    )
    const told = await inShell('zsh', stubs, asked.join('\n'))
    expect(told).to.have.length(paths.length)
    for (const word of firstWords) expect(told[0]).to.include(`${word}:`)
    for (const word of namesIn('lab')) expect(told[1]).to.include(`${word}:`)
    for (const [at, { spec }] of commands.entries()) {
      const line = told[at + 2] as string
      if (spec.name === 'help') continue
      expect(line).to.match(new RegExp(`^${spec.name}: `))
      for (const name of Object.keys({ ...spec.options, ...commonOptions })) expect(line).to.include(`--${name}`)
    }
    for (const [name, option, word] of values) {
      const line = told.find((each) => each.startsWith(`${name}: --`)) as string
      expect(line).to.match(new RegExp(`--${option}=\\[[^\\n]*\\]:[^:]*:\\([^)]*\\b${word}\\b`))
    }
  })

  it('of fish offers commands, options and values with their meaning', async function () {
    skipUnless(this, isThere('fish'), 'needs fish')
    const asked = (line: string): string => `complete -C 'holdfast ${line}'; echo .`
    const lines = ['', 'lab ', ...values.map(([name, option, word]) => `${name} --${option} ${word.slice(0, -1)}`), 'demo --sec']
    const told = (await inShell('fish', '', lines.map(asked).join('\n'))).join('\n').split(/^\.$/m)
    for (const word of firstWords) expect(told[0]).to.match(new RegExp(`^${word}\t`, 'm'))
    for (const word of namesIn('lab')) expect(told[1]).to.match(new RegExp(`^${word}\t`, 'm'))
    for (const [at, [, , word]] of values.entries()) expect(told[at + 2]).to.match(new RegExp(`^${word}\t`, 'm'))
    expect(told.at(-2)).to.match(/^--seconds\thow long they work/m)
  })

  it('refuses another shell, and names those it knows', async () => {
    const { code, stderr } = await holdfast(['completion', 'bsah'])
    expect(code).to.equal(64)
    expect(stderr).to.match(/^holdfast: SHELL must be bash, zsh or fish, got 'bsah'; did you mean 'bash'\?\n/)
  })
})
