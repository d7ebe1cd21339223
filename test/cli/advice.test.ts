import { expect } from 'chai'
import { type ErrorCode, errorRegistry, HoldfastError } from '../../lib/base/errors.ts'
import { commands } from '../../lib/cli/commands.ts'
import { complaintOf, complaintText } from '../../lib/cli/complaint.ts'
import { membersSpec } from '../../lib/cli/table/cluster.ts'
import { CommandFailure, UsageError } from '../../lib/cli/usage.ts'

const codes = Object.keys(errorRegistry) as ErrorCode[]

describe('what the command line says about an error of the library', () => {
  for (const { spec } of commands) {
    it(`names only options that ${spec.name} has, and none of a program`, () => {
      for (const code of codes) {
        const complaint = complaintOf(new HoldfastError(code, 'it went wrong'), spec.name, spec)
        const text = complaintText(complaint, false)
        expect(text, code).not.to.match(/`|\(\)|wait\b|[a-z][A-Z]|join:/)
        for (const [option] of text.split('\n', 1)[0]?.matchAll(/--[a-z-]+/g) ?? [])
          expect(Object.keys(spec.options), `${code}: ${option}`).to.include(option.slice(2))
        if (code !== 'BAD_OPTION') expect(text, code).to.match(/^holdfast: [A-Z_]+: it went wrong\. [^\n]+\.\n$/)
      }
    })
  }

  it('ends with 69 when nothing runs there or nothing can be granted, 64 for a wrong option, else 1', () => {
    const exits = codes.map((code) => [code, complaintOf(new HoldfastError(code, 'x'), 'members', membersSpec).exit])
    expect(exits.filter(([, exit]) => exit !== 1)).to.deep.equal([
      ['NO_QUORUM', 69],
      ['NOT_RUNNING', 69],
      ['BAD_OPTION', 64],
    ])
  })

  it('tells a wrong option of the library by its name on the command line', () => {
    const told = (option: string): string =>
      complaintOf(new HoldfastError('BAD_OPTION', `${option}: it is wrong`, { option }), 'members', membersSpec).message
    expect(told('join')).to.equal('--join: it is wrong')
    expect(told('secret')).to.equal('--secret-file (or HOLDFAST_SECRET): it is wrong')
    expect(told('tls.ca')).to.equal('--tls-ca: it is wrong')
    expect(told('tls')).to.equal('--tls-ca, --tls-cert, --tls-key: it is wrong')
    expect(told('maxClockOffset')).to.equal('maxClockOffset: it is wrong')
  })

  it('is one line of JSON for programs', () => {
    const of = (error: unknown): unknown => JSON.parse(complaintText(complaintOf(error, 'members', membersSpec), true))
    expect(of(new HoldfastError('NOT_RUNNING', 'nothing there'))).to.deep.nested.include({
      'error.code': 'NOT_RUNNING',
      'error.message': 'nothing there',
      'error.exit': 69,
      'error.help': null,
    })
    expect(of(new UsageError('wrong'))).to.deep.nested.include({
      'error.code': 'USAGE',
      'error.example': 'holdfast members',
      'error.help': 'holdfast members --help',
      'error.exit': 64,
    })
    expect(of(new UsageError('wrong', null))).to.deep.nested.include({ 'error.example': null })
    expect(of(new CommandFailure('no survivor', 69))).to.deep.nested.include({ 'error.code': 'FAILURE', 'error.exit': 69 })
    expect(of(new Error('a bug'))).to.deep.nested.include({ 'error.code': 'UNEXPECTED', 'error.exit': 1 })
  })
})
