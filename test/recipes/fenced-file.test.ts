import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import type { StaleError } from '../../lib/index.ts'
import { type FencedFile, fencedFile } from '../../lib/recipes/index.ts'
import { errorOf } from '../port/engine.ts'

const big = 2n ** 53n

describe('a fenced file', () => {
  let parent: string
  let path: string
  let file: FencedFile

  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'holdfast-file-'))
    path = join(parent, 'settings')
    file = fencedFile(path)
  })

  afterEach(() => rmSync(parent, { recursive: true, force: true }))

  const text = async (reading: Promise<Uint8Array | null>): Promise<string | null> => {
    const content = await reading
    return content === null ? null : Buffer.from(content).toString()
  }

  it('gives each holder what the one before left, and keeps no more than two files', async () => {
    expect(await file.peek()).to.equal(null)
    expect(await file.read(big + 1n)).to.equal(null)
    await file.write(big + 1n, 'one')
    expect(await text(file.read(big + 2n))).to.equal('one')
    await file.write(big + 2n, Buffer.from([0, 255]))
    expect(await fencedFile(path).read(big + 3n)).to.deep.equal(Buffer.from([0, 255]))
    await file.write(big + 3n, '')
    expect(await text(file.peek())).to.equal('')
    expect(readdirSync(path)).to.deep.equal(['0009007199254740995.data', '0009007199254740995.mark'])
  })

  it('refuses a stale holder before it reads, from the moment that a later one has read', async () => {
    await file.write(5n, 'five')
    await file.read(6n)
    const names = readdirSync(path)
    for (const stale of [() => file.read(4n), () => file.write(4n, 'late')])
      expect(await errorOf(stale)).to.include({ code: 'STALE', fence: 4n, highest: 6n, definite: true })
    expect(readdirSync(path)).to.deep.equal(names)
    expect(await text(file.peek())).to.equal('five')
  })

  it('keeps from later holders what a stale one writes after its check', async () => {
    await file.write(5n, 'five')
    await file.read(6n)
    // What is left of a write that was admitted before the later holder came, and went on after a pause.
    writeFileSync(join(path, '0000000000000000005.data'), 'late')
    expect(await text(file.read(6n))).to.equal('five')
    expect(await text(file.read(7n))).to.equal('five')
    expect(await text(file.peek())).to.equal('five')
  })

  it('keeps from later holders what a stale one writes after they found nothing', async () => {
    mkdirSync(path)
    expect(await file.read(6n)).to.equal(null)
    writeFileSync(join(path, '0000000000000000005.data'), 'late')
    expect([await file.read(6n), await file.read(7n), await file.peek()]).to.deep.equal([null, null, null])
  })

  it('loses no write that resolved, whatever the holders do at once', async function () {
    this.timeout(20_000)
    for (let round = 0; round < 25; round++) {
      const shared = fencedFile(join(parent, `round ${round}`))
      const [resolved, unsure] = [new Set<string>(), new Set<string>()]
      const work = async (fence: bigint, atMs: number): Promise<void> => {
        await pause(atMs)
        try {
          const known = await text(shared.read(fence))
          await shared.write(fence, `${known ?? ''}${fence} `)
          resolved.add(String(fence))
        } catch (error) {
          expect(error).to.include({ code: 'STALE' })
          if (!(error as StaleError).definite) unsure.add(String(fence))
        }
      }
      await Promise.all(Array.from({ length: 8 }, (_, i) => work(BigInt(i + 1), ((round * 7 + i * 3) % 11) * 0.7)))
      const kept = new Set((await text(shared.peek()))?.split(' ').slice(0, -1))
      for (const fence of resolved) expect([...kept], `round ${round}`).to.include(fence)
      for (const fence of kept) expect(resolved.has(fence) || unsure.has(fence), `round ${round}: ${fence}`).to.equal(true)
    }
  })

  it('gives one holder its own write, although it reads meanwhile', async () => {
    for (let fence = 1n; fence <= 20n; fence++) {
      const [read] = await Promise.all([text(file.read(fence)), file.write(fence, `at ${fence}`)])
      expect([`at ${fence}`, fence === 1n ? null : `at ${fence - 1n}`]).to.include(read)
      expect(await text(file.read(fence))).to.equal(`at ${fence}`)
    }
  })

  it('is whole after a writer was killed at any moment', function () {
    this.timeout(20_000)
    const source = new URL('../../lib/recipes/fenced-file.js', import.meta.url).href
    const script = `
      const { fencedFile } = await import(${JSON.stringify(source)})
      const file = fencedFile(process.argv[1])
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), Number(process.argv[3]))
      for (let fence = BigInt(process.argv[2]); ; fence++) {
        await file.read(fence)
        await file.write(fence, String(fence % 10n).repeat(100000))
      }`
    return (async () => {
      for (let round = 1; round <= 6; round++) {
        const args = ['--input-type=module', '-e', script, path, String(round * 1000), String(5 + round * 4)]
        expect(spawnSync(process.execPath, args).signal).to.equal('SIGKILL')
        const left = await text(file.read(BigInt(round * 1000 + 999)))
        if (left !== null) expect(left).to.match(/^(\d)\1{99999}$/)
      }
      await file.write(9_000n, 'end')
      expect(readdirSync(path)).to.have.lengthOf(2)
    })()
  })

  it('rejects wrong arguments, and makes no folder then', async () => {
    for (const wrong of ['', 5, 'a\0b', undefined])
      expect(await errorOf(() => fencedFile(wrong as string))).to.include({ code: 'BAD_OPTION', option: 'path' })
    for (const fence of [undefined, 5, 0n, 2n ** 63n]) {
      expect(await errorOf(() => file.read(fence as bigint))).to.include({ code: 'BAD_OPTION', option: 'fence' })
      expect(await errorOf(() => file.write(fence as bigint, 'x'))).to.include({ code: 'BAD_OPTION', option: 'fence' })
    }
    for (const content of [undefined, null, 5, {}])
      expect(await errorOf(() => file.write(1n, content as string))).to.include({ code: 'BAD_OPTION', option: 'content' })
    expect(readdirSync(parent)).to.deep.equal([])
  })

  it('writes the content as it was when it was asked, and passes the errors of the file system on', async () => {
    const content = Buffer.from('before')
    const written = file.write(1n, content)
    content.write('after!')
    await written
    expect(await text(file.peek())).to.equal('before')
    writeFileSync(join(parent, 'plain'), '')
    expect(await errorOf(() => fencedFile(join(parent, 'plain')).read(1n))).to.include({ code: 'EEXIST' })
  })
})
