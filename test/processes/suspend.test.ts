import { expect } from 'chai'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { NodeOptions } from '../../lib/index.ts'
import { Crew, freeAddresses, type Mate, together } from './crew.ts'
import { skipUnless } from './needs.ts'

const source = fileURLToPath(new URL('../../../test/processes/suspend-shim.c', import.meta.url))
const sessionMs = 2_000

/** A number of 64 bits, as the shim reads it. */
function nanoseconds(ms: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(BigInt(Math.round(ms * 1e6)))
  return bytes
}

describe('a process whose machine slept', function () {
  this.timeout(60_000)
  let folder: string
  let crew: Crew
  let library: string
  let behind: string

  before(function () {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-suspend-'))
    library = join(folder, 'shim.so')
    const compiled =
      process.platform === 'linux' && spawnSync('cc', ['-shared', '-fPIC', '-o', library, source, '-ldl']).status === 0
    skipUnless(this, compiled, 'a C compiler (cc) on Linux is needed for a process whose monotonic clock stands still')
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  beforeEach(() => {
    crew = new Crew()
    behind = join(folder, 'behind')
    writeFileSync(behind, nanoseconds(0))
  })
  afterEach(() => crew.end())

  /** Two members, and a holder whose monotonic clock the test can stop. */
  const begin = async (register: 'local' | 'quorum'): Promise<{ peer: Mate; holder: Mate }> => {
    const addresses = await freeAddresses(3)
    const optionsOf = (place: number): NodeOptions =>
      register === 'local'
        ? { ...crew.local, profile: { session: sessionMs } }
        : {
            cluster: crew.cluster,
            join: addresses,
            listen: addresses[place] as string,
            secret: 'a secret of the tests alone',
            profile: { session: sessionMs },
          }
    const mates = [crew.process(), crew.process(), crew.process([], { LD_PRELOAD: library, MONOTONIC_BEHIND: behind })]
    await Promise.all(mates.map((mate, place) => mate.create(optionsOf(place))))
    await together(mates)
    return { peer: mates[0] as Mate, holder: mates[2] as Mate }
  }

  /** The machine sleeps until then: the process does nothing, and when it goes on its monotonic clock has stood still. */
  const sleeps = async (holder: Mate, until: () => Promise<unknown>): Promise<void> => {
    holder.kill('SIGSTOP')
    const asleepAtMs = performance.now()
    await until()
    writeFileSync(behind, nanoseconds(performance.now() - asleepAtMs))
    holder.kill('SIGCONT')
  }

  for (const register of ['local', 'quorum'] as const) {
    it(`has lost its hold when it wakes, though its own timers say that no time has passed (${register})`, async () => {
      const { peer, holder } = await begin(register)
      const held = await holder.ask('acquire', 'lock')
      const next = peer.ask('acquire', 'lock')
      await sleeps(holder, () => next)
      // The signal, before any reader asks; then every reader.
      const aborted = await holder.until(({ type }) => type === 'aborted')
      expect(aborted.hold).to.equal(held.hold)
      expect(await holder.ask('hold', held.hold)).to.deep.equal({ state: 'lost', aborted: true, checked: 'LOST' })
      expect(await holder.ask('release', held.hold)).to.equal('lost')
      expect((await next).fence > held.fence).to.equal(true)
    })

    it(`is told so by the first reader, which ends the session itself (${register})`, async () => {
      const { peer, holder } = await begin(register)
      const held = await holder.ask('acquire', 'lock')
      const next = peer.ask('acquire', 'lock')
      // Asked while it sleeps: the question is among the first things that it finds when it wakes.
      let read: Promise<unknown> = Promise.resolve()
      await sleeps(holder, async () => {
        await next
        read = holder.ask('hold', held.hold)
      })
      expect(await read).to.deep.equal({ state: 'lost', aborted: true, checked: 'LOST' })
    })

    it(`keeps its hold through a sleep that is shorter than its session (${register})`, async () => {
      const { peer, holder } = await begin(register)
      const held = await holder.ask('acquire', 'lock')
      // As long as a peer's three calls take.
      await sleeps(holder, async () => {
        for (let times = 0; times < 3; times++) await peer.ask('members')
      })
      expect(await holder.ask('hold', held.hold)).to.deep.equal({ state: 'held', aborted: false, checked: 'fine' })
      expect(await holder.ask('release', held.hold)).to.equal('released')
    })
  }
})
