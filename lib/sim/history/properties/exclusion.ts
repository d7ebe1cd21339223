/** This file checks that no two holds that exclude each other are certain at one time. */
import { type Property, callText } from '../property.ts'

/**
 * While clocks keep their rates (`run.timely`), no two are certainly inside one lock at one time whose modes exclude each
 * other, and never more have a permit than there are. Holds begin with `granted` only, so that is when to look; an end
 * must be written before a grant that it allows.
 */
export function exclusion(): Property {
  return {
    after(event, run, report) {
      if (event.type !== 'granted' || !run.run.timely) return
      const entrant = run.call(event.call)
      if (entrant === undefined || entrant.grantedAtMs !== event.atMs || !run.isCertain(entrant)) return
      const others = run.holders(entrant.lock).filter((each) => each !== entrant)
      for (const other of others) {
        if (entrant.mode.isCompatibleWith(other.mode)) continue
        const since = `since ${other.grantedAtMs.toFixed(1)} ms`
        report('exclusion', `${callText(entrant)} is granted while ${callText(other)} is inside, ${since}`, [
          other.call,
          entrant.call,
        ])
      }
      const { mode } = entrant
      if (!mode.isCounted) return
      const inside = [...others.filter((each) => each.mode.equals(mode)), entrant]
      if (mode.hasRoomBeside(inside.length - 1)) return
      const names = inside.map(callText).join(', ')
      const callsInside = inside.map(({ call }) => call)
      report('exclusion', `'${entrant.lock}' has ${mode.limit} permits and ${inside.length} holders: ${names}`, callsInside)
    },
  }
}
