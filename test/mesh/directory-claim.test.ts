import { expect } from 'chai'
import { seededRandom } from '../../lib/base/random.ts'
import type { Sighting, BeaconState } from '../../lib/mesh/beacon-sightings.ts'
import { type DirectoryClaim, claimWith, type Lookout, type Rival } from '../../lib/mesh/directory-claim.ts'

const patience = 40

/** Beacons of a host in memory, where a test decides who goes on next. */
class Host {
  readonly beacons: Sighting[] = []
  /** The folders of those who are inside. */
  readonly inside: string[] = []
  private readonly ready: (() => void)[] = []
  private readonly below: (bound: number) => number
  private serial = 0
  private turns = 0

  constructor(below: (bound: number) => number) {
    this.below = below
  }

  /** A process that sees its own mounts: whatever stands in another folder it can neither reach nor call former. */
  lookout(standing: BeaconState = 'standing', reaches: (folder: string) => boolean = () => false): Lookout {
    return {
      look: () => [...this.beacons],
      stateOf: () => standing,
      reaches: ({ folder }) => reaches(folder),
      nowMs: () => this.turns,
      pause: () => this.turn(),
      raise: async (folder) => {
        // Before the name is bound, and again before the process goes on, others may do anything.
        await this.turn()
        const beacon = this.stand(folder)
        await this.turn()
        return { name: beacon.name, lower: () => void this.beacons.splice(this.beacons.indexOf(beacon), 1) }
      },
    }
  }

  stand(folder: string): Sighting {
    const beacon = { name: `beacon-${this.serial++}`, folder, pid: 1, socket: String(this.serial) }
    this.beacons.push(beacon)
    return beacon
  }

  /** Tries to come in as a node does, again and again while `tries` last, and stays inside. */
  async come(folder: string, tries: number): Promise<void> {
    for (let i = 0; i < tries; i++) {
      const outcome = await claimWith(this.lookout(), { path: '', isDeserted: () => false }, folder, this.turns + patience)
      if (isClaim(outcome)) return void this.inside.push(folder)
      await this.turn()
    }
  }

  /** Lets one after the other go on, drawn at random, until all have come in or given up. */
  async run(comers: readonly Promise<void>[]): Promise<void> {
    let isOver = false
    void Promise.all(comers).then(() => {
      isOver = true
    })
    while (!isOver) {
      this.turns++
      this.ready.splice(this.below(Math.max(1, this.ready.length)), 1)[0]?.()
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  private turn(): Promise<void> {
    return new Promise((resolve) => this.ready.push(resolve))
  }
}

function isClaim(outcome: DirectoryClaim | Rival): outcome is DirectoryClaim {
  return 'end' in outcome
}

const fresh = { path: '', isDeserted: () => false }
const deserted = { path: '', isDeserted: () => true }

describe('mesh: the claim of a folder', () => {
  it('accepts nodes of one folder only, in any order of their steps', async () => {
    const winners = new Set<string>()
    for (let seed = 0; seed < 300; seed++) {
      const random = seededRandom(seed)
      const host = new Host((bound) => random.below(bound))
      const folders = Array.from({ length: 2 + random.below(5) }, () => `1:${1 + random.below(3)}`)
      await host.run(folders.map((folder) => host.come(folder, 50)))
      expect(new Set(host.inside).size, `seed ${seed}: ${host.inside.join()}`).to.equal(1)
      const [winner] = host.inside as [string]
      winners.add(winner)
      // And all of that folder, since no process of it gives way once one is inside.
      expect(host.inside.length, `seed ${seed}`).to.equal(folders.filter((folder) => folder === winner).length)
    }
    expect(winners.size).to.equal(3)
  })

  it('is settled between two that start at once before either has lost its patience: the lower folder wins', async () => {
    for (const order of [
      ['1:1', '1:2'],
      ['1:2', '1:1'],
    ] as const) {
      // Always the one that has waited longest, so that both stand before either looks.
      const host = new Host(() => 0)
      await host.run(order.map((folder) => host.come(folder, 1)))
      expect(host.inside).to.deep.equal(['1:1'])
      expect(host.lookout().nowMs()).to.be.lessThan(patience / 2)
    }
  })

  it('leaves no beacon of processes that have given up', async () => {
    const host = new Host(() => 0)
    host.stand('1:1')
    await host.run([host.come('1:2', 3), host.come('1:0', 3)])
    expect(host.beacons.map(({ folder }) => folder)).to.deep.equal(['1:1'])
    expect(host.inside).to.deep.equal([])
  })

  it('is refused at once, without a beacon, where another folder is in use, be it the higher one', async () => {
    const host = new Host(() => 0)
    host.stand('1:9')
    const outcome = await claimWith(host.lookout(), fresh, '1:2', patience)
    expect(outcome).to.include({ isReachable: false, isFormer: false })
    expect(host.beacons).to.have.length(1)
  })

  it('gives way to a folder that it can go to itself', async () => {
    const host = new Host(() => 0)
    host.stand('1:9')
    expect(
      await claimWith(
        host.lookout('former', () => true),
        fresh,
        '1:2',
        patience,
      ),
    ).to.include({ isReachable: true })
  })

  it('does not heed what is forged', async () => {
    const host = new Host(() => 0)
    host.stand('1:1')
    let claim: DirectoryClaim | Rival | undefined
    await host.run([
      claimWith(
        host.lookout('forged', () => true),
        deserted,
        '1:2',
        patience,
      ).then((outcome) => void (claim = outcome)),
    ])
    expect(claim).to.have.property('blindSpot', null)
    expect((claim as DirectoryClaim).hasFormerUsers()).to.equal(false)
  })

  it('founds beside a former user, knowing of it, but takes over nothing from the dead', async () => {
    const host = new Host(() => 0)
    host.stand('1:1')
    expect(await claimWith(host.lookout('former'), deserted, '1:2', patience)).to.include({ isFormer: true })
    let claim: DirectoryClaim | Rival | undefined
    await host.run([claimWith(host.lookout('former'), fresh, '1:2', patience).then((outcome) => void (claim = outcome))])
    expect((claim as DirectoryClaim).hasFormerUsers()).to.equal(true)
    host.beacons.splice(0, 1)
    expect((claim as DirectoryClaim).hasFormerUsers()).to.equal(false)
    ;(claim as DirectoryClaim).end()
    expect(host.beacons).to.deep.equal([])
  })

  it('is blind, and says so, where no beacon can be made or none is shown', async () => {
    const host = new Host(() => 0)
    const refused = await claimWith({ ...host.lookout(), raise: async () => 'EPERM' }, fresh, '1:2', patience)
    expect(refused).to.have.property('blindSpot').that.matches(/EPERM/)
    let lowered = 0
    const raise: Lookout['raise'] = async () => ({ name: 'unseen', lower: () => void lowered++ })
    const unseen = await claimWith({ ...host.lookout(), raise }, fresh, '1:2', patience)
    expect(unseen)
      .to.have.property('blindSpot')
      .that.matches(/does not show/)
    expect(lowered).to.equal(1)
  })
})
