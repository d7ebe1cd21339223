/** The golden stories: the main paths of a lock, each played by simulated nodes and written into a text file beside this one. */
import { type Player, Stage } from './stage.ts'

/** A story, and how it is played. */
export interface GoldenStory {
  /** The file is named after it. */
  readonly name: string
  /** What the story shows, for its file's head. */
  readonly about: string
  play(stage: Stage): Promise<void>
}

const hosts = ['a', 'b', 'c']
const algorithm = 'ricart-agrawala'

/** All stories, in the order in which a newcomer reads them. */
export const stories: readonly GoldenStory[] = [
  {
    name: 'first-acquire',
    about:
      'The first acquire of a lock with the default algorithm, its release, and the second acquire by the same node, which sends no message.',
    async play(stage) {
      // The home of 'invoice' is a.
      const [, b] = (await stage.cast(hosts, { clock: 'lamport' })) as [Player, Player]
      stage.begin()
      const first = await stage.simulation.outcome(stage.acquire(b, 'invoice'))
      await stage.release(b, first)
      await stage.simulation.runFor(50)
      stage.remark('The token stays at b:')
      await stage.release(b, await stage.simulation.outcome(stage.acquire(b, 'invoice')))
      await stage.simulation.runFor(50)
    },
  },
  {
    name: 'home-queue-handover',
    about:
      'Three nodes want one lock at the same moment, by the default algorithm: the home of the lock tells each site which one follows it, and the token goes from holder to follower.',
    async play(stage) {
      const players = await stage.cast(hosts, { clock: 'lamport' })
      await contend(stage, players)
    },
  },
  {
    name: 'contended-handover',
    about: 'The same by Ricart and Agrawala 1981: the earliest stamp enters first, and each release lets the next one in.',
    async play(stage) {
      const players = await stage.cast(hosts, { algorithm, clock: 'lamport' })
      await contend(stage, players)
    },
  },
  {
    name: 'token-ring-handover',
    about: 'The same by token ring: requests chase the token, and the token goes round.',
    async play(stage) {
      const players = await stage.cast(hosts, { algorithm: 'token-ring', clock: 'lamport' })
      await contend(stage, players)
    },
  },
  {
    name: 'crash',
    about:
      'The holder crashes. Its session is waited out, the others agree on a view without it, and the waiting request is granted with a higher fence.',
    async play(stage) {
      const [a, b] = (await stage.cast(hosts, { algorithm, clock: 'lamport' })) as [Player, Player]
      stage.begin()
      await stage.simulation.outcome(stage.acquire(a, 'invoice'))
      const waiting = stage.acquire(b, 'invoice')
      await stage.simulation.runFor(100)
      stage.happens(a, 'crashes')
      a.world.crash()
      const hold = await stage.simulation.outcome(waiting)
      await stage.release(b, hold)
      await stage.simulation.runFor(50)
    },
  },
  {
    name: 'partition',
    about:
      'The holder is cut off from the majority. Its hold is lost when its session ends, which is before the majority grants the lock again. When the network heals, it joins under a new id.',
    async play(stage) {
      const [a, b] = (await stage.cast(hosts, { algorithm, clock: 'lamport' })) as [Player, Player]
      stage.begin()
      await stage.simulation.outcome(stage.acquire(a, 'invoice'))
      stage.remark('The network is cut between a and the two others:')
      stage.simulation.network.faults.partition(['a'], ['b', 'c'])
      const hold = await stage.simulation.outcome(stage.acquire(b, 'invoice'))
      await stage.release(b, hold)
      stage.remark('The network heals:')
      stage.simulation.network.faults.heal()
      await stage.simulation.runUntil(() => a.node.state === 'active', '30s')
      await stage.simulation.runFor(50)
    },
  },
]

/** All players want one lock at the same moment, and each holds it for 10 ms. */
async function contend(stage: Stage, players: readonly Player[]): Promise<void> {
  stage.begin()
  const turns = players.map(async (player) => {
    const hold = await stage.acquire(player, 'invoice')
    stage.simulation.time.schedule(10, () => void stage.release(player, hold))
  })
  await stage.simulation.outcome(Promise.all(turns))
  await stage.simulation.runFor(50)
}

/** Plays a story and returns its file's text. */
export async function told(story: GoldenStory): Promise<string> {
  const stage = new Stage(7)
  await story.play(stage)
  const head = `${story.about}\n\nTime is in virtual milliseconds; each message takes 1 ms. Gossip and renewals of sessions are left out.`
  return `${head}\n\n${stage.text()}`
}
