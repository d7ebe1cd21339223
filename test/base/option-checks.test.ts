import { expect } from 'chai'
import { BadOptionError } from '../../lib/base/errors.ts'
import {
  boundFrom,
  checkOptions,
  checkSwitch,
  type OptionTable,
  takeLimits,
  wholeNumberFrom,
} from '../../lib/base/option-checks.ts'

interface Options {
  readonly title?: string
  readonly isLoud?: boolean
  readonly count?: number
  readonly stepsMax?: number
}

const table: OptionTable<Options> = { title: null, isLoud: checkSwitch, count: wholeNumberFrom(2, 5), stepsMax: boundFrom(1) }

const refused = (options: object, option: string, says: string, within?: string): void => {
  expect(() => checkOptions<Options>(options, table, 'play', within))
    .to.throw(BadOptionError, says)
    .that.includes({ option })
}

describe('a table of options', () => {
  it('lets pass what is right or left out, and what it leaves to the call', () => {
    for (const options of [
      {},
      { isLoud: true, count: 2, stepsMax: Number.POSITIVE_INFINITY },
      { count: undefined },
      { title: 5 },
    ])
      checkOptions<Options>(options as Options, table, 'play')
  })

  it('rejects an unknown option and names the one that was meant', () => {
    refused(
      { isLuod: true },
      'isLuod',
      "play has no option 'isLuod'. Did you mean 'isLoud'? It has title, isLoud, count, stepsMax",
    )
  })

  it('rejects a wrong value, and names the option with its place and its bounds', () => {
    refused({ isLoud: 'no' }, 'isLoud', 'isLoud must be true or false, got string')
    for (const count of [1, 6, 2.5, Number.NaN])
      refused({ count }, 'count', `count must be a whole number from 2 to 5, got ${count}`)
    refused({ count: '3' }, 'count', "got '3'")
    refused({ stepsMax: 0 }, 'stepsMax', 'stepsMax must be a whole number from 1, got 0')
    refused({ count: null }, 'players[1].count', 'players[1].count must be', 'players[1].')
  })
})

describe('the bounds of an engine', () => {
  it('are the defaults where none is given, and whole numbers from 1', () => {
    const defaults = { locksMax: 7, waitersMax: 8 }
    const limits = takeLimits<typeof defaults>({ locksMax: 1 }, defaults)
    expect(limits).to.deep.equal({ locksMax: 1, waitersMax: 8 })
    expect(limits).to.be.frozen
    expect(() => takeLimits<typeof defaults>({ waitersMax: 0 }, defaults))
      .to.throw(BadOptionError, 'limits.waitersMax must be a whole number from 1, got 0')
      .that.includes({ option: 'limits.waitersMax' })
  })
})
