import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { Forked } from '../../lib/mesh/forked.ts'

describe('mesh: a process that is asked over its channel', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-forked-'))
  after(() => rmSync(folder, { recursive: true }))

  it('and that ends rejects each question with an error of its own', async () => {
    const entry = join(folder, 'mute.mjs')
    writeFileSync(entry, `process.on('message', () => {})`)
    const forked = new Forked<{ readonly count: { readonly ask: null; readonly answer: number } }>('a mute process', entry)
    const asked = [forked.ask('count', null), forked.ask('count', null)]
    await forked.end()
    const late = forked.ask('count', null)
    const errors = await Promise.all([...asked, late].map((answer) => answer.catch((error: unknown) => error)))
    for (const error of errors) expect(error).to.include({ code: 'CLOSED', message: 'a mute process was ended' })
    expect(new Set([...errors, await forked.ended]).size).to.equal(4)
  })
})
