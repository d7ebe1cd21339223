import { expect } from 'chai'
import { type LockState, StateWatch, type WatchSource } from '../../lib/port/watch.ts'

/** An engine whose locks a test sets. */
class Source implements WatchSource {
  readonly holders = new Map<string, string>()
  ended = 0
  watch: StateWatch | undefined

  begin(watch: StateWatch): void {
    this.watch = watch
    for (const name of this.holders.keys()) watch.changed(name)
    watch.completed()
  }

  read(name: string): LockState {
    const holder = this.holders.get(name)
    const row = { name, mode: 'exclusive', fence: 1n, holder: holder ?? '', owner: 1, heldMs: 0, meta: undefined } as const
    return { name, held: holder === undefined ? [] : [row], pending: [] }
  }

  end(): void {
    this.ended++
  }

  set(name: string, holder: string | null): void {
    if (holder === null) this.holders.delete(name)
    else this.holders.set(name, holder)
    this.watch?.changed(name)
  }
}

async function told(watch: StateWatch): Promise<string> {
  const { value } = await watch.next()
  return value === undefined ? 'over' : `${value.name} ${value.held[0]?.holder ?? 'free'}`
}

describe('port: a watch', () => {
  it('begins at its first step, and tells what was changed several times in one turn once', async () => {
    const source = new Source()
    const watch = new StateWatch('*', undefined, source)
    expect(source.watch).to.equal(undefined)
    source.set('a', 'x')
    expect(await told(watch)).to.equal('a x')
    const step = told(watch)
    source.set('a', null)
    source.set('a', 'y')
    source.set('a', 'z')
    expect(await step).to.equal('a z')
    await watch.return()
  })

  it('keeps no list for a consumer that stops: locks that came and went are forgotten, those in use are told at last', async () => {
    const source = new Source()
    const watch = new StateWatch('*', undefined, source)
    source.set('told', 'x')
    source.set('kept', 'x')
    expect(await told(watch)).to.equal('told x')
    for (let i = 0; i < 100_000; i++) {
      source.set(`brief/${i}`, 'x')
      source.set(`brief/${i}`, null)
    }
    source.set('told', null)
    expect(watch.backlog).to.be.at.most(2000)
    expect([await told(watch), await told(watch)]).to.have.members(['kept x', 'told free'])
    const step = told(watch)
    source.set('other', 'x')
    expect(await step).to.equal('other x')
    await watch.return()
  })

  it('answers steps that were asked for at once in their order, and ends its source once', async () => {
    const source = new Source()
    const watch = new StateWatch('*', undefined, source)
    const steps = [told(watch), told(watch), told(watch)]
    source.set('a', 'x')
    source.set('b', 'y')
    expect(await steps[0]).to.equal('a x')
    expect(await steps[1]).to.equal('b y')
    await watch.return()
    await watch[Symbol.asyncDispose]()
    expect(await steps[2]).to.equal('over')
    expect(source.ended).to.equal(1)
    source.set('c', 'x')
    expect(await told(watch)).to.equal('over')
  })

  it('that never began ends without its source', async () => {
    const source = new Source()
    const watch = new StateWatch('*', undefined, source)
    await watch.return()
    expect(source.ended).to.equal(0)
    expect(await told(watch)).to.equal('over')
  })
})
