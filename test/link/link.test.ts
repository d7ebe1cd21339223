import { expect } from 'chai'
import { Link } from '../../lib/link/link.ts'
import { type Random, seededRandom } from '../../lib/base/random.ts'
import { nodeFormat } from '../../lib/mutex/format.ts'
import { cutMessage, type OrderedFrame, type Part } from '../../lib/wire/frame.ts'
import type { Message } from '../../lib/wire/messages.ts'
import { WireError } from '../../lib/wire/schema.ts'

const { decodeFrame, packMessage } = nodeFormat

const tell = (body: unknown): Message => ({ type: 'actor.tell', actor: 'a', body })
const bytesMax = 2_000

/** One end, with what it delivered. */
class End {
  link: Link
  readonly heard: unknown[] = []

  constructor(number: number) {
    this.link = new Link(number, nodeFormat)
  }

  send(body: unknown): void {
    for (const part of cutMessage(packMessage(tell(body)), bytesMax / 2)) this.link.push(part)
  }

  /** What it has to say; `always` makes a frame for the acknowledgement alone. */
  frames(always = true): Uint8Array[] {
    const frames: Uint8Array[] = []
    do {
      const frame = this.link.hasUnsent
        ? this.link.nextFrame(bytesMax)
        : always && frames.length === 0
          ? this.link.nextFrame(0)
          : null
      if (frame === null) break
      frames.push(frame)
      this.link.sent()
    } while (this.link.hasUnsent)
    return frames
  }

  take(bytes: Uint8Array): void {
    const frame = decodeFrame(bytes) as OrderedFrame
    for (let i = this.link.accept(frame); i < frame.messages.length; i++) {
      const message = this.link.take(frame.messages[i] as Message | Part)
      if (message !== null) this.heard.push(message.type === 'actor.tell' ? message.body : message)
    }
  }
}

/** Passes on some of the frames, in any order, some of them twice. */
function mangled(frames: readonly Uint8Array[], random: Random): Uint8Array[] {
  const result: Uint8Array[] = []
  for (const frame of frames) {
    for (let copies = [0, 1, 1, 2][random.below(4)] as number; copies > 0; copies--)
      result.splice(random.below(result.length + 1), 0, frame)
  }
  return result
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1)

describe('one end of a link', () => {
  it('delivers once and in order over a path that loses, doubles and reorders frames from the very first', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = seededRandom(seed)
      const [a, b] = [new End(1), new End(1)]
      let sent = 0
      let late: Uint8Array[] = []
      for (let round = 0; round < 30; round++) {
        for (let i = random.below(4); i > 0; i--) a.send(++sent)
        if (random.below(3) === 0) a.link.rewind()
        const arriving = mangled([...late, ...a.frames()], random)
        late = arriving.splice(random.below(arriving.length + 1))
        for (const frame of arriving) b.take(frame)
        expect(b.heard, `seed ${seed}`).to.deep.equal(upTo(b.heard.length))
        for (const frame of mangled(b.frames(), random)) a.take(frame)
      }
      a.link.rewind()
      for (const frame of a.frames()) b.take(frame)
      expect(b.heard, `seed ${seed}`).to.deep.equal(upTo(sent))
      for (const frame of b.frames()) a.take(frame)
      expect(a.link.backlog).to.equal(0)
      expect(a.link.backlogBytes).to.equal(0)
    }
  })

  it('puts a large message together from its parts, however often the path breaks among them', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const random = seededRandom(seed)
      const [a, b] = [new End(1), new End(1)]
      const bodies = ['before', 'x'.repeat(20_000), 'between', 'y'.repeat(9_000), 'after']
      for (const body of bodies) a.send(body)
      for (let round = 0; round < 20; round++) {
        a.link.rewind()
        const frames = a.frames()
        for (const frame of frames) expect(frame.length).to.be.at.most(bytesMax + 200)
        for (const frame of frames.slice(0, random.below(frames.length + 1))) b.take(frame)
        for (const frame of b.frames()) if (random.below(2) === 0) a.take(frame)
      }
      a.link.rewind()
      for (const frame of a.frames()) b.take(frame)
      expect(b.heard, `seed ${seed}`).to.deep.equal(bodies)
    }
  })

  it('begins with what is not acknowledged when the other side has forgotten it', () => {
    const [a, b] = [new End(1), new End(1)]
    a.send(1)
    for (const frame of a.frames()) b.take(frame)
    for (const frame of b.frames()) a.take(frame)
    a.send('z'.repeat(5_000))
    a.send(3)
    // The first parts go to the former self, and are acknowledged; its successor must not take the rest for a message.
    const [firstPart, ...rest] = a.frames()
    b.take(firstPart as Uint8Array)
    for (const frame of b.frames()) a.take(frame)
    const successor = new End(2)
    for (const frame of rest) successor.take(frame)
    a.link.rewind()
    for (const frame of a.frames()) successor.take(frame)
    expect(successor.heard).to.deep.equal([3])
  })

  it('gives up what it sent without forgetting what it had', () => {
    const [a, b] = [new End(1), new End(1)]
    b.send('once')
    const frames = b.frames()
    for (const frame of frames) a.take(frame)
    a.send('given up')
    a.link.restart(2)
    for (const frame of frames) a.take(frame)
    a.send('anew')
    for (const frame of a.frames()) b.take(frame)
    expect(a.heard).to.deep.equal(['once'])
    expect(b.heard).to.deep.equal(['anew'])
  })

  it('ignores the echo of a link that began anew since', () => {
    const [a, b] = [new End(1), new End(1)]
    for (const body of ['old', 'older', 'oldest']) a.send(body)
    const echo = a.frames()
    a.link.restart(2)
    a.send('new')
    for (const frame of [...a.frames(), ...echo]) b.take(frame)
    expect(b.heard).to.deep.equal(['new'])
  })

  it('refuses the acknowledgement of what was never sent', () => {
    const [a, b] = [new End(1), new End(1)]
    b.send(1)
    b.send(2)
    for (const frame of b.frames()) a.take(frame)
    const [acknowledgement] = a.frames()
    const other = new End(1)
    other.send(1)
    other.frames()
    expect(() => other.take(acknowledgement as Uint8Array)).to.throw(WireError, 'never sent')
    expect(other.link.backlog).to.equal(1)
  })

  it('takes the acknowledgement of a link that began anew since for none of what it sent after', () => {
    const [a, b] = [new End(1), new End(1)]
    a.send('given up')
    for (const frame of a.frames()) b.take(frame)
    const late = b.frames()
    a.link.restart(2)
    a.send('lost at first')
    a.frames()
    for (const frame of late) a.take(frame)
    expect(a.link.backlog).to.equal(1)
    a.link.rewind()
    for (const frame of a.frames()) b.take(frame)
    expect(b.heard).to.deep.equal(['given up', 'lost at first'])
  })

  it('does not send again what was acknowledged after the path broke', () => {
    const [a, b] = [new End(1), new End(1)]
    for (const body of [1, 2, 3]) a.send(body)
    for (const frame of a.frames()) b.take(frame)
    a.link.rewind()
    for (const frame of b.frames()) a.take(frame)
    expect([a.link.backlog, a.link.hasUnsent]).to.deep.equal([0, false])
    a.send(4)
    for (const frame of a.frames()) b.take(frame)
    expect(b.heard).to.deep.equal([1, 2, 3, 4])
  })

  it('joins no message from the beginning of one and the end of another, also after acknowledgements of a former id', () => {
    const [a, former, successor] = [new End(1), new End(1), new End(2)]
    const bodies = ['x'.repeat(4_500), 'y'.repeat(4_500), 'after']
    for (const body of bodies) a.send(body)
    const [first, second, ...rest] = a.frames() as [Uint8Array, Uint8Array, ...Uint8Array[]]
    // The sender hears what the former self had, up to the second message, when the successor has the first one's beginning.
    const partsHad = [first, second, ...rest.slice(0, 4)]
    for (const frame of partsHad) former.take(frame)
    for (const frame of [first, second]) successor.take(frame)
    expect([former.heard, successor.heard]).to.deep.equal([[bodies[0]], []])
    for (const frame of former.frames()) a.take(frame)
    a.link.rewind()
    for (const frame of a.frames()) successor.take(frame)
    expect(successor.heard).to.deep.equal(['after'])
  })

  it('owes one acknowledgement for what came, and none for an acknowledgement', () => {
    const [a, b] = [new End(1), new End(1)]
    a.send(1)
    for (const frame of a.frames()) b.take(frame)
    expect(b.link.acknowledgementsOwed).to.equal(1)
    for (const frame of b.frames()) a.take(frame)
    expect(b.link.acknowledgementsOwed).to.equal(0)
    expect(a.link.acknowledgementsOwed).to.equal(0)
    expect(a.link.nextFrame(bytesMax)).to.equal(null)
  })
})
