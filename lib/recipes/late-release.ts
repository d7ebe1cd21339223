/** This file keeps a lock for a while after the work under it has ended. */
import { unwatchAbort, watchAbort } from '../base/abort-watch.ts'
import type { Hold } from '../port/hold.ts'
import type { EngineTime } from '../port/time.ts'

/** Releases the hold at least so long after the given time: at once if that has passed. The loss of the hold, as by `close`, ends the timer. */
export async function releaseAfter(hold: Hold, time: EngineTime, sinceMs: number, atLeastMs: number): Promise<void> {
  const leftMs = atLeastMs - (time.nowMs() - sinceMs)
  const { signal } = hold
  if (leftMs <= 0 || signal.aborted) {
    await hold.release()
    return
  }
  const stop = time.after(leftMs, () => {
    unwatchAbort(signal, stop)
    void hold.release()
  })
  watchAbort(signal, stop)
}
