import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { NodeOptions } from '../../lib/index.ts'
import { Crew, freeAddresses } from './crew.ts'

/** What the process of a user's own tells after it came back under another id. */
interface Told {
  readonly before: string
  readonly after: string
  readonly members: readonly string[]
  readonly cwd: string
}

/** In a folder `app`: a node with relative paths, in a program that goes to the folder `job` and then loses its session. */
const program = `
  const [, library, given] = process.argv
  const { createNode } = await import(library)
  const node = await createNode(JSON.parse(given))
  const before = node.id
  process.chdir('../job')
  const back = new Promise((resolve) => node.on('sessionEnded', () => node.on('viewActivated', resolve)))
  // A long synchronous job, longer than the session.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1500)
  await back
  const hold = await node.acquire('invoice/42')
  console.log(JSON.stringify({ before, after: node.id, members: node.members.map(({ id }) => id), cwd: process.cwd() }))
  process.stdin.once('data', async () => {
    hold.check()
    await node.close()
    process.exit(0)
  })`

describe('a program that changes its working directory', function () {
  this.timeout(60_000)
  let crew: Crew
  let app: string
  let job: string

  beforeEach(() => {
    crew = new Crew()
    app = join(crew.directory, 'app')
    job = join(crew.directory, 'job')
    for (const folder of [app, job]) mkdirSync(folder)
  })
  afterEach(() => crew.end())

  /** Runs the program, and `meanwhile` while it holds `invoice/42`. Resolves with what it told, once it has ended by itself. */
  async function run(options: NodeOptions, meanwhile: (told: Told) => Promise<void>): Promise<void> {
    const library = new URL('../../lib/index.js', import.meta.url).href
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, library, JSON.stringify(options)], {
      cwd: app,
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    try {
      const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
      const text = await new Promise<string>((resolve, reject) => {
        child.stdout.once('data', (data) => resolve(String(data)))
        child.once('exit', (code) => reject(new Error(`it ended with ${code} and told nothing`)))
      })
      const told = JSON.parse(text) as Told
      expect(told.cwd).to.equal(job)
      expect(told.after).to.not.equal(told.before)
      await meanwhile(told)
      child.stdin.write('close\n')
      expect(await ended).to.equal(0)
    } finally {
      child.kill('SIGKILL')
    }
    expect(readdirSync(job)).to.deep.equal([])
  }

  it('comes back to the local directory that its relative path meant when createNode was called', async () => {
    const options = { cluster: 'c', profile: { session: 500 } }
    const other = crew.process()
    await other.create({ ...options, directory: join(app, 'locks'), dataDir: join(app, 'state') })
    await run({ ...options, directory: './locks', dataDir: 'state' }, async ({ after, members }) => {
      expect(members).to.have.length(2)
      expect((await other.ask('members')).members).to.include(after)
      const refused = await other.ask('acquire', 'invoice/42', { wait: 300 }).catch((failure: unknown) => failure)
      expect(refused).to.include({ code: 'TIMEOUT' })
    })
    expect(readdirSync(app).sort()).to.deep.equal(['locks', 'state'])
  })

  it('keeps its vote in the folder that its relative path meant when createNode was called', async () => {
    const [address = ''] = await freeAddresses(1)
    const options: NodeOptions = {
      cluster: 'c',
      join: [address],
      listen: address,
      secret: 'a secret of twenty-four',
      dataDir: './state',
      profile: { session: 500 },
    }
    await run(options, async () => {
      const [voter = ''] = readdirSync(join(app, 'state', 'c')).filter((name) => name.startsWith('voter-'))
      expect(existsSync(join(app, 'state', 'c', voter, 'owner'))).to.equal(true)
      expect(existsSync(join(app, 'state', 'c', voter, 'vote'))).to.equal(true)
    })
    expect(readdirSync(app)).to.deep.equal(['state'])
  })
})
