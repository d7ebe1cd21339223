import { expect } from 'chai'
import { parseDuration } from '../../lib/base/duration.ts'
import { BadOptionError } from '../../lib/base/errors.ts'
import { boundFrom, checkSwitch, wholeNumberFrom } from '../../lib/base/option-checks.ts'
import { type OptionTable, takeOptions, takeParts } from '../../lib/base/options.ts'

interface Options {
  readonly title?: string
  readonly isLoud?: boolean
  readonly count?: number
  readonly stepsMax?: number
  readonly pause?: string
}

const table = {
  title: null,
  isLoud: checkSwitch,
  count: wholeNumberFrom(2, 5),
  stepsMax: boundFrom(1),
  pause: parseDuration,
} satisfies OptionTable<Options>

const refused = (options: object, option: string, says: string, take: typeof takeOptions = takeOptions, call = 'play'): void => {
  expect(() => take<Options, typeof table>(options, table, call))
    .to.throw(BadOptionError, says)
    .that.includes({ option })
}

describe('a table of options', () => {
  it('gives what is right as its check returns it, and what it leaves to the call', () => {
    const options = { isLoud: true, count: undefined, stepsMax: Number.POSITIVE_INFINITY, title: 5, pause: '2s' }
    expect(takeOptions(options as object as Options, table, 'play')).to.deep.equal({
      isLoud: true,
      stepsMax: Number.POSITIVE_INFINITY,
      title: 5,
      pause: 2_000,
    })
  })

  it('reads each option once, inherited ones too', () => {
    let reads = 0
    class Given {
      get count(): number {
        return 2 + reads++
      }
    }
    expect(takeOptions<Options, typeof table>(new Given(), table, 'play')).to.deep.equal({ count: 2 })
    expect(reads).to.equal(1)
  })

  it('rejects an unknown option and names the one that was meant', () => {
    refused(
      { isLuod: true },
      'isLuod',
      "play has no option 'isLuod'. Did you mean 'isLoud'? It has title, isLoud, count, stepsMax, pause",
    )
  })

  it('rejects a wrong value, and names the option with its place and its bounds', () => {
    refused({ isLoud: 'no' }, 'isLoud', 'isLoud must be true or false, got string')
    for (const count of [1, 6, 2.5, Number.NaN])
      refused({ count }, 'count', `count must be a whole number from 2 to 5, got ${count}`)
    refused({ count: '3' }, 'count', "got '3'")
    refused({ stepsMax: 0 }, 'stepsMax', 'stepsMax must be a whole number from 1, got 0')
    refused({ count: null }, 'players[1].count', 'players[1].count must be', takeParts, 'players[1]')
  })

  it('rejects what is no object, and an option whose getter throws', () => {
    for (const options of [null, 7, []]) refused(options as never, 'options', 'play takes its options as an object')
    const getter = {
      get count(): number {
        throw new Error('no count')
      },
    }
    refused(getter, 'count', 'count of play cannot be read: no count')
  })
})
