import { spawnSync } from 'node:child_process'
import { expect } from 'chai'
import { Deadlines, systemDelayMs } from '../../lib/mesh/deadlines.ts'
import { seededRandom } from '../../lib/base/random.ts'

describe('mesh: many timers by one', () => {
  const deadlines = new Deadlines(false)
  const fired = (delayMs: number): Promise<void> => new Promise((resolve) => void deadlines.set(delayMs, resolve))

  it('fire in the order of their times, never early, and none that was cleared', async () => {
    const random = seededRandom(7)
    const told: { readonly dueMs: number; readonly atMs: number }[] = []
    const set = Array.from({ length: 2_000 }, () => {
      const delayMs = random.below(20_000) / 1000
      const each = deadlines.set(delayMs, () => void told.push({ dueMs: each.dueMs, atMs: performance.now() }))
      return each
    })
    const cleared = set.filter(() => random.below(2) === 0)
    for (const each of cleared) deadlines.clear(each)
    for (const each of cleared) deadlines.clear(each)
    await fired(25)
    expect(told).to.have.length(set.length - cleared.length)
    for (const [index, { dueMs, atMs }] of told.entries()) {
      expect(atMs).to.be.at.least(dueMs)
      expect(dueMs).to.be.at.least(told[index - 1]?.dueMs ?? 0)
    }
  })

  it('give the system a whole delay from 1 to the longest that it takes, also when they are overdue', () => {
    expect(systemDelayMs(1000.5, 998)).to.equal(3)
    expect(systemDelayMs(1000, 1036), 'Node 24 warns of a negative one').to.equal(1)
    expect(systemDelayMs(Number.MAX_SAFE_INTEGER, 0)).to.equal(2 ** 31 - 1)
  })

  it('let what one defers be done before the next fires', async () => {
    const order: string[] = []
    const startMs = performance.now()
    for (const name of ['a', 'b']) {
      deadlines.set(1, () => {
        order.push(name)
        queueMicrotask(() => order.push(`after ${name}`))
      })
    }
    // Both are due when the system's timer fires.
    while (performance.now() < startMs + 3);
    await fired(3)
    expect(order).to.deep.equal(['a', 'after a', 'b', 'after b'])
  })

  it('of no delay that are set while others fire, fire in a later turn', async () => {
    const order: string[] = []
    await new Promise<void>((resolve) => {
      deadlines.set(0, () => {
        deadlines.set(0, () => resolve(void order.push('later')))
        setImmediate(() => order.push('turn'))
      })
    })
    expect(order).to.deep.equal(['turn', 'later'])
  })

  it('fire when a longer one was set before, and a shorter one was cleared', async () => {
    const long = deadlines.set(60_000, () => expect.fail('it was cleared'))
    const short = deadlines.set(1, () => expect.fail('it was cleared'))
    deadlines.clear(short)
    await fired(5)
    deadlines.clear(long)
  })

  it('go on firing when one throws', () => {
    const program = `
      import { Deadlines } from ${JSON.stringify(new URL('../../lib/mesh/deadlines.js', import.meta.url).href)}
      process.on('uncaughtException', ({ message }) => console.log(message))
      const deadlines = new Deadlines(false)
      deadlines.set(1, () => { throw new Error('one') })
      deadlines.set(1, () => console.log('two'))
    `
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
    expect(stdout.trim().split('\n').sort()).to.deep.equal(['one', 'two'])
  })

  for (const [what, rest, ends] of [
    ['keep the process until the last has fired', 'deadlines.set(50, () => console.log("fired"))', 'fired'],
    ['let it end when all were cleared', 'deadlines.clear(deadlines.set(60_000, () => {}))', ''],
    [
      'keep it for one that is set after all were cleared',
      'deadlines.clear(deadlines.set(10, () => {})); deadlines.set(50, () => console.log("fired"))',
      'fired',
    ],
    ['let it end when they are not to keep it', 'new Deadlines(true).set(60_000, () => {})', ''],
  ] as const) {
    it(what, () => {
      const module = JSON.stringify(new URL('../../lib/mesh/deadlines.js', import.meta.url).href)
      const program = `import { Deadlines } from ${module}; const deadlines = new Deadlines(false); ${rest}`
      const { stdout, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
        encoding: 'utf8',
        timeout: 15_000,
      })
      expect(status).to.equal(0)
      expect(stdout.trim()).to.equal(ends)
    })
  }
})
