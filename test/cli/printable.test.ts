import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { explainText } from '../../lib/cli/explain.ts'
import { locksText } from '../../lib/cli/locks.ts'
import { membersText } from '../../lib/cli/members.ts'
import { painter } from '../../lib/cli/paint.ts'
import { printable, printableData, printableLines } from '../../lib/cli/printable.ts'
import { encodeEvent } from '../../lib/sim/history/jsonl.ts'
import { Script } from '../sim/history/writing.ts'
import { holdfast } from './holdfast.ts'

const evil = 'evil\u001b]0;owned\u0007\u001b[2J\n\u009b\u007f\u202e!'
const tame = 'evil\\x1b]0;owned\\x07\\x1b[2J\\x0a\\x9b\\x7f\\u202e!'
const plain = painter(false)

/** Whatever a terminal would obey, but for the ends of our own lines. */
const obeyed = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/

describe('text from outside', () => {
  it('is printed with what a terminal would obey told instead of sent', () => {
    expect(printable(evil)).to.equal(tame)
    expect(printable('Größe 大 \\x1b 🙂')).to.equal('Größe 大 \\x1b 🙂')
    expect(printableLines('a\tb\nc\u0085')).to.equal('a\\x09b\nc\\x85')
  })

  it('is found in data at any depth, and the rest of it is as before', () => {
    expect(printableData({ a: [evil, 1, null], b: { c: 'x' } })).to.deep.equal({ a: [tame, 1, null], b: { c: 'x' } })
  })

  it('cannot reach the terminal by way of locks, members or explain', () => {
    const locks = locksText(
      {
        held: [{ name: evil, mode: 'exclusive', fence: 1n, holder: evil, owner: 1, heldMs: 5, meta: undefined }],
        pending: [{ name: evil, mode: 'shared', node: evil, owner: 2, place: 1, waitedMs: 2, meta: undefined }],
        cached: [],
        unanswered: [evil],
        truncated: [evil],
      },
      plain,
    )
    const members = membersText({ cluster: evil, epoch: 1, members: [{ id: evil, address: evil, since: 1, state: evil }] }, plain)
    const nobody = membersText({ cluster: evil, epoch: 0, members: [] }, plain)
    const explained = explainText(
      {
        lock: evil,
        algorithm: evil,
        register: 'local',
        members: 2,
        sessionMs: 5000,
        holders: [evil],
        cases: [{ case: 'holder killed', terms: [{ name: 'detection', ms: 80, why: evil }], boundMs: 80 }],
        advice: [evil],
      },
      plain,
    )
    for (const [text, lines] of [
      [locks, 5],
      [members, 3],
      [nobody, 1],
      [explained, 9],
    ] as const) {
      expect(text).to.include(tame)
      expect(text).not.to.match(obeyed)
      expect(text.split('\n')).to.have.length(lines + 1)
    }
  })

  it('cannot reach it by way of a history that is checked, drawn or refused', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'))
    try {
      const file = join(folder, 'run.jsonl')
      const script = new Script()
        .members(evil, 'bob')
        .asks(evil, { lock: evil })
        .granted(1)
        .asks('bob', { lock: evil })
        .granted(2)
      writeFileSync(file, script.events.map(encodeEvent).join('\n'))
      const told = await holdfast(['sim', '--check', file])
      expect(told.code).to.equal(1)
      expect(told.stdout).to.include(`'${tame}'`)
      expect(told.stdout).not.to.match(obeyed)
      // A machine reads names as they are.
      const { violations } = JSON.parse((await holdfast(['sim', '--check', file, '--json'])).stdout) as {
        violations: { text: string }[]
      }
      expect(violations[0]?.text).to.include(evil)

      writeFileSync(file, JSON.stringify({ atMs: 0, type: evil }))
      const refused = await holdfast(['sim', '--check', file])
      expect(refused.code).to.equal(64)
      expect(refused.stderr).not.to.match(obeyed)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('cannot reach it by way of a complaint', async () => {
    const { code, stderr } = await holdfast(['locks', '--cluster', evil, '--directory', join(tmpdir(), 'holdfast-none')])
    expect(code).to.equal(69)
    expect(stderr).to.include(tame)
    expect(stderr).not.to.match(obeyed)
    expect((await holdfast([evil])).stderr).not.to.match(obeyed)
  })
})
