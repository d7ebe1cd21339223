import { expect } from 'chai'
import { commands, commandsOf, groups } from '../../lib/cli/commands.ts'
import { commonOptions } from '../../lib/cli/parse.ts'
import type { Options } from '../../lib/cli/option.ts'
import type { Spec } from '../../lib/cli/spec.ts'
import { holdfast, holdfastProcess } from './holdfast.ts'

/** Refused before anything was done: in three lines for people, in one for programs. */
async function refusal(words: readonly string[], help: string): Promise<string> {
  const what = words.join(' ')
  const { code, stdout, stderr } = await holdfast(words)
  expect(code, what).to.equal(64)
  expect(stdout, what).to.equal('')
  expect(stderr, what).to.match(/^holdfast: [^\n]+\nExample: holdfast [^\n]+\nSee '[^\n]+'\n$/)
  expect(stderr, what).to.include(`\nSee '${help}'\n`)
  const isOfACommand = commands.some(({ spec }) => `holdfast ${spec.name} --help` === help)
  const at = isOfACommand ? help.split(' ').length - 2 : words.length
  const json = await holdfast([...words.slice(0, at), '--json', ...words.slice(at)])
  expect([json.code, json.stdout], what).to.deep.equal([64, ''])
  const { error } = JSON.parse(json.stderr) as { error: { code: string; message: string; help: string; exit: number } }
  expect(error, what).to.include({ code: 'USAGE', help, exit: 64 })
  expect(stderr, what).to.include(error.message)
  return stderr.split('\n', 1)[0] as string
}

/** The words that a command needs, so that nothing is wrong but what the test adds. */
function needed({ name, args }: Spec): readonly string[] {
  return [...name.split(' '), ...args.filter((each) => !each.isOptional).map((each) => each.example.replaceAll("'", ''))]
}

describe('the command line', () => {
  for (const { spec } of commands) {
    const help = `holdfast ${spec.name} --help`
    const words = needed(spec)
    const options: Options = { ...spec.options, ...commonOptions }

    it(`${spec.name}: names an unknown option as it was typed, and the one that was meant`, async () => {
      expect(await refusal([...words, '--zzzz'], help)).to.equal("holdfast: unknown option '--zzzz'")
      expect(await refusal([...words, '-x'], help)).to.equal("holdfast: unknown option '-x'")
      for (const name of Object.keys(options).filter((each) => each.length > 3)) {
        const typed = `--${name.slice(0, 2)}${name.slice(3)}`
        expect(await refusal([...words, typed], help)).to.equal(`holdfast: unknown option '${typed}'; did you mean '--${name}'?`)
      }
    })

    it(`${spec.name}: says of each option that its value is missing, empty or given twice`, async () => {
      for (const [name, option] of Object.entries(options)) {
        if (option.placeholder === null) continue
        const flag = `--${name}`
        const example = option.example.replaceAll("'", '')
        expect(await refusal([...words, flag], help)).to.equal(`holdfast: ${flag} needs a value`)
        expect(await refusal([...words, flag, '--zzzz'], help)).to.equal(`holdfast: ${flag} needs a value`)
        expect(await refusal([...words, flag, ''], help)).to.equal(`holdfast: ${flag} is empty: give it a value, or leave it out`)
        expect(await refusal([...words, `${flag}=`], help)).to.equal(
          `holdfast: ${flag} is empty: give it a value, or leave it out`,
        )
        expect(await refusal([...words, `--no-${name}`], help)).to.match(/takes a value and cannot be negated/)
        if (option.isRepeatable) continue
        const twice = [...words, flag, example, `${flag}=${example}`]
        expect(await refusal(twice, help)).to.equal(`holdfast: ${flag} is given twice: give it once`)
      }
    })

    it(`${spec.name}: takes no value for a flag`, async () => {
      for (const [name, option] of Object.entries(options)) {
        if (option.placeholder === null && name !== 'help' && name !== 'json')
          expect(await refusal([...words, `--${name}=yes`], help)).to.equal(`holdfast: --${name} takes no value, got 'yes'`)
      }
    })

    it(`${spec.name}: says of each option what its value must be`, async () => {
      for (const [name, option] of Object.entries(options)) {
        const { placeholder, completes, example } = option
        const isNumber = /^\d/.test(example)
        const isChoice = Array.isArray(completes)
        if (placeholder === null || !(isNumber || isChoice)) continue
        // These are read by what they are for: addresses, loads, delays, interventions, algorithms, bugs.
        if (
          ['join', 'load', 'delay', 'do', 'algorithm', 'algorithms', 'bug'].includes(name) ||
          (name === 'section' && spec.name === 'lab diagram')
        )
          continue
        for (const wrong of isNumber ? ['-1', 'many', '1e99'] : ['nope']) {
          const said = await refusal([...words, `--${name}`, wrong], help)
          expect(said).to.match(new RegExp(`^holdfast: --${name} must be .*got '${wrong}'`))
        }
      }
    })

    it(`${spec.name}: takes every option in its example, as --name value and --name=value`, () => {
      for (const [name, option] of Object.entries(options)) {
        if (option.placeholder === null) continue
        expect(() => option.read([option.example.replaceAll("'", '')]), name).not.to.throw()
      }
    })

    it(`${spec.name}: refuses one argument too many, and one too few`, async () => {
      const surplus = [...words, ...spec.args.filter((each) => each.isOptional).map(() => 'more'), 'surplus']
      expect(await refusal(surplus, help)).to.match(/^holdfast: unexpected argument 'surplus': /)
      expect(
        await refusal([...words, ...spec.args.filter((each) => each.isOptional).map(() => 'more'), '--', '--json'], help),
      ).to.match(/^holdfast: unexpected argument '--json': /)
      const first = spec.args[0]
      if (first?.isOptional === false)
        expect(await refusal(spec.name.split(' '), help)).to.equal(`holdfast: ${first.name} is missing`)
    })

    it(`${spec.name}: explains itself for --help, -h and help, also at 40 columns and as JSON`, async () => {
      const { stdout, code, stderr } = await holdfast([...words, '--help'])
      expect([code, stderr]).to.deep.equal([0, ''])
      expect(stdout).to.match(new RegExp(`^holdfast ${spec.name}: `))
      expect(stdout).to.include(`Usage: holdfast ${spec.name}`)
      for (const name of Object.keys(options)) expect(stdout).to.include(`  --${name}`)
      expect((await holdfast([...spec.name.split(' '), '-h'])).stdout).to.equal(stdout)
      expect((await holdfast(['help', ...spec.name.split(' ')])).stdout).to.equal(stdout)
      const narrow = await holdfast([...spec.name.split(' '), '--help'], {}, { columns: 40 })
      for (const each of narrow.stdout.split('\n').filter((text) => !/holdfast|\S{28}/.test(text)))
        expect(each.length, each).to.be.at.most(40)
      const data = JSON.parse((await holdfast([...spec.name.split(' '), '--help', '--json'])).stdout) as { name: string }
      expect(data.name).to.equal(spec.name)
    })
  }

  it('names the command that was meant', async () => {
    const top = 'holdfast --help'
    expect(await refusal(['memebrs'], top)).to.equal("holdfast: unknown command 'memebrs'; did you mean 'members'?")
    expect(await refusal(['nope'], top)).to.match(/^holdfast: unknown command 'nope': holdfast has demo, /)
    expect(await refusal(['toString'], top)).to.match(/^holdfast: unknown command 'toString'/)
    expect(await refusal(['diagram'], top)).to.equal("holdfast: unknown command 'diagram'; did you mean 'lab diagram'?")
    expect(await refusal(['--versoin'], top)).to.equal("holdfast: unknown option '--versoin'; did you mean '--version'?")
    expect(await refusal([], top)).to.equal('holdfast: a command is missing')
    expect(await refusal(['lab', 'chekc'], 'holdfast lab --help')).to.equal(
      "holdfast: unknown command 'lab chekc'; did you mean 'lab check'?",
    )
    expect(await refusal(['lab'], 'holdfast lab --help')).to.match(/^holdfast: lab: a command is missing: run, /)
    expect(await refusal(['help', 'lcoks'], 'holdfast help --help')).to.equal(
      "holdfast: unknown command 'lcoks'; did you mean 'locks'?",
    )
  })

  it('names the value that was meant', async () => {
    expect(await refusal(['demo', '--clock', 'lampotr'], 'holdfast demo --help')).to.match(/did you mean 'lamport'\?$/)
    expect(await refusal(['bench', '--scenarios', 'first,contented'], 'holdfast bench --help')).to.match(
      /did you mean 'contended'\?$/,
    )
    expect(await refusal(['lab', 'run', '--algorithms', 'tokenring'], 'holdfast lab run --help')).to.match(
      /did you mean 'token-ring'\?$/,
    )
    expect(await refusal(['sim', '--bug', 'caanry'], 'holdfast sim --help')).to.match(/did you mean 'canary'\?$/)
  })

  it('says what lab run lacks, with an example', async () => {
    expect(await refusal(['lab', 'run'], 'holdfast lab run --help')).to.equal('holdfast: --algorithms is missing')
  })

  it('takes back a flag with --no-, and the last one counts', async () => {
    expect(await refusal(['sim', '--story', '--no-story', '--whole'], 'holdfast sim --help')).to.equal(
      'holdfast: --whole goes with --story',
    )
    expect((await holdfast(['lab', 'gallery', '--json', '--no-json'])).stdout).not.to.match(/^\[/)
  })

  it('lists its commands, and those of a group', async () => {
    const { stdout } = await holdfast(['--help'])
    expect((await holdfast(['help'])).stdout).to.equal(stdout)
    expect((await holdfast(['-h'])).stdout).to.equal(stdout)
    for (const { spec } of commands) expect(stdout).to.match(new RegExp(`^  ${spec.name.split(' ')[0]} `, 'm'))
    for (const group of Object.keys(groups)) {
      const told = (await holdfast([group, '--help'])).stdout
      expect((await holdfast(['help', group])).stdout).to.equal(told)
      for (const { spec } of commandsOf(group)) expect(told.replaceAll(/\s+/g, ' ')).to.include(spec.summary)
    }
  })

  it('tells its version for --version and -v', async () => {
    for (const word of ['--version', '-v']) {
      const { code, stdout } = await holdfast([word])
      expect(code).to.equal(0)
      expect(stdout).to.match(/^\d+\.\d+\.\d+\n$/)
    }
    expect(JSON.parse((await holdfast(['--version', '--json'])).stdout)).to.have.keys('version')
  })

  it('does the same as a process: 64, on stderr only and without a stack', async () => {
    const { code, stdout, stderr } = await holdfastProcess(['demo', '--workers', '1'])
    expect([code, stdout]).to.deep.equal([64, ''])
    expect(stderr).to.equal(
      "holdfast: --workers must be a whole number from 2 to 32, got '1'\nExample: holdfast demo --workers 8\nSee 'holdfast demo --help'\n",
    )
  })
})
