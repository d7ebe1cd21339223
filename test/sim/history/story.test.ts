import { expect } from 'chai'
import { checkHistory } from '../../../lib/sim/history/checker.ts'
import { diagram, storyOf } from '../../../lib/sim/history/story.ts'
import { eventsOf, isNow, type Story } from '../../../lib/sim/story/story.ts'
import { Script } from './writing.ts'

/** A holder stands still for longer than its session, comes back and is inside beside another. */
function zombie(): Script {
  const script = new Script().members('ann', 'bob').enters('ann', 1).reads(0).later(20).asks('bob').later(5)
  script.life('paused', 'ann').later(1200).granted(2).reads(0).later(10).life('resumed', 'ann')
  return script.writes(0, 1, false).leaves(2).later(2000).enters('bob', 3, { lock: 'gate' })
}

const drawn = (script: Script, options = {}): string =>
  diagram(script.events, { violations: checkHistory(script.events).violations, ...options })

/** What is told, and what the processes are after the step whose sentence begins so. */
const texts = ({ steps }: Story): string[] => steps.slice(1).map(({ text }) => text)
const spansAfter = (story: Story, text: string): string[][] => {
  const step = story.steps.findIndex((each) => each.text.startsWith(text))
  return story.nodes.map((_, node) =>
    story.spans.filter((span) => span.node === node && isNow(span, step)).map(({ kind }) => kind),
  )
}

describe('the story of a history', () => {
  it('ends with the first violation, and leaves out locks that have no part in it', () => {
    const script = zombie()
    const { violations } = checkHistory(script.events)
    const story = storyOf(script.events, { violations })
    expect(story.nodes).to.deep.equal(['ann', 'bob'])
    expect(texts(story).at(-1)).to.match(/^exclusion: bob \(call 2, 'door', fence 2\) is granted while ann/)
    expect(eventsOf(story, story.steps.length - 1).map(({ node, kind }) => [node, kind])).to.deep.equal([
      [0, 'broken'],
      [1, 'broken'],
    ])
    expect(story.breaches.map(({ property, at, step }) => [property, at, step])).to.deep.equal([['exclusion', 1225, 12]])
    expect(texts(story).join()).not.to.include('gate')
  })

  it('says who is inside, waits, and stands still', () => {
    const script = zombie()
    const story = storyOf(script.events, { violations: checkHistory(script.events).violations })
    expect(spansAfter(story, 'ann starts')).to.deep.equal([[], ['absent']])
    expect(spansAfter(story, 'ann is inside')).to.deep.equal([['inside'], []])
    expect(spansAfter(story, 'bob asks')).to.deep.equal([['inside'], ['waiting']])
    expect(spansAfter(story, 'ann stands still').map((kinds) => kinds.sort())).to.deep.equal([['inside', 'paused'], ['waiting']])
    expect(spansAfter(story, 'bob is inside').map((kinds) => kinds.sort())).to.deep.equal([['inside', 'paused'], ['inside']])
  })

  it('says who believes to be inside and is not, until told', () => {
    const script = new Script().members('ann', 'bob').enters('ann', 1).later(5).expired().later(5).enters('bob', 2)
    const story = storyOf(script.lost(1).events)
    expect(spansAfter(story, 'bob is inside')).to.deep.equal([['deluded'], ['inside']])
    expect(spansAfter(story, 'ann is told')).to.deep.equal([[], ['inside']])
  })

  it('tells of one view in one line, and of the sides of a partition', () => {
    const names = ['a', 'b', 'c']
    const script = new Script()
      .members(...names)
      .view(7, names)
      .partition([['a'], ['b', 'c']])
    const story = storyOf(script.events)
    expect(texts(story).slice(-2)).to.deep.equal(['a, b and c take up view 7 of a.1, b.1, c.1', 'partition: a | b, c'])
    expect(story.parted.map(({ parts, fromStep }) => [parts, fromStep])).to.deep.equal([
      [[['a'], ['b', 'c']], story.steps.length - 1],
    ])
  })
})

describe('a story that repeats itself', () => {
  it('is told once, and the last time in full', () => {
    const script = new Script().members('ann', 'bob')
    for (let i = 1; i <= 6; i++)
      script
        .enters('ann', i)
        .reads(i - 1)
        .writes(i - 1)
        .later(3)
        .leaves()
    expect(texts(storyOf(script.enters('bob', 7).events)).slice(4)).to.deep.equal([
      "ann asks for 'door' 5 times and is done each time",
      "ann asks for 'door'",
      "ann is inside 'door', fence 6",
      "ann reads version 5 of 'door'",
      "ann writes, on version 5, to 'door'",
      "ann releases 'door', fence 6",
      "bob asks for 'door'",
      "bob is inside 'door', fence 7",
    ])
  })
})

describe('the diagram of a history', () => {
  it('is this', () => {
    expect(drawn(zombie())).to.equal(
      [
        '         ann bob',
        '         ────────',
        '     0.0 ┬          1 ann starts',
        '         ◇          2 ann is a member as ann.1',
        '         │   ┬      3 bob starts',
        '         │   ◇      4 bob is a member as bob.1',
        "         ○   │      5 ann asks for 'door'",
        "         █   │      6 ann is inside 'door', fence 1",
        "         ●   │      7 ann reads version 0 of 'door'",
        "    20.0 █   ○      8 bob asks for 'door'",
        '    25.0 ░   ┆      9 ann stands still',
        '         ▓   ┆',
        "  1225.0 ▓   █     10 bob is inside 'door', fence 2",
        "         ▓   ●     11 bob reads version 0 of 'door'",
        "         !   !     12 exclusion: bob (call 2, 'door', fence 2) is granted while ann (call 1, 'door',",
        '         ▓   █        fence 1) is inside, since 0.0 ms',
        '',
        '┆ waits   █ inside   ▓ stands still inside   ● the resource lets it',
        '',
      ].join('\n'),
    )
  })

  it('stays within its columns, and within ASCII when asked to', () => {
    const many = new Script().members(...Array.from({ length: 9 }, (_, i) => `host-${i}#${i}`)).enters('host-3#3', 1)
    for (const columns of [60, 80, 100, 140]) {
      for (const line of drawn(many, { columns }).split('\n')) expect(line.length, line).to.be.at.most(columns)
      expect(drawn(many, { columns, unicode: false })).to.match(/^[\x20-\x7e\n]*$/)
    }
    expect(drawn(zombie(), { unicode: false })).to.match(/^[\x20-\x7e\n]*$/)
  })

  it('keeps the last steps when there are too many, and their numbers', () => {
    const lines = drawn(zombie(), { stepsMax: 3 }).split('\n')
    expect(lines.filter((line) => /^ +[0-9.]* *[^ ]+ +[^ ]+ +\d+ /.test(line))).to.have.length(3)
    expect(lines[2]).to.match(/^ +⋮ +\(9 steps before\)$/)
    expect(lines.join()).to.include(' 12 exclusion')
  })

  it('shades the smaller side of a partition, and the processes that are gone have no column', () => {
    const script = new Script().members('ann', 'bob', 'cat', 'dan').life('crashed', 'dan')
    const parted = drawn(script.partition([['ann'], ['bob', 'cat']]), { stepsMax: 1 })
    expect(parted).to.match(/^ +0\.0 │··· *│ +│ +\d+ partition: ann \| bob, cat$/m)
    expect(parted.split('\n')[0]).to.equal('         ann bob cat')
  })

  it('says so when nothing happens', () => {
    expect(diagram([])).to.equal('nothing happens\n')
  })
})
