import { expect } from 'chai'
import { nearestName } from '../../lib/base/nearest.ts'

describe('the name that was meant', () => {
  const names = ['wait', 'signal', 'mode', 'priority', 'lockLost', 'lockGranted']
  const meant: readonly (readonly [word: string, name: string | null])[] = [
    ['wiat', 'wait'],
    ['WAIT', 'wait'],
    ['sginal', 'signal'],
    ['prioritty', 'priority'],
    ['lokLost', 'lockLost'],
    ['lost', 'lockLost'],
    ['granted', 'lockGranted'],
    // Two contain it.
    ['lock', null],
    ['timeout', null],
    ['x', null],
    ['', null],
    ['w'.repeat(10_000), null],
  ]
  for (const [word, name] of meant) {
    const shown = word.length > 20 ? `${word.length} letters` : `'${word}'`
    it(`by ${shown} is ${name === null ? 'none' : `'${name}'`}`, () => {
      expect(nearestName(word, names)).to.equal(name)
    })
  }
})
