import { expect } from 'chai'
import { type TransactionStep, type StepContext, type StepRecord, steps, type StepStore } from '../../lib/recipes/index.ts'
import { errorOf, watch } from '../port/engine.ts'
import { onEachEngine } from './engines.ts'
import { SpiedLocks } from './spied-locks.ts'

/** A store that refuses stale fences, and notes what is saved. */
class Shelf implements StepStore {
  readonly records = new Map<string, StepRecord>()
  readonly fences = new Map<string, bigint>()
  readonly saved: string[] = []
  /** Is called before a record is saved. */
  before: () => unknown = () => undefined

  open(run: string, fence: bigint): StepRecord | undefined {
    this.#admit(run, fence)
    return this.records.get(run)
  }

  async save(run: string, record: StepRecord, fence: bigint): Promise<void> {
    await this.before()
    this.#admit(run, fence)
    this.records.set(run, structuredClone(record))
    this.saved.push(`${record.phase} ${record.steps.join()}`)
  }

  #admit(run: string, fence: bigint): void {
    if (fence < (this.fences.get(run) ?? 0n)) throw new Error(`fence ${fence} is too old`)
    this.fences.set(run, fence)
  }
}

onEachEngine('steps', (given) => {
  /** Steps that note what was called, of which one may be replaced. */
  const listOf = (
    called: string[],
    replaced: Readonly<Record<string, (context: StepContext) => unknown>> = {},
  ): TransactionStep[] =>
    ['reserve', 'pay', 'send'].map((name) => ({
      name,
      run: (context) => {
        called.push(context.key)
        return (replaced[name] ?? (() => `${name}d`))(context)
      },
      undo: (context) => {
        called.push(context.key)
        return replaced[`undo ${name}`]?.(context)
      },
    }))

  it('run one after the other under the lock, each stored when it is completed, and once in all', async () => {
    const [a, b] = await given().two()
    const store = new Shelf()
    const called: string[] = []
    const list = listOf(called, {
      send: async ({ results, fence, signal, check }) => {
        check()
        expect([results, typeof fence, signal.aborted]).to.deep.equal([{ reserve: 'reserved', pay: 7 }, 'bigint', false])
        expect((await b.query('order/42')).held).to.have.length(1)
        return null
      },
      pay: () => 7,
    })
    const first = steps(a, 'order/42', store, list)
    const second = steps(b, 'order/42', store, list)
    expect(await first).to.deep.equal(['reserved', 7, null])
    expect(await second).to.deep.equal(['reserved', 7, null])
    expect(called).to.deep.equal(['order/42/reserve', 'order/42/pay', 'order/42/send'])
    expect(store.saved).to.deep.equal(['running reserve', 'running reserve,pay', 'done reserve,pay,send'])
    expect((await a.query('order/42')).held).to.deep.equal([])
  })

  it('are resumed by a successor at the first step that is not stored, with the same key and a higher fence', async () => {
    const [a, b] = await given().two()
    const store = new Shelf()
    const called: string[] = []
    const seen: (readonly [string, bigint])[] = []
    const reached = new Promise<void>((resolve) => {
      const list = listOf(called, {
        pay: ({ key, fence, signal }) => {
          seen.push([key, fence])
          resolve()
          return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        },
      })
      void errorOf(() => steps(a, 'order/42', store, list)).then((error) => seen.push([error.code ?? '', 0n]))
    })
    await reached
    const next = steps(b, 'order/42', store, listOf(called, { pay: ({ key, fence }) => void seen.push([key, fence]) }))
    await a.close({ drain: 0 })
    expect(await next).to.deep.equal(['reserved', undefined, 'sendd'])
    expect(called).to.deep.equal(['order/42/reserve', 'order/42/pay', 'order/42/pay', 'order/42/send'])
    const [one, two] = seen.filter(([key]) => key !== 'LOST') as [[string, bigint], [string, bigint]]
    expect([one[0], two[0], two[1] > one[1]]).to.deep.equal(['order/42/pay', 'order/42/pay', true])
    // The first one was told of its loss, and undid nothing.
    expect(seen.filter(([key]) => key === 'LOST')).to.have.length(1)
  })

  it('store nothing for a process whose lock is lost, before the save and during it', async () => {
    for (const isLate of [false, true]) {
      const [a, b] = await given().two()
      const run = `order/${isLate}`
      const store = new Shelf()
      const called: string[] = []
      const lose = async (): Promise<void> => {
        store.before = () => undefined
        await a.close({ drain: 0 })
        await steps(b, run, store, listOf(called))
      }
      if (isLate) store.before = lose
      const error = await errorOf(() => steps(a, run, store, listOf([], isLate ? {} : { reserve: lose })))
      if (isLate) expect(error.message).to.match(/^fence \d+ is too old$/)
      else expect(error).to.include({ code: 'LOST' })
      expect(called).to.have.length(3)
      expect(store.saved).to.deep.equal(['running reserve', 'running reserve,pay', 'done reserve,pay,send'])
    }
  })

  it('run nothing and undo nothing once the lock is lost, and pass the error of the step on', async () => {
    const own = new Error('mine')
    for (const isEarly of [true, false]) {
      const a = await given().open()
      const store = new Shelf()
      const called: string[] = []
      const lose = async (): Promise<never> => {
        await a.close({ drain: 0 })
        throw own
      }
      const losing: StepStore = {
        open: async () => void (await a.close({ drain: 0 })),
        save: () => expect.fail('saved'),
      }
      const error = await errorOf(() => steps(a, 'x', isEarly ? losing : store, listOf(called, { reserve: lose })))
      if (isEarly) expect(error).to.include({ code: 'LOST' })
      else expect(error).to.equal(own)
      expect([called, store.saved]).to.deep.equal([isEarly ? [] : ['x/reserve'], []])
    }
  })

  it('store no more than the beginning of a long message', async () => {
    const a = await given().open()
    const store = new Shelf()
    const list = listOf([], { reserve: () => Promise.reject(new Error('x'.repeat(5000))) })
    await errorOf(() => steps(a, 'x', store, list))
    expect(store.records.get('x')?.failure).to.deep.equal({ step: 'reserve', message: 'x'.repeat(1000) })
  })

  it('are undone when one fails, the last one first, and stay undone', async () => {
    const a = await given().open()
    const own = new Error('no money')
    for (const fails of [
      () => {
        throw own
      },
      () => Promise.reject(own),
    ]) {
      const store = new Shelf()
      const called: string[] = []
      const undoPay = ({ results }: StepContext) => expect(results).to.deep.equal({ reserve: 'reserved' })
      expect(await errorOf(() => steps(a, 'order/42', store, listOf(called, { pay: fails, 'undo pay': undoPay })))).to.equal(own)
      const keys = ['reserve', 'pay', 'pay/undo', 'reserve/undo'].map((key) => `order/42/${key}`)
      expect(called).to.deep.equal(keys)
      expect(store.saved).to.deep.equal(['running reserve', 'undoing reserve,pay', 'undoing reserve', 'undone '])
      const later = await errorOf(() => steps(a, 'order/42', store, listOf(called)))
      expect(later).to.include({ code: 'FAILED', definite: true })
      expect(later.message).to.equal("step 'pay' of 'order/42' failed, and the run was undone: no money")
      expect(called).to.deep.equal(keys)
      expect((await a.query('*')).held).to.deep.equal([])
    }
  })

  it('are undone further by the next call when `undo` fails, or the process dies meanwhile', async () => {
    const [a, b] = await given().two()
    const [own, worse] = [new Error('mine'), new Error('worse')]
    const store = new Shelf()
    const called: string[] = []
    const fail = (): never => {
      throw own
    }
    const failWorse = (): never => {
      throw worse
    }
    const list = listOf(called, { send: fail, 'undo pay': failWorse })
    expect(await errorOf(() => steps(a, 'order/42', store, list))).to.equal(worse)
    expect(store.saved.at(-1)).to.equal('undoing reserve,pay')
    called.length = 0
    expect(await errorOf(() => steps(b, 'order/42', store, listOf(called)))).to.include({ code: 'FAILED' })
    expect(called).to.deep.equal(['order/42/pay/undo', 'order/42/reserve/undo'])
  })

  it('are tried again by the next call if none of them can be undone', async () => {
    const a = await given().open()
    const store = new Shelf()
    const own = new Error('mine')
    let fails = true
    const list: TransactionStep[] = [
      { name: 'one', run: () => 1 },
      {
        name: 'two',
        run: () => {
          if (fails) throw own
          return 2
        },
      },
    ]
    expect(await errorOf(() => steps(a, 'x', store, list))).to.equal(own)
    fails = false
    expect(await steps(a, 'x', store, list)).to.deep.equal([1, 2])
    expect(store.saved).to.deep.equal(['running one', 'done one,two'])
  })

  it('pass an error of the store on unchanged, undo nothing then, and run the step again', async () => {
    const a = await given().open()
    const store = new Shelf()
    const own = new Error('disk full')
    const called: string[] = []
    store.before = () => {
      throw own
    }
    expect(await errorOf(() => steps(a, 'x', store, listOf(called)))).to.equal(own)
    const broken: StepStore = {
      open: () => {
        throw own
      },
      save: () => undefined,
    }
    expect(await errorOf(() => steps(a, 'x', broken, listOf(called)))).to.equal(own)
    store.before = () => undefined
    await steps(a, 'x', store, listOf(called))
    expect(called).to.deep.equal(['x/reserve', 'x/reserve', 'x/pay', 'x/send'])
  })

  it('refuse wrong arguments by their name before anything is taken, and a record of other steps', async () => {
    const spied = new SpiedLocks(await given().open())
    const store = new Shelf()
    const right = { name: 'x', run: () => 1 }
    for (const list of [5, 'x', [], [5], [null], [{ name: 'x' }], [{ run: () => 1 }], [right, right]])
      expect((await errorOf(() => steps(spied, 'x', store, list as never))).code).to.equal('BAD_OPTION')
    for (const [option, list] of [
      ['steps', [right, right]],
      ['steps', []],
      ['steps', Array.from({ length: 1001 }, (_, i) => ({ ...right, name: `${i}` }))],
      ['steps.name', [{ ...right, name: '' }]],
      ['steps.run', [{ ...right, run: 5 }]],
      ['steps.undo', [{ ...right, undo: 'x' }]],
      ['redo', [{ ...right, redo: 5 }]],
    ] as const)
      expect(await errorOf(() => steps(spied, 'x', store, list as never)), option).to.include({ code: 'BAD_OPTION', option })
    for (const wrong of [null, 5, {}, { open: 5, save: 5 }, { open: () => undefined }])
      expect((await errorOf(() => steps(spied, 'x', wrong as never, [right]))).option).to.match(/^store/)
    expect(await errorOf(() => steps(spied, '', store, [right]))).to.include({ option: 'run' })
    expect(await errorOf(() => steps(spied, 'x', store, [right], { wait: 0 }))).to.include({ option: 'wait' })
    expect(await errorOf(() => steps(spied, 'x', store, [right], { mode: 'shared' } as never))).to.include({ option: 'mode' })
    expect(spied.asked).to.deep.equal([])
    for (const [option, record] of [
      ['store', 5],
      ['store', { phase: 'done' }],
      ['store', { phase: 'odd', steps: [], results: [] }],
      ['steps', { phase: 'running', steps: ['y'], results: [1] }],
      ['steps', { phase: 'running', steps: ['x'], results: [1] }],
      ['steps', { phase: 'done', steps: [], results: [] }],
      ['steps', { phase: 'done', steps: ['x'], results: [] }],
      ['steps', { phase: 'undoing', steps: ['x'], results: [] }],
    ] as const) {
      const odd: StepStore = { open: () => record as never, save: () => expect.fail('saved') }
      expect(await errorOf(() => steps(spied, 'x', odd, [right])), JSON.stringify(record)).to.include({
        code: 'BAD_OPTION',
        option,
      })
    }
    const hold = await spied.acquire('x')
    const waiting = watch(steps(spied, 'x', store, [right], { wait: 20 }))
    expect(await errorOf(() => waiting.promise)).to.include({ code: 'TIMEOUT' })
    await hold.release()
  })
})
