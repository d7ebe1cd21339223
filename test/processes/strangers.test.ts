import { expect } from 'chai'
import { readdirSync } from 'node:fs'
import type { Child } from '../../lib/children/child.ts'
import { startProcess } from '../../lib/children/process.ts'
import { Crew, type Mate, together } from './crew.ts'

/** Starts a command with so few descriptors. */
const few = (limit: number): readonly string[] => ['sh', '-c', `ulimit -n ${limit} && exec "$@"`, 'sh']

describe('strangers and shortages on one host', function () {
  this.timeout(40_000)
  let crew: Crew
  const flooders: Flooder[] = []
  beforeEach(() => {
    crew = new Crew()
  })
  afterEach(async () => {
    await Promise.all(flooders.splice(0).map(({ child }) => child.endNow()))
    await crew.end()
  })

  /** Floods a mate's port; resolves when strangers have been cut so many times, and not for the first time. */
  const flood = async (mate: Mate, sockets: number, text: string): Promise<Flooder> => {
    const flooder = new Flooder(mate.address.split(':').at(-1) as string, sockets, text)
    flooders.push(flooder)
    await flooder.cuts(sockets)
    return flooder
  }
  const open = (mate: Mate): number => readdirSync(`/proc/${mate.pid}/fd`).length

  for (const [what, text] of [
    ['say nothing', ''],
    ['begin a request and do not end it', 'GET /holdfast/hello HTTP/1.1\r\nholdfast-protocol: 4\r\n'],
    ['ask for a page, again and again', 'GET / HTTP/1.1\r\nhost: x\r\n\r\n'],
  ] as const) {
    it(`a flood of connections that ${what} costs a node neither its session nor its descriptors, and members join`, async () => {
      const first = await crew.process(few(256)).create({ ...crew.local, listen: '127.0.0.1:0' })
      const { hold } = await first.ask('acquire', 'door')
      const before = open(first)
      const flooder = await flood(first, 400, text)
      const joiner = await crew.process().create(crew.local)
      await together([first, joiner])
      await flooder.cuts(1_000)
      // 16 strangers at a limit of 256, one that takes another's place, and the member.
      expect(open(first)).to.be.lessThan(before + 40)
      expect((await first.ask('hold', hold)).checked).to.equal('fine')
      expect(await first.ask('release', hold)).to.equal('released')
      await joiner.ask('acquire', 'door')
      expect(first.news.filter(({ type }) => type === 'sessionEnded' || type === 'directoryFailed')).to.deep.equal([])
      const refusals = await first.ask('refusals')
      expect(refusals[text.endsWith('\r\n\r\n') ? 'request' : 'crowded']).to.be.greaterThan(300)
    })
  }

  it('a process that uses up its descriptors keeps its session by the reserve, says so, and takes members again afterwards', async () => {
    const sessionMs = 2_000
    const options = { ...crew.local, profile: { session: sessionMs } }
    const first = await crew.process(few(256)).create(options)
    const second = await crew.process().create(options)
    await together([first, second])
    const { hold } = await first.ask('acquire', 'door')
    await first.ask('exhaust')
    const news = await first.until(({ type }) => type === 'listenerFailed')
    expect(news.message).to.match(/^EMFILE: this process has no file descriptor left \(its limit is 256\);.*ulimit -n/)
    await first.ask('renewed', sessionMs)
    expect((await first.ask('hold', hold)).checked).to.equal('fine')
    await first.ask('relax')
    const third = await crew.process().create(options)
    await together([first, second, third])
    expect((await first.ask('hold', hold)).checked).to.equal('fine')
  })

  it('a process that has no descriptor left cannot create a node, and is told why', async () => {
    const mate = crew.process(few(256))
    await mate.ask('exhaust')
    const failure = await mate.failure('create', crew.local)
    expect(failure).to.include({ code: 'OVERLOADED' })
    expect(failure.message).to.match(/EMFILE.*ulimit -n/)
    await mate.ask('relax')
    await mate.create(crew.local)
    // What could not be read then is not remembered as if it were not there: it meets others in the same folder.
    await together([mate, await crew.process().create(crew.local)])
  })
})

/** A stranger's process that keeps connecting. */
class Flooder {
  readonly child: Child<object, number>
  private counted: (cuts: number) => void = () => {}

  constructor(port: string, sockets: number, text: string) {
    this.child = startProcess('a flooder', new URL('./flooder.js', import.meta.url), {
      args: [port, String(sockets), text],
      hear: (cuts) => this.counted(cuts),
    })
  }

  /** Resolves when at least so many of its connections were cut. */
  cuts(atLeast: number): Promise<void> {
    return new Promise((resolve) => {
      this.counted = (cuts) => cuts >= atLeast && resolve()
    })
  }
}
