import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { commands } from '../../../lib/cli/commands.ts'
import { skipUnless } from '../../processes/needs.ts'

const main = fileURLToPath(new URL('../../../lib/cli/main.js', import.meta.url))
/** What the package publishes, whose processes start in half the time. */
const bundled = fileURLToPath(new URL('../../../bundled/cli/main.js', import.meta.url))

/** How long a command may take to end; the machine may be busy. */
const endMsMax = 10_000

/** By what a command shows that it is in the middle of its work. */
type Ready = 'stdout' | 'stderr' | 'connection' | 'start'

describe('an interrupt', function () {
  this.timeout(60_000)
  let folder: string
  /** It accepts, and says nothing: who connects is waiting for an answer. */
  let silent: Server
  let address: string
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'))
    writeFileSync(
      join(folder, 'slow.mjs'),
      `export const algorithm = { name: 'slow', create: () => { console.log('begun'); for (;;) {} } }\n`,
    )
    silent = createServer((socket) => socket.on('error', () => undefined).resume())
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    address = `127.0.0.1:${(silent.address() as AddressInfo).port}`
  })
  after(() => {
    silent.close()
    rmSync(folder, { recursive: true })
  })

  function start(...words: readonly string[]): ChildProcess {
    // A group of its own, as a shell makes for each command: Ctrl-C reaches all processes of it.
    return spawn(process.execPath, [bundled, ...words], { cwd: folder, detached: true, env: { ...process.env, TMPDIR: folder } })
  }

  async function ended(
    child: ChildProcess,
    msMax = endMsMax,
  ): Promise<{ readonly code: number | null; readonly signal: string | null }> {
    const timer = setTimeout(() => process.kill(-(child.pid as number), 'SIGKILL'), msMax)
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
    clearTimeout(timer)
    return { code, signal }
  }

  const becomes = async (child: ChildProcess, ready: Ready): Promise<void> => {
    if (ready === 'connection') await once(silent, 'connection')
    else if (ready === 'start') await once(child, 'spawn')
    else await once(ready === 'stdout' ? (child.stdout as NodeJS.EventEmitter) : (child.stderr as NodeJS.EventEmitter), 'data')
  }

  const stages: readonly (readonly [stage: string, words: () => readonly string[], ready: Ready])[] = [
    ['members, while it looks for a node', () => ['members', '--join', address], 'connection'],
    ['locks, while it looks for a node', () => ['locks', '--join', address], 'connection'],
    ['explain, while it looks for a node', () => ['explain', 'x', '--join', address], 'connection'],
    ['recover, while it looks for the survivors', () => ['recover', '--force', '--join', address], 'connection'],
    ['demo, while its workers start', () => ['demo', '--seconds', '600'], 'stdout'],
    ['bench, while it measures', () => ['bench', '--seconds', '600'], 'stderr'],
    ['lab check, in a call that never returns', () => ['lab', 'check', 'slow.mjs', '--patience', '600'], 'stderr'],
  ]
  for (const [stage, words, ready] of stages) {
    for (const [name, exit] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      it(`by ${name} ends ${stage} with ${exit}, and leaves no process and no file behind`, async () => {
        const before = readdirSync(folder)
        const child = start(...words())
        child.stdout?.resume()
        child.stderr?.resume()
        await becomes(child, ready)
        process.kill(-(child.pid as number), name)
        expect(await ended(child)).to.deep.equal({ code: exit, signal: null })
        await untilGone(child.pid as number)
        expect(readdirSync(folder)).to.deep.equal(before)
      })
    }
  }

  it('ends sim and lab run in the middle of their seeds with 130, and sim says what it has', async () => {
    for (const words of [
      ['sim', '--seeds', '100000', '--json'],
      ['lab', 'run', '--algorithms', 'all', '--entries', '1000000'],
    ]) {
      const child = start(...words)
      let out = ''
      child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()))
      child.stderr?.resume()
      await threadsOf(child.pid as number)
      process.kill(-(child.pid as number), 'SIGINT')
      expect(await ended(child), words.join(' ')).to.deep.equal({ code: 130, signal: null })
      if (words[0] === 'sim') expect(JSON.parse(out)).to.include({ interrupted: true })
    }
  })

  it('ends every command with 130, or by the signal itself, however early it comes', async () => {
    for (const { spec } of commands) {
      const args = spec.args.filter((each) => !each.isOptional).map((each) => each.example.replaceAll("'", ''))
      const child = start(...spec.name.split(' '), ...args, ...('join' in spec.options ? ['--join', address] : []))
      child.stdout?.resume()
      child.stderr?.resume()
      await becomes(child, 'start')
      process.kill(-(child.pid as number), 'SIGINT')
      const { code, signal } = await ended(child)
      expect(signal === 'SIGINT' || code === 130, `${spec.name}: ${code} ${signal}`).to.equal(true)
    }
  })

  it('that comes again ends a command at once', async () => {
    const child = start('demo', '--seconds', '600')
    child.stderr?.resume()
    await becomes(child, 'stdout')
    process.kill(child.pid as number, 'SIGINT')
    process.kill(child.pid as number, 'SIGINT')
    expect(await ended(child)).to.deep.equal({ code: 130, signal: null })
  })

  it('that comes again while the workers of demo leave ends it at once, and leaves no process and no file behind', async () => {
    const before = readdirSync(folder)
    const child = start('demo', '--seconds', '600', '--workers', '2')
    child.stderr?.resume()
    await says(child, /[1-9]\d* entries/)
    process.kill(child.pid as number, 'SIGINT')
    await says(child, /interrupted: the workers finish and leave/)
    process.kill(child.pid as number, 'SIGINT')
    expect(await ended(child)).to.deep.equal({ code: 130, signal: null })
    await untilGone(child.pid as number)
    expect(readdirSync(folder)).to.deep.equal(before)
  })

  const ends: readonly (readonly [when: string, preload: string, end: object])[] = [
    ['while the command works without a pause', 'send()', { code: 130, signal: null }],
    [
      'when the command has ended and the process has not',
      'setTimeout(send, 50); setTimeout(() => {}, 60_000)',
      { code: 130, signal: null },
    ],
    ['when the process exits', "process.once('exit', send)", { code: null, signal: 'SIGINT' }],
  ]
  for (const [when, preload, end] of ends) {
    it(`ends each command that writes and ends with 130, or by the signal itself, ${when}`, async () => {
      const code = `const send = () => process.kill(process.pid, 'SIGINT')
        const { write } = process.stdout
        let isFirst = true
        process.stdout.write = (...all) => {
          if (isFirst) { ${preload} }
          isFirst = false
          return write.apply(process.stdout, all)
        }`
      for (const words of [['completion', 'bash'], ['lab', 'schema'], ['--version'], ['sim', '--bug', 'list']]) {
        const preloaded = ['--import', `data:text/javascript,${encodeURIComponent(code)}`, main, ...words]
        const child = spawn(process.execPath, preloaded, { cwd: folder, detached: true })
        child.stdout.resume()
        child.stderr.resume()
        expect(await ended(child, 30_000), words.join(' ')).to.deep.equal(end)
      }
    })
  }

  it('gives a terminal back as it was', async function () {
    skipUnless(this, spawnSync('script', ['--version']).status === 0, 'needs script (util-linux)')
    const command = `'${process.execPath}' '${bundled}' demo --seconds 600`
    const child = spawn('script', ['-qefc', command, '/dev/null'], {
      cwd: folder,
      env: { ...process.env, TMPDIR: folder, TERM: 'xterm', NO_COLOR: '1' },
    })
    let out = ''
    const isDrawn = new Promise<void>((resolve) =>
      child.stdout.on('data', (chunk: Buffer) => {
        out += chunk.toString()
        if (out.includes('holdfast demo ·')) resolve()
      }),
    )
    await isDrawn
    child.stdin.write('\u0003')
    expect(await ended(child)).to.deep.equal({ code: 130, signal: null })
    expect(out.startsWith('\u001b[?1049h\u001b[?25l')).to.equal(true)
    expect(out.slice(out.lastIndexOf('\u001b[?1049h'))).to.include('\u001b[?25h\u001b[?1049l')
    expect(out, 'NO_COLOR').not.to.match(/\u001b\[3\dm/)
  })
})

/** Resolves when the process has written that to stdout. */
async function says(child: ChildProcess, text: RegExp): Promise<void> {
  let out = ''
  const { stdout } = child
  await new Promise<void>((resolve) => {
    stdout?.on('data', (chunk: Buffer) => {
      out += chunk.toString()
      if (text.test(out)) resolve()
    })
  })
}

/** Resolves when no process of that group runs any more; those that are killed with their parent take a moment. */
async function untilGone(group: number): Promise<void> {
  const untilMs = performance.now() + endMsMax
  for (;;) {
    const { stdout } = spawnSync('ps', ['-eo', 'pgid=,stat=,args='], { encoding: 'utf8' })
    const left = stdout.split('\n').filter((line) => new RegExp(`^ *${group} +[^Z]`).test(line))
    if (left.length === 0) return
    if (performance.now() > untilMs) throw new Error(`these still run: ${left.join('; ')}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Resolves when that process has started the threads it works with: more than Node itself has. */
async function threadsOf(pid: number): Promise<void> {
  const untilMs = performance.now() + 20_000
  while (performance.now() < untilMs && readdirSync(`/proc/${pid}/task`).length <= 11)
    await new Promise((resolve) => setTimeout(resolve, 20))
}
