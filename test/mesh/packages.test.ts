import { execFileSync } from 'node:child_process'
import { expect } from 'chai'

const entry = new URL('../../lib/index.js', import.meta.url).href

function imported(before: string): string {
  const script = `${before}; console.log(typeof (await import('${entry}')).createNode)`
  return execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).trim()
}

describe('the packages of the mesh', () => {
  it('are no reason for an import to fail where a global setImmediate is absent, as in an environment of a browser', () => {
    expect(imported('delete globalThis.setImmediate')).to.equal('function')
  })

  it('are no reason for an import to fail where a test runner replaced setImmediate', () => {
    expect(imported('globalThis.setImmediate = () => 1')).to.equal('function')
  })
})
