import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'

const main = fileURLToPath(new URL('../../lib/cli/main.js', import.meta.url))

function holdfast(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' })
}

/** Arguments that are wrong, and a piece of the complaint. */
const wrong: readonly (readonly [string[], string])[] = [
  [[], 'a command is missing'],
  [['nope'], "unknown command 'nope'"],
  [['toString'], "unknown command 'toString'"],
  [['--nope'], "unknown option '--nope'"],
  [['demo', '--nope'], "unknown option '--nope'"],
  [['demo', 'surplus'], "unexpected argument 'surplus'"],
  [['demo', '--workers', '1'], '--workers must be a whole number from 2 to 32'],
  [['demo', '--seconds', 'soon'], '--seconds must be a number of seconds'],
  [['demo', '--seconds'], '--seconds'],
  [['demo', '--clock', 'sundial'], '--clock must be hlc or lamport'],
  [['bench', '--scenarios', 'first,nope'], "there is no 'nope'"],
  [['bench', '--processes', '1'], '--processes must be a whole number from 2 to 32'],
  [['bench', '--against', 'redis'], "cannot measure 'redis'"],
  [['sim', '--seeds', '-1'], "--seeds must be a whole number from 1 to 4294967295, got '-1'"],
  [['sim', '--history', ''], '--history needs the name of a file'],
  [['sim', '--check', ''], '--check needs the name of a file'],
  [['members', '--cluster', '--json'], '--cluster'],
  [['members', 'surplus'], "unexpected argument 'surplus'"],
  [['members', '--config', '/nowhere/at/all.json'], 'cannot read the configuration'],
  [['locks', 'one', 'two'], "unexpected argument 'two'"],
]

describe('the command line', () => {
  for (const [args, complaint] of wrong) {
    it(`refuses 'holdfast ${args.join(' ')}' with 64, on stderr only and without a stack`, () => {
      const { status, stdout, stderr } = holdfast(...args)
      expect(status).to.equal(64)
      expect(stdout).to.equal('')
      expect(stderr).to.include(complaint)
      expect(stderr).not.to.match(/\n\s+at /)
    })
  }

  it('tells its version', () => {
    const { status, stdout } = holdfast('--version')
    expect(status).to.equal(0)
    expect(stdout).to.match(/^\d+\.\d+\.\d+\n$/)
  })

  it('lists its commands, and explains each', () => {
    const overview = holdfast('--help')
    expect(overview.status).to.equal(0)
    const names = [...overview.stdout.matchAll(/^ {2}([a-z]+) {2,}/gm)].map((match) => match[1] as string)
    expect(names).to.include.members(['demo', 'bench', 'members', 'locks'])
    for (const name of names) {
      const { status, stdout } = holdfast(name, '--help')
      expect(status, name).to.equal(0)
      expect(stdout, name).to.include(`Usage: holdfast ${name}`)
    }
  })
})
