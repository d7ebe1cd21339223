import { expect } from 'chai'
import { BadOptionError } from '../../lib/base/errors.ts'
import { catalogue, commandOf } from '../../lib/lab/catalogue.ts'
import { gallery, galleryAlgorithm } from '../../lib/lab/gallery/index.ts'
import { simpleRicartAgrawala } from '../../lib/lab/gallery/simple-ricart-agrawala.ts'
import { check } from '../../lib/lab/own/check.ts'
import type { OwnKind } from '../../lib/lab/own/define.ts'
import type { Watch } from '../../lib/lab/own/guard.ts'
import { candidateOf } from '../../lib/lab/own/load.ts'
import type { CheckReport } from '../../lib/lab/own/report.ts'

const watch: Watch = { around: (_site, _method, call) => call(), placeOf: () => '' }
const seeds = Array.from({ length: 60 }, (_, i) => i + 1)

function checked(kind: OwnKind, nodes: readonly number[], runs: readonly number[] = seeds): CheckReport {
  return check(candidateOf(kind, kind.name), { nodes, most: 6, seeds: runs, statesMax: 5000 }, watch, () => undefined)
}

describe('the gallery of broken algorithms', function () {
  this.timeout(60_000)

  it('has ten and more, each under its own name, and says how each breaks and what cures it', () => {
    expect(gallery.length).to.be.at.least(10)
    expect(new Set(gallery.map(({ name }) => name)).size).to.equal(gallery.length)
    for (const { name, kind, breaks, cure } of gallery) {
      expect(kind.name).to.equal(name)
      expect(breaks).to.match(/^[A-Z].{40,}\.$/)
      expect(cure).to.match(/^[A-Z].+\.$/)
    }
  })

  for (const { name, kind, mended, property, nodes } of gallery) {
    it(`${name} breaks ${property} with ${nodes} sites, as it says`, () => {
      const { violations, score } = checked(kind, [2, 3])
      expect(violations.map((each) => each.property)).to.deep.equal([property])
      expect(violations[0]?.nodes).to.equal(nodes)
      expect(violations[0]?.story.at(-1)).to.equal(violations[0]?.problem)
      expect(score.total).to.be.below(60)
    })

    if (nodes > 2) {
      it(`${name} breaks nothing with fewer sites`, () => {
        const fewer = Array.from({ length: nodes - 2 }, (_, i) => i + 2)
        expect(checked(kind, fewer, []).violations).to.deep.equal([])
      })
    }

    if (mended !== null) {
      it(`${name} is right without its mistake`, () => {
        expect(checked(mended, [2, 3]).violations).to.deep.equal([])
      })
    }
  }

  it('begins with an algorithm that is right and scores well', () => {
    const { score, violations } = checked(simpleRicartAgrawala, [2])
    expect(violations).to.deep.equal([])
    expect(score.total).to.be.above(95)
    expect(score.messagesPerEntry).to.be.closeTo((4 + 6 + 10) / 3, 0.05)
  })

  /** What a small search sees first of a mistake, where that is not the property that a run of whole nodes breaks. */
  const seenAs: Readonly<Record<string, string>> = {
    'permission-not-asked-back': 'mayHold',
    'permission-kept-beside-sharers': 'mayHold',
    'loan-used-after-return': 'mayHold',
    'token-made-anew': 'throws',
  }

  it('has no seeded bug of a whole node, and the catalogue knows what shows it', () => {
    for (const mistake of catalogue) {
      const { name, bug } = mistake
      if (bug === null || bug.faulty !== undefined) continue
      expect(() => galleryAlgorithm(`bug:${name}`)).to.throw(BadOptionError, `there is no 'bug:${name}'`)
      const inWholeNodes = bug.shownBy === undefined ? `holdfast sim --bug ${name}` : null
      expect(mistake.broken === null ? commandOf(mistake) : inWholeNodes, name).to.equal(inWholeNodes)
    }
  })

  for (const { name, property, bug } of catalogue) {
    if (bug?.faulty === undefined) continue
    it(`has the seeded bug ${name} of the simulator, and a check finds it`, () => {
      const kind = galleryAlgorithm(`bug:${name}`) as OwnKind
      expect(kind.name).to.equal(`bug:${name}`)
      const seen = seenAs[name] ?? (property === 'lost wake-up' || property === 'bypass' ? 'liveness' : property)
      expect(checked(kind, [2, 3]).violations.map((each) => each.property)).to.deep.equal([seen])
    })
  }

  it('finds a mistake by the name of the seeded bug that is the same, and that bug by the name in the gallery', () => {
    expect(galleryAlgorithm('gallery:no-id-tie-break')?.name).to.equal('no-tie-break')
    expect(galleryAlgorithm('mended:no-id-tie-break')?.name).to.equal('simple-ricart-agrawala')
    expect(galleryAlgorithm('bug:no-tie-break')?.name).to.equal('bug:no-id-tie-break')
  })

  it('is found by name, and says which names there are', () => {
    expect(galleryAlgorithm('gallery:no-merge')?.name).to.equal('no-merge')
    expect(galleryAlgorithm('mended:no-merge')?.name).to.equal('simple-ricart-agrawala')
    expect(galleryAlgorithm('my-mutex.ts')).to.equal(null)
    expect(() => galleryAlgorithm('gallery:nothing')).to.throw(/no 'gallery:nothing'; there are no-tie-break, no-merge/)
    expect(() => galleryAlgorithm('mended:votes-kept')).to.throw(/no 'mended:votes-kept'/)
  })
})
