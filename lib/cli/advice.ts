/**
 * This file says what to do about an error of the library, in the words of the command line. The library's own advice names
 * options of a program (`wait`, `query()`), which a user at a terminal does not have.
 */
import type { ErrorCode } from '../base/errors.ts'
import { exitCodes } from './usage.ts'

interface Advice {
  /** For commands that ask a running cluster. */
  readonly asking: string
  /** For commands that start processes or simulated nodes of their own. */
  readonly own: string
}

const again = 'Run the command again.'
const lessToDo = 'Run the command again when this machine has less to do.'
const both = (text: string): Advice => ({ asking: text, own: text })

const table: Readonly<Record<ErrorCode, Advice>> = {
  NOT_RUNNING: {
    asking: 'Start a node of that cluster, or name where one runs: --cluster NAME, --join ADDRESSES, --directory PATH.',
    own: lessToDo,
  },
  TIMEOUT: {
    asking: 'Check whether the nodes there are stopped or overloaded, or ask another node: --join ADDRESS.',
    own: lessToDo,
  },
  NO_QUORUM: {
    asking: 'Check that a majority of the join list is up and reachable, or ask another node: --join ADDRESS.',
    own: lessToDo,
  },
  REFUSED: {
    asking:
      'Correct what the message names. --cluster NAME and --join ADDRESSES name the cluster; --secret-file FILE or the --tls-ca, --tls-cert and --tls-key files prove that you may ask.',
    own: 'Correct what the message names.',
  },
  CONFIG_MISMATCH: {
    asking: 'Give the settings that the nodes of that cluster have, with options or with --config FILE.',
    own: again,
  },
  BAD_OPTION: both('Correct what the message names.'),
  OVERLOADED: { asking: 'Run the command again when the nodes of that cluster have less to do.', own: lessToDo },
  CLOCK_SKEW: both('Set the clock of this host (NTP).'),
  ABORTED: both(again),
  CLOSED: both(again),
  LOST: both(lessToDo),
  EXPIRING: both(lessToDo),
  FAILED: both('Read the logs of the node that the message names.'),
  NOT_OWNER: both(again),
  STALE: both(again),
  DEADLOCK: both(again),
  LOCK_ORDER: both(again),
  UPGRADE_CONFLICT: both(again),
}

/** The cure for an error of that code. */
export function cureFor(code: ErrorCode, options: Readonly<Record<string, unknown>>): string {
  return Object.hasOwn(options, 'join') ? table[code].asking : table[code].own
}

/** The exit code of a command that fails with that error code. */
export function exitCodeFor(code: ErrorCode): number {
  if (code === 'NO_QUORUM' || code === 'NOT_RUNNING') return exitCodes.unavailable
  return code === 'BAD_OPTION' ? exitCodes.usage : exitCodes.unclean
}

const environmentNames: Readonly<Record<string, string>> = {
  secret: '--secret-file (or HOLDFAST_SECRET)',
  tls: '--tls-ca, --tls-cert, --tls-key',
}

/** The command line's name of an option of the library; null if this command does not have it. */
export function optionInFlags(option: string, options: Readonly<Record<string, unknown>>): string | null {
  const flag = option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replaceAll('.', '-')
  if (Object.hasOwn(options, flag)) return `--${flag}`
  const root = option.split('.')[0] as string
  return Object.hasOwn(options, 'join') && Object.hasOwn(environmentNames, root) ? (environmentNames[root] as string) : null
}
