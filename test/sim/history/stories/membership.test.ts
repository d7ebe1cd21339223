import { expect } from 'chai'
import { broken, Script } from '../writing.ts'

const five = (changes = {}): Script => new Script({ nodes: 5, ...changes }).members('a', 'b', 'c', 'd', 'e')
const sides = [
  ['a', 'b'],
  ['c', 'd', 'e'],
]

describe('the checker on partitions', () => {
  it('takes grants of both sides within a session, and of one side afterwards', () => {
    const script = five().partition(sides).enters('a', 1).leaves().later(900).enters('c', 2).leaves()
    expect(broken(script.later(200).enters('d', 3).leaves().enters('e', 4).leaves())).to.deep.equal([])
  })

  it('sees grants of both sides after a session', () => {
    const script = five().partition(sides).later(1100).enters('c', 1).leaves().enters('a', 2, { lock: 'gate' })
    expect(broken(script)).to.deep.equal(['partition'])
  })

  it('sees any grant without a majority, if the history says where that is', () => {
    expect(broken(five().partition(sides, 1).later(1100).enters('a', 1))).to.deep.equal(['partition'])
    expect(broken(five().partition(sides, null).later(1100).enters('c', 1))).to.deep.equal(['partition'])
    expect(broken(five().partition(sides, 1).later(1100).enters('c', 1))).to.deep.equal([])
  })

  it('sees a hold that outlasts the session of a side without a majority', () => {
    const held = five().enters('a', 1).partition(sides, 1)
    expect(broken(held.later(1600).phase('faults'))).to.deep.equal(['partition'])
    expect(broken(five().enters('a', 1).partition(sides, 1).later(1000).lost().later(600).phase('faults'))).to.deep.equal([])
    expect(broken(five().enters('c', 1).partition(sides, 1).later(1600).phase('faults'))).to.deep.equal([])
  })

  it('sees it too when the next line is its very end, or the partition ends first', () => {
    const held = (): Script => five().enters('a', 1).partition(sides, 1).later(4000)
    expect(broken(held().leaves())).to.deep.equal(['partition'])
    expect(broken(held().add({ type: 'fault', fault: 1, kind: 'partition', over: true }))).to.deep.equal(['partition'])
  })

  it('excuses a process that is paused meanwhile, and none that was paused before', () => {
    const rest = (script: Script): Script => script.life('paused', 'a').later(1).life('resumed', 'a')
    expect(broken(rest(five().enters('a', 1)).partition(sides, 1).later(1600).phase('faults'))).to.deep.equal(['partition'])
    expect(broken(rest(five().enters('a', 1).partition(sides, 1)).later(1600).phase('faults'))).to.deep.equal([])
  })

  it('judges no partition that a process may bridge, that is over, or of a local register', () => {
    const both = (script: Script): Script => script.later(1100).enters('c', 1).leaves().enters('a', 2)
    expect(broken(both(five().members('f').partition(sides)))).to.deep.equal([])
    expect(broken(both(five().partition(sides).members('f')))).to.deep.equal([])
    expect(broken(both(five().members('f').life('closing', 'f').partition(sides)))).to.deep.equal([])
    expect(broken(both(five().members('f').life('closing', 'f').life('closed', 'f').partition(sides)))).to.deep.equal([
      'partition',
    ])
    expect(broken(both(five({ register: 'local' }).partition(sides)))).to.deep.equal([])
    expect(broken(both(five({ timely: false }).partition(sides)))).to.deep.equal([])
    const over = { type: 'fault', fault: 1, kind: 'partition', over: true } as const
    expect(broken(both(five().partition(sides).later(500).add(over)))).to.deep.equal([])
  })
})

describe('the checker on views', () => {
  it('takes a chain that all follow, at their own pace', () => {
    const script = five().view(1, ['a', 'b']).view(2, ['a', 'b', 'c']).view(2, ['a'], ['a.1', 'b.1', 'c.1'])
    expect(broken(script.view(4, ['b'], ['a.1', 'b.1']).view(3, ['a'], ['a.1', 'b.1']))).to.deep.equal([])
  })

  it('sees two views of one epoch, epochs that fall, and a view without whom it is taken up by', () => {
    expect(broken(five().view(1, ['a', 'b']).view(1, ['c'], ['c.1'], 7))).to.deep.equal(['views'])
    expect(broken(five().view(1, ['a', 'b']).view(1, ['c'], ['c.1'], 1))).to.deep.equal(['views'])
    expect(broken(five().view(2, ['a', 'b']).view(1, ['a']))).to.deep.equal(['views'])
    expect(broken(five().view(1, ['a'], ['b.1']))).to.deep.equal(['views'])
  })

  it('sees an id in two processes, and one that comes back', () => {
    expect(broken(five().add({ type: 'joined', process: 'b', node: 'a.1' }))).to.deep.equal(['views'])
    const back = five().view(1, ['a', 'b']).view(2, ['a']).view(3, ['a', 'b'])
    expect(broken(back)).to.deep.equal(['views'])
  })

  it('takes an id that was listed and never knew, and is listed later by others', () => {
    const script = five().view(1, ['a'], ['a.1', 'b.1']).view(2, ['a']).view(3, ['a', 'b'])
    expect(broken(script)).to.deep.equal([])
  })
})

describe('the checker on agreement', () => {
  const all = ['a', 'b', 'c', 'd', 'e']

  it('accepts one view of all living processes', () => {
    expect(broken(five().view(1, all).phase('calm').later(5000).phase('closing'))).to.deep.equal([])
    const four = all.slice(1)
    const script = five().view(1, all).life('crashed', 'a').phase('calm').later(200).view(2, four)
    expect(broken(script.later(5000).phase('closing'))).to.deep.equal([])
  })

  it('sees a dead process in a view, a process without one, and two views', () => {
    const dead = five().view(1, all).life('crashed', 'a').phase('calm').later(6000).phase('closing')
    expect(broken(dead)).to.deep.equal(['agreement'])
    const none = five().view(1, all.slice(1)).phase('calm').later(6000).phase('closing')
    expect(broken(none)).to.deep.equal(['agreement'])
    const split = five()
      .view(1, all)
      .view(
        2,
        ['a'],
        all.map((each) => `${each}.1`),
      )
      .phase('calm')
      .later(6000)
    expect(broken(split.phase('closing'))).to.deep.equal(['agreement'])
  })

  it('judges only when it was calm for long enough, and views are told of', () => {
    const dead = five().view(1, all).life('crashed', 'a')
    expect(broken(dead.phase('calm').later(4000).phase('closing'))).to.deep.equal([])
    expect(broken(five().life('crashed', 'a').phase('calm').later(6000).phase('closing'))).to.deep.equal([])
  })
})
