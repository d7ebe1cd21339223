import { spawnSync } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import type { HoldfastError } from '../../lib/base/errors.ts'
import { callAll, type Child } from '../../lib/children/child.ts'
import { startProcess } from '../../lib/children/process.ts'
import { startThread } from '../../lib/children/thread.ts'
import type { TestCalls } from './child-entry.ts'

type TestChild = Child<TestCalls, readonly string[]>
interface Given {
  readonly args?: readonly string[]
  hear?(news: readonly string[]): void
}

const entry = new URL('./child-entry.js', import.meta.url)

async function errorOf(call: Promise<unknown>): Promise<HoldfastError> {
  const error = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  expect(error).to.be.instanceOf(Error)
  return error as HoldfastError
}

for (const [kind, start] of [
  ['process', (given: Given = {}): TestChild => startProcess('child 1 of 2', entry, { flags: [], ...given })],
  ['thread', (given: Given = {}): TestChild => startThread('child 1 of 2', entry, given)],
] as const) {
  describe(`a ${kind} of our own`, () => {
    const started: TestChild[] = []
    const child = (given?: Given): TestChild => {
      const made = start(given)
      started.push(made)
      return made
    }
    afterEach(async () => {
      await Promise.all(started.splice(0).map((each) => each.endNow()))
    })

    it('answers calls with what they result in, several at once and each by its number', async () => {
      const made = child()
      const values = [1n, new Float64Array([0.5, Number.NaN]), { deep: [null, 'ä'] }]
      const [first, second] = await Promise.all([made.call('echo', ...values), made.call('echo', 2)])
      expect(first).to.deep.equal(values)
      expect(second).to.deep.equal([2])
      expect(made.pid === undefined).to.equal(kind === 'thread')
    })

    it('tells news unasked, and finds its arguments where a program has them', async () => {
      const news = await new Promise((resolve) => child({ args: ['a', 'b'], hear: resolve }))
      expect(news).to.deep.equal(['a', 'b'])
    })

    it('gives an error of Holdfast with its code and details, and an unexpected one with its stack', async () => {
      const made = child()
      expect(await errorOf(made.call('fail', 'option'))).to.include({
        name: 'BadOptionError',
        code: 'BAD_OPTION',
        message: "'wait' is wrong",
        option: 'wait',
        reason: 'a word',
      })
      const bug = await errorOf(made.call('fail', 'bug'))
      expect(bug.message).to.equal('a bug')
      expect(bug.stack).to.match(/^TypeError: a bug\n +at .*child-entry/)
      expect((await errorOf(made.call('fail', 'no error'))).message).to.equal('a string')
      expect(await made.call('echo', 'still there')).to.deep.equal(['still there'])
    })

    if (kind === 'process')
      it('names itself in the errors of its handlers when it is told to', async () => {
        const made = startProcess<TestCalls, readonly string[]>('child 2 of 2', entry, { flags: [], namesItself: true })
        started.push(made)
        expect(await errorOf(made.call('fail', 'option'))).to.include({
          code: 'BAD_OPTION',
          message: "child 2 of 2: 'wait' is wrong",
        })
        const bug = await errorOf(made.call('fail', 'bug'))
        expect(bug.message).to.equal('child 2 of 2: a bug')
        expect(bug.stack).to.match(/^child 2 of 2: TypeError: a bug\n +at .*child-entry/)
      })

    it('that is ended rejects each call with an error of its own, later calls too', async () => {
      const made = child()
      const calls = [made.call('stay'), made.call('stay')]
      expect(made.end).to.equal(null)
      await made.endNow()
      const errors = await Promise.all([...calls, made.call('stay')].map(errorOf))
      for (const error of errors) expect(error).to.include({ code: 'CLOSED', message: 'child 1 of 2 was ended' })
      expect(new Set([...errors, made.closedError()]).size).to.equal(4)
    })

    it('that ends by itself says how', async () => {
      const made = child()
      const who = kind === 'thread' ? 'child 1 of 2' : `child 1 of 2 (pid ${made.pid})`
      const error = await errorOf(made.call('exit', 3))
      expect(error).to.include({ code: 'CLOSED', message: `${who} ended in the middle of the run: exit code 3` })
      expect(made.end).to.deep.equal({ code: 3, signal: null, error: null })
      expect(await made.ended).to.equal(made.end)
      // Ending it once more changes nothing of that.
      await made.endNow()
      expect(made.closedError().message).to.equal(error.message)
    })

    it('is waited for as long as it may take, and then killed', async () => {
      const made = child()
      void made.call('exit', 0)
      expect(await made.endWithin(15_000)).to.equal(false)
      const endless = child()
      await endless.call('echo')
      expect(await endless.endWithin(20)).to.equal(true)
    })

    it('leaves no listener behind, however many there were', async () => {
      const before = process.listenerCount('exit')
      const many = Array.from({ length: 4 }, () => child())
      expect(await callAll(many, 'echo', 1)).to.deep.equal([[1], [1], [1], [1]])
      expect(process.listenerCount('exit')).to.equal(before + 1)
      await Promise.all(many.map((each) => each.endNow()))
      expect(process.listenerCount('exit')).to.equal(before)
    })
  })
}

describe('a process of our own', () => {
  /** Resolves when no process has this id any more. */
  async function gone(pid: number): Promise<void> {
    const untilMs = performance.now() + 10_000
    while (performance.now() < untilMs) {
      const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
      if (/^(Z|$)/.test(stdout.trim())) return
      await pause(20)
    }
    throw new Error(`process ${pid} still runs`)
  }

  for (const [how, status] of [
    ['exits', 5],
    ['killed', null],
    ['stopped', 5],
  ] as const) {
    const what = how === 'stopped' ? 'exits, also one that is stopped' : how === 'exits' ? how : 'is killed'
    it(`ends when its parent ${what}`, async () => {
      const parent = fileURLToPath(new URL('./parent-entry.js', import.meta.url))
      const ended = spawnSync(process.execPath, [parent, how], { encoding: 'utf8' })
      expect(ended.status, ended.stderr).to.equal(status)
      await gone(Number(ended.stdout))
    })
  }

  it('ends when its parent lets it go, unless it was told to outlive it', async () => {
    const [short, long] = [startProcess<TestCalls>('short', entry), startProcess<TestCalls>('long', entry)]
    await Promise.all([short.call('echo'), long.call('outlive')])
    for (const each of [short, long]) each.letGo()
    expect(await short.ended).to.include({ code: 0, signal: null })
    expect(long.end).to.equal(null)
    long.letGo()
    expect(await long.endWithin(20)).to.equal(true)
  })

  it('leaves an interrupt from the keyboard to its parent', async () => {
    const child = startProcess<TestCalls>('child', entry)
    await child.call('echo')
    child.kill('SIGINT')
    expect(await child.call('echo', 'still there')).to.deep.equal(['still there'])
    await child.call('exitAtInterrupt')
    child.kill('SIGINT')
    expect(await child.ended).to.include({ code: 7 })
  })

  it('that is killed by another names the signal', async () => {
    const child = startProcess<TestCalls>('child', entry)
    const staying = child.call('stay')
    await child.call('echo')
    process.kill(child.pid as number, 'SIGKILL')
    expect((await errorOf(staying)).message).to.equal(`child (pid ${child.pid}) ended in the middle of the run: SIGKILL`)
  })

  it('that cannot be started has ended, and says why', async () => {
    const child = startProcess<TestCalls>('child', entry, { wrapper: ['/no/such/command'] })
    const staying = child.call('stay')
    const { error } = await child.ended
    expect((error as NodeJS.ErrnoException).code).to.equal('ENOENT')
    expect((await errorOf(staying)).message).to.match(/^child ended in the middle of the run: spawn .*ENOENT/)
    await child.endNow()
  })

  it('runs in the surroundings that a wrapper makes, with variables of its own', async () => {
    const news: (readonly string[])[] = []
    const child = startProcess<TestCalls, readonly string[]>('child', entry, {
      wrapper: ['sh', '-c', 'exec "$@" "$SAID"', 'sh'],
      variables: { SAID: 'by the shell' },
      hear: (args) => void news.push(args),
    })
    await child.call('echo')
    expect(news).to.deep.equal([['by the shell']])
    await child.endNow()
  })
})

describe('a thread of our own', () => {
  it('gives what it prints to its parent', async () => {
    let thread: TestChild | undefined
    const printed = await new Promise<string>((resolve) => {
      thread = startThread('child', entry, { print: resolve })
      void thread.call('print', 'hello')
    })
    expect(printed).to.equal('hello')
    await thread?.endNow()
  })

  it('that throws where no handler takes it gives the error', async () => {
    const thread = startThread<TestCalls>('child', entry)
    const error = await errorOf(Promise.all([thread.call('stay'), thread.call('crash')]))
    expect(error.message).to.equal('child ended in the middle of the run: thrown outside of a call')
    expect((error.cause as Error).message).to.equal('thrown outside of a call')
    expect(thread.end?.code).to.equal(1)
  })

  it('ignores every signal but the one that ends it', async () => {
    const thread = startThread<TestCalls>('child', entry)
    thread.kill('SIGINT')
    expect(await thread.call('echo', 1)).to.deep.equal([1])
    await thread.endNow()
  })
})
