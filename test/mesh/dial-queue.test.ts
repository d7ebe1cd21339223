import { expect } from 'chai'
import { DialQueue } from '../../lib/mesh/dial-queue.ts'

/** A node that dials, and what it has begun; a dial ends when the test says so. */
function dialler(self: string, slotCount = 0) {
  const begun: string[] = []
  const connected = new Set<string>()
  const queue = new DialQueue(self, {
    slotCount,
    hasSlot: (peer) => connected.has(peer),
    start: (address) => void begun.push(address),
  })
  return { queue, begun, connected }
}

const sockets = (...ids: string[]): string[] => ids.map((id) => `unix:${id}`)

describe('the queue of dials', () => {
  const queues: DialQueue[] = []
  const begin = (self: string, slotCount?: number) => {
    const made = dialler(self, slotCount)
    queues.push(made.queue)
    return made
  }
  afterEach(() => {
    for (const queue of queues.splice(0)) queue.close()
  })

  it('dials four sockets at once, and the next when one of these dials is over', () => {
    const { queue, begun } = begin('a')
    for (const address of sockets('b', 'c', 'd', 'e', 'f', 'g')) queue.dial(address)
    expect(begun).to.deep.equal(sockets('b', 'c', 'd', 'e'))
    queue.ended('unix:c')
    expect(begun).to.deep.equal(sockets('b', 'c', 'd', 'e', 'f'))
  })

  it('counts the dials of all nodes of the process, which take turns', () => {
    const [a, b] = [begin('a'), begin('b')]
    for (const address of sockets('p', 'q', 'r', 's', 't', 'u')) a.queue.dial(address)
    for (const address of sockets('p', 'q')) b.queue.dial(address)
    expect(b.begun).to.deep.equal([])
    a.queue.ended('unix:p')
    a.queue.ended('unix:q')
    expect([...a.begun, ...b.begun]).to.have.members([...sockets('p', 'q', 'r', 's', 't'), 'unix:p'])
    b.queue.close()
    expect(a.begun).to.include('unix:u')
  })

  it('passes over a peer that is connected by then, and dials no address twice at once', () => {
    const { queue, begun, connected } = begin('a')
    for (const address of sockets('b', 'c', 'd', 'e', 'f', 'g', 'g', 'b')) queue.dial(address)
    connected.add('f')
    queue.ended('unix:b')
    queue.ended('unix:c')
    expect(begun).to.deep.equal(sockets('b', 'c', 'd', 'e', 'g'))
    queue.dial('unix:b')
    queue.dial('unix:b')
    expect(begun).to.deep.equal(sockets('b', 'c', 'd', 'e', 'g', 'b'))
  })

  it('leaves a dial to the smaller id of a pair once it has some connections', () => {
    const { queue, begun } = begin('m', 3)
    for (const address of sockets('a', 'z')) queue.dial(address)
    expect(begun).to.deep.equal(['unix:z'])
    const alone = begin('m', 2)
    for (const address of sockets('a', 'z')) alone.queue.dial(address)
    expect(alone.begun).to.deep.equal(sockets('a', 'z'))
  })

  it('dials at once what is needed now, also if it waits for its turn or for the other side', () => {
    const { queue, begun, connected } = begin('m', 3)
    for (const address of sockets('a', 'p', 'q', 'r', 's', 't')) queue.dial(address)
    expect(begun).to.deep.equal(sockets('p', 'q', 'r', 's'))
    queue.hurry('unix:a')
    queue.hurry('unix:t')
    queue.hurry('unix:p')
    connected.add('u')
    queue.hurry('unix:u')
    expect(begun).to.deep.equal(sockets('p', 'q', 'r', 's', 'a', 't'))
    queue.ended('unix:a')
    queue.dial('unix:v')
    expect(begun).not.to.include('unix:v')
  })

  it('dials after a while where the smaller id does not', async () => {
    const started = new Promise<string>((resolve) => {
      const queue = new DialQueue('m', { slotCount: 3, hasSlot: () => false, start: resolve }, 1)
      queues.push(queue)
      queue.dial('unix:a')
    })
    expect(await started).to.equal('unix:a')
  })

  it('dials an address with a port at once, whatever waits', () => {
    const { queue, begun } = begin('a')
    for (const address of sockets('b', 'c', 'd', 'e', 'f')) queue.dial(address)
    queue.dial('127.0.0.1:7000')
    expect(begun.at(-1)).to.equal('127.0.0.1:7000')
  })

  it('dials one at a time once the node is well connected, after a pause that grows with the last dial', async () => {
    const { queue, begun } = begin('a', 8)
    for (const address of sockets('b', 'c', 'd')) queue.dial(address)
    expect(begun).to.deep.equal(sockets('b'))
    const beganMs = performance.now()
    while (performance.now() - beganMs < 40);
    queue.ended('unix:b')
    expect(begun, 'a pause follows').to.deep.equal(sockets('b'))
    expect(queue.isWaiting('unix:c')).to.equal(true)
    expect(queue.isWaiting('unix:b')).to.equal(false)
    queue.hurry('unix:d')
    expect(begun, 'what is needed now waits for no pause').to.deep.equal(sockets('b', 'd'))
    queue.ended('unix:d')
    const { promise, resolve } = withResolvers()
    const look = setInterval(() => begun.includes('unix:c') && resolve(), 1)
    await promise
    clearInterval(look)
  })

  it('waits for the other side too, until it is needed', () => {
    const { queue, begun } = begin('m', 3)
    queue.dial('unix:a')
    expect(queue.isWaiting('unix:a')).to.equal(true)
    queue.hurry('unix:a')
    expect(begun).to.deep.equal(['unix:a'])
    expect(queue.isWaiting('unix:a')).to.equal(false)
  })

  it('takes dials that fail at once, however many', () => {
    let begun = 0
    const queue: DialQueue = new DialQueue('a', {
      slotCount: 0,
      hasSlot: () => false,
      start: (address) => {
        begun++
        queue.ended(address)
      },
    })
    queues.push(queue)
    const blocker = begin('b')
    for (const address of sockets('p', 'q', 'r', 's')) blocker.queue.dial(address)
    for (let i = 0; i < 20_000; i++) queue.dial(`unix:n${i}`)
    expect(begun).to.equal(0)
    for (const address of sockets('p', 'q', 'r', 's')) blocker.queue.ended(address)
    expect(begun).to.equal(20_000)
  })
})

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
