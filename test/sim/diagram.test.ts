import { expect } from 'chai'
import { diagram } from '../../lib/sim/diagram.ts'
import { checkHistory } from '../../lib/sim/history/checker.ts'
import { storyOf } from '../../lib/sim/story.ts'
import { Script } from './history/writing.ts'

/** A holder stands still for longer than its session, comes back and is inside beside another. */
function zombie(): Script {
  const script = new Script().members('ann', 'bob').enters('ann', 1).reads(0).later(20).asks('bob').later(5)
  script.life('paused', 'ann').later(1200).granted(2).reads(0).later(10).life('resumed', 'ann')
  return script.writes(0, 1, false).leaves(2).later(2000).enters('bob', 3, { lock: 'gate' })
}

const drawn = (script: Script, options = {}): string =>
  diagram(script.events, { violations: checkHistory(script.events).violations, ...options })

describe('the story of a history', () => {
  it('ends with the first violation, and leaves out locks that have no part in it', () => {
    const script = zombie()
    const { violations } = checkHistory(script.events)
    const { scenes, cast } = storyOf(script.events, { violations })
    expect(cast).to.deep.equal(['ann', 'bob'])
    expect(scenes.at(-1)?.text).to.match(/^exclusion: bob \(call 2, 'door', fence 2\) is granted while ann/)
    expect([...(scenes.at(-1)?.marks.keys() ?? [])]).to.deep.equal(['ann', 'bob'])
    expect(scenes.map(({ text }) => text).join()).not.to.include('gate')
  })

  it('shows in lanes who is inside, waits, and stands still', () => {
    const script = zombie()
    const { scenes } = storyOf(script.events, { violations: checkHistory(script.events).violations })
    const lanesAfter = (text: string): readonly string[] => scenes.find((each) => each.text.startsWith(text))?.lanes ?? []
    expect(lanesAfter('ann is inside')).to.deep.equal(['inside', 'alive'])
    expect(lanesAfter('bob asks')).to.deep.equal(['inside', 'waiting'])
    expect(lanesAfter('ann stands still')).to.deep.equal(['paused inside', 'waiting'])
    expect(lanesAfter('bob is inside')).to.deep.equal(['paused inside', 'inside'])
  })

  it('shows who believes to be inside and is not, until told', () => {
    const script = new Script().members('ann', 'bob').enters('ann', 1).later(5).expired().later(5).enters('bob', 2)
    const { scenes } = storyOf(script.lost(1).events)
    expect(scenes.at(-2)?.lanes).to.deep.equal(['deluded', 'inside'])
    expect(scenes.at(-1)?.lanes).to.deep.equal(['alive', 'inside'])
  })

  it('tells of one view in one line, and of the smaller side of a partition as the far one', () => {
    const names = ['a', 'b', 'c']
    const script = new Script()
      .members(...names)
      .view(7, names)
      .partition([['a'], ['b', 'c']])
    const { scenes } = storyOf(script.events)
    expect(scenes.at(-2)?.text).to.equal('a, b and c take up view 7 of a.1, b.1, c.1')
    expect(scenes.at(-1)).to.deep.include({ text: 'partition: a | b, c', sides: [1, 0, 0] })
  })

  it('keeps the last scenes when there are too many', () => {
    const { scenes, untold } = storyOf(zombie().events, { scenesMax: 3 })
    expect(scenes).to.have.length(3)
    expect(untold).to.be.greaterThan(3)
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
    const { scenes } = storyOf(script.enters('bob', 7).events)
    const texts = scenes.map(({ text }) => text).slice(4)
    expect(texts).to.deep.equal([
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

  it('says so when nothing happens', () => {
    expect(diagram([])).to.equal('nothing happens\n')
  })
})
