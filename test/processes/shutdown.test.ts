import { fork } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { expect } from 'chai'
import type { ChildEnd } from '../../lib/children/child.ts'
import { codeBlocks } from '../house/markdown.ts'
import { project, readProject } from '../house/project.ts'
import { Crew, type Mate, together } from './crew.ts'

/** How a process ended. */
type Ended = Pick<ChildEnd, 'code' | 'signal'>

/** That of a node whose program sets none. */
const sessionMs = 5_000
/** No busy machine takes half of this session to find a death. */
const longSessionMs = 30_000
/** A process that dies by an error prints it. */
const quiet = ['sh', '-c', 'exec "$@" 2>/dev/null', 'sh']

const page = readProject('docs/shutdown.md')
const [handler, afterError] = codeBlocks(page, 'ts') as [string, string]
const block = (language: string): string => codeBlocks(page, language)[0] as string

describe('the end of a process that holds a lock', function () {
  this.timeout(40_000)
  let crew: Crew
  let waiter: Mate
  const options = () => ({ ...crew.local, profile: { session: longSessionMs } })
  before(async () => {
    crew = new Crew()
    waiter = await crew.process().create(options())
  })
  after(() => crew.end())

  const ways: readonly [how: string, end: (mate: Mate) => unknown, ended: Ended][] = [
    ['process.exit()', (mate) => mate.ask('exit').catch(() => {}), { code: 0, signal: null }],
    ['an uncaught error', (mate) => mate.ask('fail', 'throw').catch(() => {}), { code: 1, signal: null }],
    ['an unhandled rejection', (mate) => mate.ask('fail', 'reject').catch(() => {}), { code: 1, signal: null }],
    ['SIGTERM without a handler', (mate) => mate.kill('SIGTERM'), { code: null, signal: 'SIGTERM' }],
    ['SIGINT without a handler', (mate) => mate.kill('SIGINT'), { code: null, signal: 'SIGINT' }],
    ['SIGKILL', (mate) => mate.kill('SIGKILL'), { code: null, signal: 'SIGKILL' }],
    ['the end of its work, with unref', (mate) => mate.letGo(), { code: 0, signal: null }],
  ]
  for (const [how, end, ended] of ways) {
    it(`by ${how}: another process has the lock long before the session is over`, async () => {
      const holder = await crew.process(quiet).create({ ...options(), unref: how.endsWith('unref') })
      await together([holder, waiter])
      const held = await holder.ask('acquire', 'door')
      const next = waiter.ask('acquire', 'door')
      await waiter.ask('members')
      await end(holder)
      expect(await holder.ended).to.include(ended)
      const endedMs = performance.now()
      const { hold, fence } = await next
      expect(fence > held.fence).to.equal(true)
      expect(performance.now() - endedMs).to.be.lessThan(longSessionMs / 2)
      await waiter.ask('release', hold)
    })
  }

  it('by close: the lock moves on at its release, and without one when the drain is over', async () => {
    const [first, second] = [await crew.process().create(options()), await crew.process().create(options())]
    await together([first, second, waiter])
    for (const [holder, drainMs] of [
      [first, 60_000],
      [second, 300],
    ] as const) {
      const held = await holder.ask('acquire', 'door')
      const next = waiter.ask('acquire', 'door')
      await waiter.ask('members')
      const closedMs = performance.now()
      const closed = holder.ask('close', drainMs)
      expect(await holder.failure('acquire', 'window')).to.include({ code: 'CLOSED' })
      expect(await holder.ask('hold', held.hold)).to.deep.equal({ state: 'held', aborted: false, checked: 'fine' })
      if (drainMs > longSessionMs) expect(await holder.ask('release', held.hold)).to.equal('released')
      const { hold, fence } = await next
      expect(fence > held.fence).to.equal(true)
      if (drainMs < longSessionMs) {
        expect(performance.now() - closedMs).to.be.at.least(drainMs)
        expect(await holder.until(({ type }) => type === 'aborted')).to.include({ reason: 'closed' })
      }
      await closed
      await waiter.ask('release', hold)
    }
  })
})

/** What the program of the page does beside its handlers: it works under a lock until it is told that the work is over. */
const work = `
process.on('message', (message) => {
  if (message === 'throw') setImmediate(() => { throw new Error('of the test') })
  if (message !== 'work') return
  const body = (hold) => {
    process.send('working')
    return new Promise((resolve) => process.on('message', (next) => next === 'finish' && resolve(hold.state)))
  }
  node.withLock('door', body).then((state) => process.send(state), (error) => process.send(error.reason))
})
`

describe('the page on shutdown', function () {
  this.timeout(40_000)
  let crew: Crew
  beforeEach(() => {
    crew = new Crew()
  })
  afterEach(() => crew.end())

  /** Starts the program of the page, in this test's cluster. */
  const start = (code: string) => {
    const folder = join(crew.directory, 'service')
    mkdirSync(join(folder, 'node_modules'), { recursive: true })
    symlinkSync(project, join(folder, 'node_modules', 'holdfast'))
    // Whatever package the temporary folder lies in, the program is not of it.
    writeFileSync(join(folder, 'package.json'), '{}')
    const file = join(folder, 'service.mjs')
    const options = `{ cluster: '${crew.cluster}', directory: '${crew.directory}' }`
    writeFileSync(file, code.replace("{ cluster: 'billing' }", options) + work)
    const child = fork(file, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
    const said: unknown[] = []
    let hear = (): void => {}
    child.on('message', (message) => {
      said.push(message)
      hear()
    })
    const until = (message: string): Promise<void> =>
      new Promise((resolve) => {
        hear = () => said.includes(message) && resolve()
        hear()
      })
    const ended = new Promise<Ended>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })))
    return { child, said, until, ended }
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`has a handler: at ${signal} the work goes on to its end, then the lock moves on and the process ends`, async () => {
      const other = await crew.process().create(crew.local)
      const { child, said, until, ended } = start(handler)
      await until('ready')
      child.send('work')
      await until('working')
      const next = other.ask('acquire', 'door')
      child.kill(signal)
      await other.ask('members')
      child.send('finish')
      await next
      expect(await ended).to.deep.equal({ code: 0, signal: null })
      expect(said).to.deep.equal(['ready', 'working', 'held'])
    })
  }

  it('has a handler whose second signal ends the wait', async () => {
    const other = await crew.process().create(crew.local)
    const { child, until, ended } = start(handler)
    await until('ready')
    child.send('work')
    await until('working')
    const next = other.ask('acquire', 'door')
    const signalledMs = performance.now()
    child.kill('SIGTERM')
    child.kill('SIGINT')
    await next
    expect(await ended).to.deep.equal({ code: 0, signal: null })
    expect(performance.now() - signalledMs).to.be.lessThan(8_000)
  })

  it('has a handler of uncaught errors that lets go at once and ends with an error', async () => {
    const other = await crew.process().create(crew.local)
    const { child, until, ended } = start(handler + afterError)
    await until('ready')
    child.send('work')
    await until('working')
    const next = other.ask('acquire', 'door')
    child.send('throw')
    await next
    expect(await ended).to.deep.equal({ code: 1, signal: null })
  })

  it('gives every supervisor more time than the drain and one session', () => {
    const drainMs = 1_000 * Number(/'(\d+)s' : 0/.exec(handler)?.[1])
    const most = drainMs + sessionMs
    const folder = join(crew.directory, 'pm2')
    mkdirSync(folder)
    writeFileSync(join(folder, 'ecosystem.config.cjs'), block('js'))
    const { apps } = createRequire(import.meta.url)(join(folder, 'ecosystem.config.cjs')) as {
      readonly apps: readonly [{ readonly kill_timeout: number; readonly wait_ready: boolean }]
    }
    expect(apps[0].wait_ready).to.equal(true)
    const seconds = (text: string, pattern: RegExp): number => 1_000 * Number(pattern.exec(text)?.[1])
    const preStopMs = seconds(block('yaml'), /command: \["sleep", "(\d+)"\]/)
    const graces = {
      pm2: apps[0].kill_timeout,
      systemd: seconds(block('ini'), /^TimeoutStopSec=(\d+)$/m),
      kubernetes: seconds(block('yaml'), /terminationGracePeriodSeconds: (\d+)/) - preStopMs,
      docker: seconds(block('sh'), /--stop-timeout (\d+)/),
    }
    for (const [supervisor, graceMs] of Object.entries(graces)) expect(graceMs, supervisor).to.be.greaterThan(most)
  })

  it('starts the program itself in every block, with no shell and no npm between', () => {
    expect(block('js')).to.include("script: 'service.mjs'")
    expect(block('ini')).to.match(/^ExecStart=\S+\/node \S+service\.mjs$/m)
    for (const language of ['yaml', 'dockerfile']) expect(block(language), language).to.include('["node", "service.mjs"]')
  })
})
