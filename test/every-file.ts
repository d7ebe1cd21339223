/**
 * What holds for each file of tests, loaded before it: its nodes remember nothing in the home of the person who runs it, and it leaves nothing behind that
 * would keep a process alive. Child processes inherit the folder.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as immediate, setTimeout as after } from 'node:timers/promises'

if (process.env['HOLDFAST_TEST_STATE'] === undefined) {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-test-state-'))
  process.env['HOLDFAST_TEST_STATE'] = folder
  process.env['XDG_STATE_HOME'] = folder
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
}

let aliveBefore = alive()
// While a hook runs, mocha has a timer of its own.
aliveBefore.set('Timeout', (aliveBefore.get('Timeout') ?? 0) + 1)

export const mochaHooks = {
  /** Fails a file of tests whose timers, sockets, servers or child processes outlive it by more than six seconds: a handshake has five. */
  async afterAll(this: Mocha.Context): Promise<void> {
    let left: string[] = []
    for (let checks = 0; checks < 300; checks++) {
      await after(20)
      await immediate() // a timer counts until its callback is over
      left = leftBehind()
      if (left.length === 0) return
    }
    aliveBefore = alive() // the next file is not to blame
    const titles = this.test?.parent?.suites.map(({ title }) => `“${title}”`) ?? []
    throw new Error(`These outlive the tests of ${titles.join(', ')}: ${left.join(', ')}. Close what a test creates.`)
  },
}

/** What keeps this process alive: how many of each kind. */
function alive(): Map<string, number> {
  const counts = new Map<string, number>()
  for (const kind of process.getActiveResourcesInfo()) if (kind !== 'Immediate') counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts
}

function leftBehind(): string[] {
  return [...alive()]
    .map(([kind, count]): [number, string] => [count - (aliveBefore.get(kind) ?? 0), kind])
    .filter(([more]) => more > 0)
    .map(([more, kind]) => `${more} ${kind}`)
}
