import { expect } from 'chai'
import { simulatedNode } from '../../../lib/sim/node.ts'
import { Pool, rejection, type Worker } from '../pool.ts'

const hosts = ['one', 'two', 'three', 'four']
const wrong = { algorithm: 'token-ring' } as const

/** What happened to a healthy worker that must not. */
const harm = ({ events }: Worker): string[] =>
  events.flatMap((event) => (event.type === 'sessionEnded' ? [`session ended: ${event.reason}: ${event.message}`] : []))

/** Whom a worker says to have refused. */
const refusedBy = ({ events }: Worker): string[] =>
  events.flatMap((event) => (event.type === 'peerRefused' && event.code === 'CONFIG_MISMATCH' ? [event.from] : []))

describe('a voter that comes back with another algorithm', () => {
  const joinOf = (count: number): string[] => hosts.slice(0, count).map((host) => `${host}:7000`)
  const begin = async (count: number): Promise<{ pool: Pool; workers: Worker[]; join: string[] }> => {
    const pool = new Pool(count)
    const join = joinOf(count)
    const workers = await pool.startAll(count, { join, profile: 'lan' }, (index) => hosts[index] as string)
    return { pool, workers, join }
  }

  for (const [place, others] of [
    [0, [1, 2]],
    [1, [0, 2]],
  ] as const) {
    it(`is refused and named while another voter is dead; the cluster goes on when that one is back (entry ${place})`, async () => {
      const { pool, workers, join } = await begin(3)
      const [healthy, dead] = others.map((index) => workers[index] as Worker) as [Worker, Worker]
      dead.world.crash()
      ;(workers[place] as Worker).world.crash()
      // So long that the healthy one has lost its session, and could only found.
      await pool.simulation.runFor(4000)
      const error = await pool.outcome(
        rejection(simulatedNode(pool.world(hosts[place] as string), { join, profile: 'lan', ...wrong })),
      )
      expect(error).to.include({ code: 'CONFIG_MISMATCH', option: 'algorithm' })
      expect(refusedBy(healthy)).to.have.length(1)
      expect(refusedBy(healthy)[0]).to.match(new RegExp(`^${hosts[place]}\\.`))
      await pool.start({ join, profile: 'lan' }, hosts[others[1]])
      const ended = harm(healthy).length
      await pool.simulation.runFor(20_000)
      expect(harm(healthy)).to.have.length(ended)
      expect(healthy.node.members).to.have.length(2)
      await pool.closeAll()
    })
  }

  it('is refused as often as it is started, and the view of the others stands', async () => {
    const { pool, workers, join } = await begin(4)
    const [one, two, three, four] = workers as [Worker, Worker, Worker, Worker]
    four.world.crash()
    two.world.crash()
    await pool.agree()
    const { epoch } = one.node.view ?? { epoch: 0 }
    for (let times = 0; times < 4; times++) {
      const error = await pool.outcome(rejection(simulatedNode(pool.world('two'), { join, profile: 'lan', ...wrong })))
      expect(error).to.include({ code: 'CONFIG_MISMATCH', option: 'algorithm' })
      await pool.simulation.runFor(3000)
    }
    expect([one, three].flatMap(harm)).to.deep.equal([])
    expect(one.node.view?.epoch).to.equal(epoch)
    await pool.closeAll()
  })

  it('is left out of a founding, which stands when it goes away again', async () => {
    const pool = new Pool(5)
    const join = joinOf(3)
    const other = pool.world('one')
    const alone = rejection(simulatedNode(other, { join, profile: 'lan', ...wrong }))
    const workers = await pool.startAll(2, { join, profile: 'lan' }, (index) => hosts[index + 1] as string)
    expect(await pool.outcome(alone)).to.include({ code: 'CONFIG_MISMATCH' })
    await pool.simulation.runFor(20_000)
    expect(workers.flatMap(harm)).to.deep.equal([])
    await pool.closeAll()
  })

  it('founds nothing with a fresh one of other options, and NO_QUORUM says why', async () => {
    const pool = new Pool(6)
    const join = joinOf(3)
    const errors = await pool.outcome(
      Promise.all([
        rejection(simulatedNode(pool.world('one'), { join, profile: 'lan', wait: '8s' })),
        rejection(simulatedNode(pool.world('two'), { join, profile: 'lan', wait: '8s', ...wrong })),
      ]),
    )
    for (const error of errors) {
      expect(error.code).to.equal('NO_QUORUM')
      expect(error.message).to.match(/(one|two):7000 \(\1\.1\) is of a cluster of this name with another 'algorithm'/)
    }
  })

  it('with a list of its own founds a cluster apart, and turns away no member that has lost its majority', async () => {
    const { pool, workers } = await begin(3)
    const [one, two, three] = workers as [Worker, Worker, Worker]
    two.world.crash()
    three.world.crash()
    await pool.simulation.runFor(4000)
    const apart = await pool.outcome(simulatedNode(pool.world('two'), { join: ['two:7000'], profile: 'lan' }))
    await pool.simulation.runFor(20_000)
    expect(harm(one).filter((reason) => !reason.includes('session:'))).to.deep.equal([])
    expect(refusedBy(one)).to.deep.equal([apart.id])
    await pool.outcome(apart.close())
    await pool.start({ join: joinOf(3), profile: 'lan' }, 'three')
    expect(one.node.members).to.have.length(2)
    await pool.closeAll()
  })
})
