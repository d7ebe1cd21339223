/** The catalogue has each mistake once, and finds it by each of its names. */
import { expect } from 'chai'
import { catalogue, mistakeNamed } from '../../lib/lab/catalogue.ts'
import { gallery } from '../../lib/lab/gallery/index.ts'
import { bugs } from '../../lib/sim/bugs/index.ts'
import { subtleBugs } from '../../lib/sim/bugs/subtle.ts'

describe('the catalogue of mistakes', () => {
  it('has every seeded bug and every algorithm of the gallery, and each mistake once', () => {
    expect(catalogue.flatMap(({ bug }) => bug ?? [])).to.deep.equal([...bugs, ...subtleBugs])
    expect(catalogue.flatMap(({ broken }) => broken ?? [])).to.have.members(gallery)
    expect(new Set(catalogue.map(({ name }) => name)).size).to.equal(catalogue.length)
    expect(catalogue.length).to.equal(
      bugs.length + subtleBugs.length + gallery.filter(({ sameAs }) => sameAs === undefined).length,
    )
  })

  it('finds each by the name of its bug and by its name in the gallery', () => {
    for (const mistake of catalogue) {
      for (const { name } of [mistake, mistake.bug ?? mistake, mistake.broken ?? mistake])
        expect(mistakeNamed(name)?.name, name).to.equal(mistake.name)
    }
    expect(mistakeNamed('none')).to.equal(undefined)
  })

  it('says of each in whole sentences which rule it breaks, and names a property', () => {
    for (const { name, breaks, property } of catalogue) {
      expect(name).to.match(/^[a-z]+(-[a-z]+)*$/)
      expect(breaks, name).to.match(/^[A-Z`].{40,}\.$/)
      expect(property, name).to.match(/^[a-z A-Z-]+$/)
    }
  })
})
