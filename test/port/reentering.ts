/** Promises of the option `reentrant`: who passes, who waits, and when the lock is free. */
import { expect } from 'chai'
import { AbortedError } from '../../lib/base/errors.ts'
import type { Hold } from '../../lib/port/hold.ts'
import type { Locks } from '../../lib/port/locks.ts'
import { type Clients, errorOf, watch } from './engine.ts'

const longMs = 60_000
const reentrant = { reentrant: true, wait: longMs } as const

/** A promise that a test settles. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

/** Resolves when all that is due without a message has happened. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

export function itReenters(given: () => Clients, isPlain: boolean): void {
  const isFree = async (locks: Locks): Promise<boolean> => {
    const hold = await locks.tryAcquire('door')
    await hold?.release()
    return hold !== null
  }

  it('lets a nested request of the same owner pass, with the same fence, and frees the lock when the outermost level ends', async () => {
    const a = await given().open()
    const events: string[] = []
    a.on('lockGranted', () => events.push('granted'))
    a.on('lockReleased', () => events.push('released'))
    await a.withLock('door', reentrant, async (outer) => {
      await a.withLock('door', reentrant, async (inner) => {
        expect(inner).not.to.equal(outer)
        expect([inner.fence, inner.mode, inner.name, inner.state]).to.deep.equal([outer.fence, outer.mode, 'door', 'held'])
        expect(inner.signal).to.equal(outer.signal)
        expect(JSON.stringify(inner)).to.equal(JSON.stringify(outer))
        await using third = await a.acquire('door', reentrant)
        expect(third.fence).to.equal(outer.fence)
        inner.check()
        await inner.ensure(1)
        await inner.setMeta({ deep: true })
        const [row] = (await a.query('door')).held
        expect(row?.meta).to.deep.equal({ deep: true })
      })
      expect(await isFree(a)).to.equal(false)
      expect(events).to.deep.equal(['granted'])
    })
    expect(events).to.deep.equal(['granted', 'released'])
    expect(await isFree(a)).to.equal(true)
  })

  it('ends one level by its release alone, which says so when it is repeated', async () => {
    const a = await given().open()
    await a.withLock('door', reentrant, async (outer) => {
      const inner = (await a.tryAcquire('door', reentrant)) as Hold
      expect(await inner.release()).to.equal('released')
      expect(await inner.release()).to.equal('already')
      expect(inner.state).to.equal('released')
      for (const call of [() => inner.check(), () => inner.ensure(1), () => inner.setMeta(1)])
        expect(await errorOf(call)).to.include({ code: 'NOT_OWNER' })
      expect(outer.state).to.equal('held')
      outer.check()
    })
    expect(await isFree(a)).to.equal(true)
  })

  it('lets siblings of one Promise.all run one after the other', async () => {
    const a = await given().open()
    let inside = 0
    let most = 0
    const ran: number[] = []
    await a.withLock('door', reentrant, async () => {
      await Promise.all(
        [0, 1, 2, 3].map((i) =>
          a.withLock('door', reentrant, async () => {
            most = Math.max(most, ++inside)
            await a.withLock('door', reentrant, () => turns())
            inside--
            ran.push(i)
          }),
        ),
      )
    })
    expect(most).to.equal(1)
    expect(ran).to.deep.equal([0, 1, 2, 3])
    expect(await isFree(a)).to.equal(true)
  })

  it('keeps a sibling waiting within its own `wait` and `signal`, and refuses its tryAcquire', async () => {
    const a = await given().open()
    await a.withLock('door', reentrant, async () => {
      const inner = await a.acquire('door', reentrant)
      expect(await a.tryAcquire('door', reentrant)).to.equal(null)
      expect(await errorOf(() => a.acquire('door', { reentrant: true, wait: 5 }))).to.include({ code: 'TIMEOUT' })
      const controller = new AbortController()
      const aborted = watch(a.withLock('door', { reentrant: true, signal: controller.signal }, () => {}))
      await turns()
      expect(aborted.outcome).to.equal(undefined)
      controller.abort(new Error('enough'))
      await turns()
      expect((aborted.outcome as { error: Error }).error).to.be.instanceOf(AbortedError)
      const next = watch(a.acquire('door', reentrant))
      await turns()
      expect(next.outcome).to.equal(undefined)
      await inner.release()
      const hold = await next.promise
      await hold.release()
    })
    expect(await isFree(a)).to.equal(true)
  })

  it('has two owners in two outermost calls, and an owner of its own in each call without the option', async () => {
    const a = await given().open()
    const { opened, open } = gate()
    const outer = a.withLock('door', reentrant, async () => {
      expect(await errorOf(() => a.acquire('door', { wait: 5 }))).to.include({ code: 'TIMEOUT' })
      expect(await a.tryAcquire('door')).to.equal(null)
      await opened
    })
    await given().until(() => true)
    const other = watch(a.withLock('door', reentrant, (hold) => hold.fence))
    await given().settle()
    expect(other.outcome).to.equal(undefined)
    open()
    await outer
    await other.promise
  })

  it('gives all requests of an owner one number, and other calls others', async () => {
    const a = await given().open()
    await a.withLock('door', reentrant, async () => {
      await a.withLock('window', reentrant, async () => {
        await using _third = await a.acquire('roof', reentrant)
        await using _other = await a.acquire('cellar')
        const owners = new Map((await a.query('*')).held.map(({ name, owner }) => [name, owner]))
        expect(owners.get('window')).to.equal(owners.get('door'))
        expect(owners.get('roof')).to.equal(owners.get('door'))
        expect(owners.get('cellar')).not.to.equal(owners.get('door'))
      })
    })
  })

  it('frees the lock again if a nested or an outer function throws or rejects, and passes the error on unchanged', async () => {
    const a = await given().open()
    const thrown = new Error('thrown')
    await a.withLock('door', reentrant, async () => {
      const inner = a.withLock('door', reentrant, () => {
        throw thrown
      })
      expect(await errorOf(() => inner)).to.equal(thrown)
      expect(await errorOf(() => a.withLock('door', reentrant, () => Promise.reject(thrown)))).to.equal(thrown)
    })
    expect(await isFree(a)).to.equal(true)
    const outer = a.withLock('door', reentrant, () =>
      a.withLock('door', reentrant, () => {
        throw thrown
      }),
    )
    expect(await errorOf(() => outer)).to.equal(thrown)
    expect(await isFree(a)).to.equal(true)
  })

  it('makes an ordinary request of a call whose function has ended, or has released its level', async () => {
    const a = await given().open()
    const { opened, open } = gate()
    let forgotten = watch<unknown>(Promise.resolve())
    await a.withLock('door', reentrant, () => {
      forgotten = watch(opened.then(() => a.withLock('door', reentrant, (hold) => hold.fence)))
    })
    const other = await a.acquire('door')
    open()
    await given().settle()
    expect(forgotten.outcome).to.equal(undefined)
    await other.release()
    expect(await forgotten.promise).not.to.equal(other.fence)
    await a.withLock('door', reentrant, async (hold) => {
      await hold.release()
      await a.withLock('door', reentrant, (next) => expect(next.fence).not.to.equal(hold.fence))
    })
  })

  it('keeps the lock for a nested function that outlives the outer one', async () => {
    const a = await given().open()
    const { opened, open } = gate()
    let nested: Promise<unknown> = Promise.resolve()
    await a.withLock('door', reentrant, async () => {
      nested = a.withLock('door', reentrant, async (hold) => {
        await opened
        hold.check()
        await a.withLock('door', reentrant, () => {})
      })
      await turns()
    })
    expect(await isFree(a)).to.equal(false)
    open()
    await nested
    expect(await isFree(a)).to.equal(true)
  })

  it('asks anew if the level that it waited under has ended meanwhile', async () => {
    const a = await given().open()
    const { opened, open } = gate()
    let waiting = watch<bigint>(Promise.resolve(0n))
    let fence = 0n
    let inner: Promise<void> = Promise.resolve()
    await a.withLock('door', reentrant, async (hold) => {
      ;({ fence } = hold)
      inner = a.withLock('door', reentrant, () => opened)
      await turns()
      waiting = watch(a.withLock('door', reentrant, (own) => own.fence))
      await turns()
    })
    await given().settle()
    expect(waiting.outcome).to.equal(undefined)
    open()
    await inner
    expect(await waiting.promise).not.to.equal(fence)
    expect(await isFree(a)).to.equal(true)
  })

  it('lets nothing nest into a lost hold: LOST, with the error of the loss', async () => {
    const a = await given().open()
    const { opened, open } = gate()
    const inside = gate()
    const seen: unknown[] = []
    const running = watch(
      a.withLock('door', { reentrant: true, maxHold: 50 }, async (hold) => {
        const sibling = a.withLock('door', reentrant, async (inner) => {
          inside.open()
          await opened
          seen.push(await errorOf(() => inner.check()), inner.state, await inner.release())
        })
        await inside.opened
        seen.push(await errorOf(() => a.withLock('door', reentrant, () => {})))
        seen.push(hold.signal.reason)
        seen.push(await errorOf(() => a.acquire('door', reentrant)))
        open()
        seen.push(await errorOf(() => sibling))
      }),
    )
    const error = await errorOf(() => running.promise)
    expect(error).to.include({ code: 'LOST', reason: 'maxHold' })
    expect(seen).to.have.length(7)
    expect(seen).to.deep.equal([error, error, error, error, 'lost', 'lost', error])
    // A server may learn of the loss a moment later.
    await (await a.acquire('door', { wait: longMs })).release()
  })

  it('rejects what waits for a level with CLOSED when the client closes, and ends no level twice', async () => {
    const a = await given().open()
    const begun = gate()
    const running = watch(
      a.withLock('door', reentrant, async () => {
        const inner = await a.acquire('door', reentrant)
        const waiting = errorOf(() => a.acquire('door', reentrant))
        begun.open()
        const error = await waiting
        expect(await errorOf(() => a.acquire('door', reentrant))).to.include({ code: 'CLOSED' })
        await inner.release()
        return error
      }),
    )
    await begun.opened
    await turns()
    const closed = a.close({ drain: longMs })
    expect(await running.promise).to.include({ code: 'CLOSED' })
    await closed
  })

  it('calls listeners outside of the owner whose call made the event', async () => {
    const a = await given().open()
    const heard: Promise<Hold | null>[] = []
    const off = a.on('lockGranted', ({ lock }) => {
      if (lock === 'window') heard.push(a.tryAcquire('door', reentrant))
    })
    await a.withLock('door', reentrant, async () => {
      await a.withLock('window', reentrant, () => {})
      expect(await Promise.all(heard)).to.deep.equal([null])
    })
    off()
  })

  it('goes as deep as the calls do, and forgets levels that began each other and ended', async () => {
    const a = await given().open()
    const deep = async (levels: number): Promise<void> => {
      if (levels > 0) await a.withLock('door', reentrant, () => deep(levels - 1))
    }
    await deep(2000)
    expect(await isFree(a)).to.equal(true)
    let ended = Promise.resolve()
    const chain = async (left: number): Promise<void> => {
      if (left === 0) return
      ended = a.withLock('door', reentrant, async () => {
        await Promise.resolve()
        void chain(left - 1)
      })
      await ended
    }
    await chain(2000)
    for (let last = ended; ; last = ended) {
      await last
      await turns()
      if (last === ended) break
    }
    expect(await isFree(a)).to.equal(true)
  })

  it('refuses a value that is neither true nor false', async () => {
    const a = await given().open()
    for (const value of [1, 'yes', null, {}])
      expect(await errorOf(() => a.acquire('door', { reentrant: value as never }))).to.include({
        code: 'BAD_OPTION',
        option: 'reentrant',
      })
  })

  if (isPlain) return

  it('lets a nested mode pass that the outer one covers, and refuses another with UPGRADE_CONFLICT', async () => {
    const a = await given().open()
    const covered = [
      [
        'exclusive',
        ['exclusive', 'shared', 'upgradable', 'intention-shared', 'intention-exclusive', 'shared-intention-exclusive'],
      ],
      ['shared', ['shared', 'intention-shared']],
      ['upgradable', ['upgradable', 'shared', 'intention-shared']],
      [
        'shared-intention-exclusive',
        ['shared-intention-exclusive', 'shared', 'intention-exclusive', 'intention-shared', 'upgradable'],
      ],
      ['intention-exclusive', ['intention-exclusive', 'intention-shared']],
      ['intention-shared', ['intention-shared']],
    ] as const
    for (const [mode, modes] of covered)
      await a.withLock('door', { ...reentrant, mode }, async (outer) => {
        for (const [nested] of covered) {
          const call = a.withLock('door', { ...reentrant, mode: nested }, (hold) => hold.mode)
          if (modes.some((each) => each === nested)) expect(await call).to.equal(outer.mode)
          else expect(await errorOf(() => call)).to.include({ code: 'UPGRADE_CONFLICT' })
        }
      })
    await a.withLock('pool', { ...reentrant, mode: { permits: 2 } }, async (outer) => {
      await a.withLock('pool', { ...reentrant, mode: { permits: 2 } }, (hold) => expect(hold.fence).to.equal(outer.fence))
      const other = a.withLock('pool', { ...reentrant, mode: { permits: 3 } }, () => {})
      expect(await errorOf(() => other)).to.include({ code: 'BAD_OPTION', option: 'mode' })
      const alone = a.withLock('pool', { ...reentrant, mode: 'exclusive' }, () => {})
      expect(await errorOf(() => alone)).to.include({ code: 'UPGRADE_CONFLICT' })
    })
  })
}
