import { expect } from 'chai'
import { missingCommands, type Search, search } from './spin.ts'

const model = 'view-change.pml'
const quorum = ['QUORUM']
const permission = ['PERMISSION', 'LAST=1']

/** The configurations that together are the model: the smallest number of states that the search must have found. */
const configurations: readonly (readonly [what: string, definitions: readonly string[], statesMin: number])[] = [
  ['one token, two view changes one after the other, deaths proven or not', [], 1_000_000],
  ['permissions that are kept, one view change', permission, 100_000],
  ['voters that promise, seal, report ages and are late; two ballots', quorum, 1_000_000],
]

type Property = 'exclusion' | 'fences' | 'succession'

/** What is done wrong, and which properties may be the first to break. */
const mutations: readonly (readonly [mutation: string, configuration: readonly string[], breaks: readonly Property[]])[] = [
  ['NO_QUARANTINE', [], ['exclusion', 'fences']],
  ['NO_QUARANTINE', quorum, ['exclusion']],
  ['SESSION_FROM_RECEIPT', [], ['exclusion', 'fences']],
  ['SESSION_FROM_RECEIPT', quorum, ['exclusion']],
  ['QUARANTINE_NOT_CARRIED', [], ['exclusion', 'fences']],
  ['NOT_ALL_CLAIMS', [], ['exclusion', 'fences']],
  ['CLAIM_BEFORE_STOP', [], ['exclusion', 'fences']],
  ['CLAIM_BEFORE_STOP', permission, ['exclusion', 'fences']],
  ['HOLDS_NOT_CARRIED', [], ['exclusion', 'fences']],
  ['MERGED_TWICE', [], ['exclusion', 'fences']],
  ['OLD_MESSAGES_KEPT', [], ['exclusion', 'fences']],
  ['OLD_MESSAGES_KEPT', permission, ['exclusion', 'fences']],
  ['NOBODY_INFORMED_IS_FREE', [], ['exclusion', 'fences']],
  ['UNINFORMED_HAS_NO_DOUBT', [], ['exclusion', 'fences']],
  ['UNTOUCHED_IS_FREE', [], ['exclusion', 'fences']],
  ['DOUBTS_READ_AGAIN', [], ['exclusion', 'fences']],
  ['PERMISSION_NOT_NOTED', permission, ['exclusion', 'fences']],
  ['NO_SEAL', [], ['exclusion', 'fences']],
  ['NO_SEAL', quorum, ['exclusion']],
  ['SEALED_AT_ACCEPTANCE', quorum, ['exclusion']],
  ['OLDEST_AGE_SUBTRACTED', quorum, ['exclusion']],
  ['ACCEPTED_VALUE_IGNORED', quorum, ['succession']],
  ['PROMISE_NOT_KEPT', quorum, ['succession']],
]

/** No mutation: a hold that no member carries over is safe with permissions, for a member that is inside gives none. */
const harmless: readonly (readonly [mutation: string, configuration: readonly string[]])[] = [
  ['HOLDS_NOT_CARRIED', permission],
  ['NOT_ALL_CLAIMS', permission],
]

function propertyOf({ broken }: Search): Property | null {
  if (broken === null) return null
  if (broken.includes('lastEpoch')) return 'fences'
  if (broken.includes('value[')) return 'succession'
  return 'exclusion'
}

describe('the model of the view change, searched by spin', function () {
  this.timeout(300_000)

  before(function () {
    const missing = missingCommands()
    if (missing.length === 0) return
    const reason = `${missing.join(' and ')} not found: Debian has them as spin and gcc`
    if (process.env.HOLDFAST_TEST_STRICT === '1') throw new Error(reason)
    console.log(`      skipped: ${reason}`)
    this.skip()
  })

  for (const [what, definitions, statesMin] of configurations) {
    it(`keeps every property in all states: ${what}`, async () => {
      const result = await search(model, definitions, true)
      console.log(`      ${result.states.toLocaleString('en')} states, ${Math.round(result.memoryMb)} MB`)
      expect(result.broken).to.equal(null)
      expect(result.states).to.be.greaterThan(statesMin)
    })
  }

  for (const [mutation, configuration, breaks] of mutations) {
    it(`breaks by ${[mutation, ...configuration].join(', ')}`, async () => {
      expect(propertyOf(await search(model, [mutation, ...configuration], false))).to.be.oneOf([...breaks])
    })
  }

  for (const [mutation, configuration] of harmless) {
    it(`does not break by ${[mutation, ...configuration].join(', ')}, which is no fault there`, async () => {
      expect((await search(model, [mutation, ...configuration], false)).broken).to.equal(null)
    })
  }
})
