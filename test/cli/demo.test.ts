import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { expect } from 'chai'
import { type DemoOptions, runDemo } from '../../lib/cli/demo/run.ts'
import type { Picture } from '../../lib/cli/demo/picture.ts'
import { plainScreen } from '../../lib/cli/demo/screen.ts'
import { LockServer } from './demo-lock-server.ts'

const silent = { show: () => {} }
const entry = new URL('./demo-worker-entry.js', import.meta.url)
const options: DemoOptions = {
  locked: true,
  seconds: 0.6,
  workers: 3,
  accounts: 4,
  algorithm: undefined,
  clock: undefined,
  entry,
}

const folders = (): string[] =>
  readdirSync(tmpdir())
    .filter((name) => name.startsWith('holdfast-demo-'))
    .sort()

/** Whether a process is there. */
function runs(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('a run of the demo, with a lock of the tests', function () {
  let lock: LockServer
  let before: string[]
  const never = new AbortController().signal

  beforeEach(async () => {
    before = folders()
    lock = await LockServer.listen()
    process.env['TEST_LOCK_PORT'] = String(lock.port)
  })
  afterEach(async () => {
    delete process.env['TEST_LOCK_PORT']
    await lock.close()
    expect(folders().filter((name) => !before.includes(name))).to.deep.equal([])
  })

  it('keeps every coin though a worker is killed in the middle of a transfer', async () => {
    const pids = new Set<number>()
    const verdict = await runDemo(options, { show: (scene) => scene.tally.places.forEach((place) => pids.add(place.pid)) }, never)
    expect(verdict).to.include({ clean: true, violations: 0, fenceRegressions: 0, kills: 1, processes: 3, locked: true })
    expect(verdict.totalAfter).to.equal(verdict.totalBefore)
    expect(verdict.failoverMs).to.have.length(1)
    expect(verdict.finishedForDead).to.equal(1)
    expect(verdict.grants).to.be.above(10)
    expect([...pids].filter((pid) => pid !== 0 && runs(pid))).to.deep.equal([])
  })

  it('loses money without locks, and says so', async () => {
    const verdict = await runDemo({ ...options, locked: false, workers: 5 }, silent, never)
    expect(verdict.clean).to.equal(false)
    expect(verdict.violations).to.be.above(0)
    expect(verdict.totalAfter).to.be.below(verdict.totalBefore)
  })

  it('rejects with what kept a worker from joining', async () => {
    const error = await runDemo({ ...options, algorithm: 'broken' }, silent, never).then(
      () => null,
      (reason: unknown) => reason,
    )
    expect(error).to.be.instanceOf(Error)
    expect((error as Error).message).to.equal('this algorithm is broken')
  })

  it('ends early when interrupted, with a verdict on what was done', async () => {
    const controller = new AbortController()
    const audience = {
      show: (scene: Picture) => {
        if (scene.tally.entries > 5) controller.abort()
      },
    }
    const verdict = await runDemo({ ...options, seconds: 600 }, audience, controller.signal)
    expect(verdict).to.include({ kills: 0, violations: 0, clean: true })
    expect(verdict.durationMs).to.be.below(60_000)
  })

  it('survives the death of a worker by another hand, and restarts it', async () => {
    let killed = false
    let text = ''
    const screen = plainScreen((line) => (text += line))
    const audience = {
      show(scene: Picture) {
        screen.show(scene)
        if (killed || scene.tally.places.some((place) => place.node === null)) return
        killed = true
        process.kill(scene.tally.places[0]?.pid as number, 'SIGKILL')
      },
    }
    const verdict = await runDemo({ ...options, seconds: 1 }, audience, never)
    expect(verdict.kills).to.equal(2)
    expect(verdict.failoverMs).to.have.length(2)
    expect(verdict.totalAfter).to.equal(verdict.totalBefore)
    expect(text).to.match(/w1 died/)
    expect(text).to.match(/w1 restarted as process \d+/)
  })
})
