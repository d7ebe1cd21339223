import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { withServer } from '../engines/servers.ts'
import { project } from './project.ts'

/** What each example must have said when it is over, beside an exit code of 0. */
const said: Readonly<Record<string, readonly RegExp[]>> = {
  'worker-pool.ts': [/worker \d does job 12$/m, /^all 12 jobs were done exactly once$/m],
  'three-hosts.ts': [
    /^members: \S+, \S+, \S+$/m,
    /holds dock\/7, fence \d+$/m,
    /^a stranger was turned away: REFUSED$/m,
    /the third left: 2 members$/m,
  ],
  'own-code-under-faults.ts': [
    /^careless: in seed \d+ the balance is \d+ after 15 bookings$/m,
    /is turned away: fence \d+ is too old$/m,
    /^careful: 50 seeds and nothing lost; in seed \d+ the balance is (\d+) after \1 bookings$/m,
  ],
  'consumers.ts': [/^process \d is killed$/m, /^all 6 partitions were consumed after process \d had died$/m],
  'croner-job.ts': [/^(process \d) begins \S+\n\1 is killed$/m, /^the job was done after process \d had died, once a second$/m],
  'order-steps.ts': [
    /pay order\/42\/pay with fence \d+\n(process \d) is killed$/m,
    /^the order was done after process \d had died$/m,
  ],
  'scheduled-job.ts': [
    /^(instance \d) begins tick \d+\n\1 is killed$/m,
    /^the job was done \d+ times after instance \d had died$/m,
  ],
  'stale-writers.ts': [
    ...['file', 'service', 'object'].map((resource) => new RegExp(`^the ${resource} refused fence \\d+: it knows \\d+$`, 'm')),
    /^the file says: by the later holder$/m,
  ],
  'stale-transactions.ts': [/^SQLite refused fence \d+: it knows \d+$/m, /^PostgreSQL refused fence \d+: it knows \d+$/m],
  'actor.ts': [/^taken 3, left 7$/m, /^declined: FAILED, SOLD_OUT/m, /begins anew with 0$/m, /^the watcher hears: ./m],
}

describe('the examples', () => {
  const postgres = withServer('postgresql', () => {})
  const files = readdirSync(join(project, 'examples')).filter((file) => file.endsWith('.ts'))

  it('are all looked at here', () => {
    expect(files).to.have.members(Object.keys(said))
  })

  for (const file of files) {
    it(`${file} runs as its header says, and ends`, function () {
      this.timeout(90_000)
      const tsx = fileURLToPath(import.meta.resolve('tsx/cli'))
      const args = [tsx, join('examples', file)]
      const env = { ...process.env, DATABASE_URL: `postgres://bench@127.0.0.1:${postgres.port()}/postgres` }
      const { status, stdout, stderr } = spawnSync(process.execPath, args, {
        cwd: project,
        env,
        encoding: 'utf8',
        timeout: 80_000,
      })
      expect({ status, stderr }, stdout).to.deep.equal({ status: 0, stderr: '' })
      for (const line of said[file] as readonly RegExp[]) expect(stdout).to.match(line)
    })

    it(`${file} is short, and says how to run it and what will be seen`, () => {
      const source = readFileSync(join(project, 'examples', file), 'utf8')
      expect(source.split('\n').length).to.be.lessThan(100)
      expect(source).to.include(`npx tsx examples/${file}`).and.to.include('You will see')
    })
  }
})
