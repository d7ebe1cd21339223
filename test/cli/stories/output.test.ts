import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'

const main = fileURLToPath(new URL('../../../lib/cli/main.js', import.meta.url))

describe('output of the command line', () => {
  it('that cannot be written is 74 and one line on stderr, never a clean exit', function () {
    if (!existsSync('/dev/full')) return this.skip()
    const full = openSync('/dev/full', 'w')
    const args = [main, 'sim', '--bug', 'list']
    const { status, stderr } = spawnSync(process.execPath, args, { stdio: ['ignore', full, 'pipe'], encoding: 'utf8' })
    closeSync(full)
    expect(status).to.equal(74)
    expect(stderr).to.match(/^holdfast: the output cannot be written: ENOSPC[^\n]*\n$/)
  })

  it('whose reader goes away ends quietly', function () {
    if (process.platform === 'win32') return this.skip()
    const line = `"${process.execPath}" "${main}" sim --bug list | head -1`
    const { stdout, stderr } = spawnSync('sh', ['-c', line], { encoding: 'utf8' })
    expect(stdout).to.equal('canary\n')
    expect(stderr).to.equal('')
  })

  it('that is only progress or a complaint changes no exit code when it cannot be written', function () {
    if (!existsSync('/dev/full')) return this.skip()
    const full = openSync('/dev/full', 'w')
    const { status } = spawnSync(process.execPath, [main, 'nope'], { stdio: ['ignore', 'ignore', full] })
    closeSync(full)
    expect(status).to.equal(64)
  })
})
