/**
 * This file finds what an unknown option was probably meant to be: it compares the names of other libraries, then the spelling.
 */
import { nearestName } from './nearest.ts'

interface Synonym {
  /** In lower case, without separators and without a unit. */
  readonly words: string
  /** The first of these that the call has is the one that was meant. */
  readonly options: readonly string[]
  /** A further sentence for the caller, or the only one if the call has none of these options. */
  readonly note?: string
}

const endlessHold =
  'A hold needs no time to live: it lasts until it is released, and is lost when the session of its node ends (createNode: profile.session). Give maxHold to end it after a time.'
const oneQueue = 'A request stays in the queue of the lock until it is granted, so there are no retries.'

const synonyms: readonly Synonym[] = [
  { words: 'timeout deadline acquiretimeout waittimeout waittime maxwait waitmax limit', options: ['wait'] },
  { words: 'retry retries retrycount retrydelay retryjitter retryinterval backoff jitter', options: ['wait'], note: oneQueue },
  {
    words:
      'ttl lease leasetime leasetimeout expire expires expiry expiration duration sessiontimeout automaticextension autoextend renew',
    options: ['session', 'profile'],
    note: endlessHold,
  },
  { words: 'abort abortsignal controller abortcontroller cancel canceltoken', options: ['signal'] },
  { words: 'name clustername namespace group app prefix', options: ['cluster'] },
  { words: 'seeds seed peers nodes hosts servers members endpoints addresses bootstrap', options: ['join'] },
  { words: 'host port bind hostname ip address bindaddress listenaddress', options: ['listen'] },
  { words: 'announce publicaddress publichost externaladdress advertiseaddress advertisedaddress', options: ['advertise'] },
  { words: 'dir folder path tmpdir rundir', options: ['directory'] },
  { words: 'statedir storage store persist datafolder datadirectory', options: ['dataDir'] },
  { words: 'password token sharedsecret auth psk key', options: ['secret'] },
  { words: 'ssl https certs certificates', options: ['tls'] },
  { words: 'certificate crt', options: ['cert'] },
  { words: 'privatekey', options: ['key'] },
  { words: 'authority cacert', options: ['ca'] },
  { words: 'log logging logs', options: ['logger'] },
  { words: 'shared exclusive readonly read write type permit slots concurrency', options: ['mode', 'permits'] },
  { words: 'order weight', options: ['priority'] },
  { words: 'metadata info data label labels description', options: ['meta'] },
  { words: 'maxrestarts maxretries attempts', options: ['restartsMax'] },
  { words: 'within window interval period', options: ['withinMs'] },
  { words: 'policy', options: ['strategy'] },
  { words: 'mailbox mailboxsize mailboxlimit maxmailbox', options: ['mailboxMax'] },
  { words: 'restarts restartpolicy supervision', options: ['restart'] },
  { words: 'onstop onstopped', options: ['stopped'] },
  { words: 'ontimer', options: ['timer'] },
  { words: 'onmessage', options: ['receive'] },
  { words: 'workers parallelism cores', options: ['threads'] },
]

const rowOf: ReadonlyMap<string, Synonym> = new Map(
  synonyms.flatMap((row) => row.words.split(' ').map((word) => [word, row] as const)),
)

/**
 * The option that an unknown name stands for: the same in another case, or a synonym. Null without one.
 *
 * @example synonymIn('timeoutMs', ['wait', 'signal']) // 'wait'
 */
export function synonymIn(key: string, known: readonly string[]): string | null {
  const word = plain(key)
  const options = rowOf.get(word)?.options ?? []
  return known.find((each) => plain(each) === word) ?? options.find((each) => known.includes(each)) ?? null
}

/** The advice for an unknown option: sentences, or an empty string. */
export function adviceFor(key: string, known: readonly string[]): string {
  const meant = synonymIn(key, known) ?? nearestName(key, known)
  const note = rowOf.get(plain(key))?.note
  return [...(meant === null ? [] : [`Did you mean '${meant}'?`]), ...(note === undefined ? [] : [note])].join(' ')
}

function plain(key: string): string {
  const word = key.toLowerCase().replaceAll(/[_-]/g, '')
  return word.length > 2 ? word.replace(/(ms|millis|seconds)$/, '') : word
}
