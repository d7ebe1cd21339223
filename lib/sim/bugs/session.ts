/** This file has the mistakes with sessions: measured by the wrong clock, or not looked at in time. */
import { NodeLocks } from '../../lock/locks.ts'
import { NodeHold } from '../../node/hold.ts'
import { Life } from '../../node/life.ts'
import { Views } from '../../view/views.ts'
import type { Bug } from './bug.ts'
import { replaceGetter, replaceMethod, type Undo } from './replace.ts'

const grayCheriton = 'Gray and Cheriton 1989'

/** A renewal that begins so far ahead on a clock makes that clock never end the session. */
const neverMs = 1e12

/** The register tells when a renewal began on three clocks. The clocks that are left out judge no session. */
function byOneClock(clock: 'monotonicMs' | 'wallMs'): Undo {
  return replaceMethod(Views, 'renewed', (_views, original, { monotonicMs, wallMs, bootMs }) =>
    original({
      monotonicMs: clock === 'monotonicMs' ? monotonicMs : monotonicMs + neverMs,
      wallMs: clock === 'wallMs' ? wallMs : wallMs + neverMs,
      bootMs: bootMs + neverMs,
    }),
  )
}

export const sessionBugs: readonly Bug[] = [
  {
    name: 'session-by-wall-clock',
    property: 'exclusion',
    breaks:
      'A session is over as soon as one of three clocks says so. By the wall clock alone a session lasts longer when an administrator sets that clock back.',
    source: grayCheriton,
    apply: () => byOneClock('wallMs'),
  },
  {
    name: 'session-without-boot-clock',
    property: 'exclusion',
    breaks:
      'The boot clock goes on while a machine sleeps. Without it and the wall clock a session survives a sleep that the others have waited out.',
    apply: () => byOneClock('monotonicMs'),
  },
  {
    name: 'session-unchecked-at-grant',
    property: 'exclusion',
    breaks:
      'A node checks its session at every grant. Without the check a process that wakes up grants itself what others hold by then.',
    source: grayCheriton,
    apply: () => replaceMethod(Views, 'mayGrant', (views) => views.phase === 'active'),
  },
  {
    name: 'session-unchecked-at-use',
    property: 'sessions',
    breaks: 'A hold checks the session at each use. If it waits for a timer, a process that has just woken up believes in it.',
    apply: () => replaceGetter(Life, 'sessionRemainingMs', () => Number.POSITIVE_INFINITY),
  },
  {
    name: 'signal-not-aborted',
    property: 'sessions',
    breaks: 'The signal of a lost hold is aborted. Without that the owner works on and takes the lock for its own.',
    apply: () => replaceMethod(NodeHold, 'signalLost', () => undefined),
  },
  {
    name: 'holds-outlive-session',
    property: 'sessions',
    breaks: 'A hold ends with the session under which it was granted. If it lives on, it counts as valid under the next session.',
    apply: () => replaceMethod(NodeLocks, 'end', (locks) => locks.stop()),
  },
]
