/** This file shows the holds of all engines and recipes alike: as plain data, and in a line for people. */
import { type InspectArguments, inspectAs } from '../base/shown.ts'

interface Shown<Mode, State> {
  readonly name: string
  readonly mode: Mode
  readonly fence: bigint
  readonly state: State
}

/** A hold as plain data; the fence as decimal digits, since a JSON number would lose its last ones. */
export function holdJson<Mode, State>({
  name,
  mode,
  fence,
  state,
}: Shown<Mode, State>): {
  readonly name: string
  readonly mode: Mode
  readonly fence: string
  readonly state: State
} {
  return { name, mode, fence: String(fence), state }
}

/** What `console.log` shows of a hold. */
export function inspectHold(kind: string, { name, mode, fence, state }: Shown<unknown, unknown>, args: InspectArguments): string {
  return inspectAs(kind, { name, mode, fence, state }, ...args)
}
