import { expect } from 'chai'
import type { Call } from '../../../lib/bench/profile/call-tree.ts'
import { flameGraph } from '../../../lib/bench/profile/flame-graph.ts'

function call(name: string, selfMs: number, callees: readonly Call[] = []): Call {
  const totalMs = callees.reduce((sum, each) => sum + each.totalMs, selfMs)
  return { name, place: 'lib/a.js:1', owner: 'holdfast', selfMs, totalMs, callees }
}

/** [x, y, width] of each box. */
function boxes(svg: string): number[][] {
  return [...svg.matchAll(/<rect class="holdfast" x="([\d.]+)" y="(\d+)" width="([\d.]+)" height="16"/g)].map((box) =>
    box.slice(1).map(Number),
  )
}

describe('a flame graph', () => {
  it('has callees side by side below their caller, as wide as their time', () => {
    const svg = flameGraph('t', [call('a', 20, [call('b', 50), call('c', 10)]), call('d', 20)], 1000)
    expect(boxes(svg)).to.deep.equal([
      [10, 62, 944],
      [10, 79, 590],
      [600, 79, 118],
      [954, 62, 236],
    ])
    expect(svg).to.contain('100 ms at work in 1.0 s')
    expect(svg).to.contain('<title>b (lib/a.js:1): 50.0 ms, 50.0 %, itself 50.0 ms, 50.0 %</title>')
  })

  it('leaves out what is too narrow to be seen', () => {
    expect(boxes(flameGraph('t', [call('a', 10_000), call('b', 1)], 1000))).to.have.length(1)
  })

  it('shortens names that do not fit, and keeps signs of XML out of the markup', () => {
    const svg = flameGraph('a < b', [call('wide', 950), call('a<long>name', 50)], 1000)
    expect(svg).to.contain('a &lt; b').and.to.contain('>wide  lib/a.js:1</text>').and.to.contain('>a&lt;long&gt;…</text>')
  })

  it('can be drawn of a process that did nothing', () => {
    expect(flameGraph('t', [], 1000))
      .to.contain('0 ms at work')
      .and.not.contain('NaN')
  })
})
