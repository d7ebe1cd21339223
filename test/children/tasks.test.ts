import { expect } from 'chai'
import { runOnThreads, type Work } from '../../lib/children/tasks.ts'

/** Work of these numbers on two threads, with what became of them. */
function workOf(
  tasks: readonly number[],
  given: Partial<Work<number, string>> = {},
): Work<number, string> & { results: string[] } {
  const left = [...tasks]
  const results: string[] = []
  return {
    results,
    entry: new URL('./task-entry.js', import.meta.url),
    args: ['twice'],
    threads: 2,
    next: () => left.shift() ?? null,
    take: (result) => results.push(result) > 0,
    ...given,
  }
}

describe('work that threads share', () => {
  it('is done to its end, each task once', async () => {
    const work = workOf([1, 2, 3, 4, 5])
    await runOnThreads(work)
    expect(work.results.sort()).to.deep.equal(['twice 10', 'twice 2', 'twice 4', 'twice 6', 'twice 8'])
  })

  it('ends at once without a task, or without a thread', async () => {
    const work = workOf([])
    await runOnThreads(work)
    await runOnThreads(workOf([1], { threads: 0 }))
    expect(work.results).to.deep.equal([])
  })

  it('ends where a result ends it', async () => {
    const results: string[] = []
    await runOnThreads(workOf([1, 2, 3, 4, 5], { take: (result) => results.push(result) < 2 }))
    expect(results).to.have.length(2)
  })

  it('may wait for a result before it has another task: idle threads ask again', async () => {
    let underWay = 0
    let given = 0
    const work = workOf([], {
      next: () => {
        if (given === 4 || underWay === 1) return null
        underWay++
        return ++given
      },
      take: (result) => {
        underWay--
        return work.results.push(result) > 0
      },
    })
    await runOnThreads(work)
    expect(work.results).to.deep.equal(['twice 2', 'twice 4', 'twice 6', 'twice 8'])
  })

  it('ends early by a signal, without an error, and leaves no listener on it', async () => {
    const end = new AbortController()
    const results: string[] = []
    const endless = workOf([], {
      signal: end.signal,
      next: () => 1,
      take: (result) => {
        if (results.push(result) === 3) end.abort()
        return true
      },
    })
    await runOnThreads(endless)
    expect(results).to.have.length(3)
    await runOnThreads(workOf([1], { signal: AbortSignal.abort(), take: () => expect.fail('taken') }))
  })

  it('fails with the error of a task, of the receiver of a result, or of a thread that ends', async () => {
    const failures = await Promise.all(
      [
        workOf([1, -2]),
        workOf([1], {
          take: () => {
            throw new Error('not taken')
          },
        }),
        workOf([0]),
      ].map((work) => runOnThreads(work).catch((error: unknown) => (error as Error).message)),
    )
    expect(failures).to.deep.equal(['-2 is negative', 'not taken', 'thread 1 of 2 ended in the middle of the run: exit code 3'])
  })
})
