/**
 * This file is the handshake: what two nodes tell and prove to each other before anything else, in one request and the upgrade
 * that follows it.
 *
 *   dialler                                            listener
 *     hello  { cluster, id, address, role, nonce, … } ─▶   refuses, or
 *     ◀─ answer { id, address, role, nonce, …, proof }     proves that it has the secret
 *     upgrade { hello's listener nonce, proof, … }    ─▶   the dialler proves it too; frames may now be decoded
 *
 * Each proof is an HMAC-SHA256 under the shared secret over everything said until then, both nonces included. A word in front
 * says which of the three proofs it is, so a proof cannot be replayed or turned back on its maker. The hello carries one as well,
 * so that a wrong secret is refused early, with the reason on both sides. Where there is a secret and no TLS, every frame that
 * follows is sealed with keys made of both nonces (`frame-seal.ts`), unless `isDirect`. The sides do not ask each other whether
 * they want that: both conclude it from what the proofs cover, so no relay can talk them out of it.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { isIP } from 'node:net'
import { isLoopback, plainAddress, readAddress, socketIdOf } from '../base/address.ts'
import { bool, finite, type Infer, int, oneOf, record, text } from '../wire/schema.ts'
import { wireBounds } from '../wire/messages.ts'

/** The headers by which the handshake travels. A page in a browser cannot set them without asking first. */
export const headers = { protocol: 'holdfast-protocol', hello: 'holdfast-hello', upgrade: 'holdfast-upgrade' } as const

/**
 * The `Host` of every request. No name under `.invalid` leads anywhere (RFC 2606), so no page in a browser can have this host. A
 * page whose own name was made to lead to a node's address, as DNS rebinding does, sends its own name here.
 */
export const hostName = 'holdfast.invalid'

/** Where the listener hears hellos, and where it takes upgrades. */
export const paths = { hello: '/holdfast/hello', mesh: '/holdfast/mesh/' } as const

const id = text(64)
const nonce = text(64)
const proof = text(64)
const role = oneOf('member', 'observer')

const hello = record({
  /** The same as in the header, where it is read before anything is decoded; here the proofs cover it. */
  protocol: int(0, 2 ** 31 - 1),
  cluster: text(wireBounds.nameMax),
  id,
  address: text(wireBounds.addressMax),
  /** The address at which the dialler looks for the listener. */
  dialled: text(wireBounds.addressMax),
  role,
  nonce,
  wallMs: finite(),
  hasSecret: bool(),
  proof,
})
const answer = record({ id, address: text(wireBounds.addressMax), role, nonce, wallMs: finite(), proof })
const upgrade = record({
  /** The answer's nonce, by which the listener finds the hello; from then on it is the connection's name. */
  name: nonce,
  /** The listener's wall clock minus the dialler's, as the dialler measured it. */
  offsetMs: finite(),
  /** The name of the latest connection of this pair that the dialler knows to have ended; empty when there was none. */
  previous: text(64),
  proof,
})

export type Hello = Infer<typeof hello>
export type Answer = Infer<typeof answer>
export type Upgrade = Infer<typeof upgrade>

const nonceBytes = 18
const nonceLength = (nonceBytes * 8) / 6

/** A number that is used once. */
export function newNonce(): string {
  return randomBytes(nonceBytes).toString('base64url')
}

/** Whether a peer's nonce is long enough that no two draws are the same. */
export function isNonce(given: string): boolean {
  return given.length === nonceLength
}

/** The hello's proof; empty without a secret, as are the others. */
export function proveHello(secret: string | undefined, said: Hello): string {
  return prove(secret, 'hello', [helloFields(said)])
}

export function proveAnswer(secret: string | undefined, said: Hello, answered: Answer): string {
  return prove(secret, 'answer', [helloFields(said), answerFields(answered)])
}

export function proveUpgrade(secret: string | undefined, said: Hello, answered: Answer, asked: Upgrade): string {
  return prove(secret, 'upgrade', [helloFields(said), answerFields(answered), [asked.name, asked.offsetMs, asked.previous]])
}

/**
 * Whether only the system's administrator can be between the two: the dialler dialled the very unix socket or loopback address
 * that the listener has. A process of another user can relay only from an address of its own, and reaches no socket.
 */
export function isDirect({ dialled }: Hello, { address }: Answer): boolean {
  if (dialled === address && socketIdOf(address) !== null) return true
  // A name, `localhost` too, leads wherever the system says.
  const host = plainAddress(address) === address ? readAddress(address)?.host : undefined
  return dialled === address && host !== undefined && isIP(host) !== 0 && isLoopback(host)
}

/** Whether two proofs are the same, in a time that does not tell where they differ. */
export function proofsAgree(expected: string, given: string): boolean {
  const a = Buffer.from(expected)
  const b = Buffer.from(given)
  return a.length === b.length && timingSafeEqual(a, b)
}

function helloFields(said: Hello): readonly unknown[] {
  return [said.protocol, said.cluster, said.id, said.address, said.dialled, said.role, said.nonce, said.wallMs, said.hasSecret]
}

function answerFields(answered: Answer): readonly unknown[] {
  return [answered.id, answered.address, answered.role, answered.nonce, answered.wallMs]
}

function prove(secret: string | undefined, what: string, said: readonly unknown[]): string {
  if (secret === undefined) return ''
  return createHmac('sha256', secret)
    .update(JSON.stringify([what, ...said]))
    .digest('base64url')
}

/** The longest header taken, before it is decoded. */
const headerLengthMax = 6144

/** One part of the handshake as it travels in a header or a body. */
export const parts = { hello: headerOf(hello), answer: headerOf(answer), upgrade: headerOf(upgrade) }

function headerOf<T>(schema: { pack(value: T): unknown; unpack(raw: unknown): T }) {
  return {
    encode: (value: T): string => Buffer.from(JSON.stringify(schema.pack(value))).toString('base64url'),
    /** Null for data of another form. */
    decode(header: unknown): T | null {
      if (typeof header !== 'string' || header.length > headerLengthMax) return null
      try {
        return schema.unpack(JSON.parse(Buffer.from(header, 'base64url').toString()))
      } catch {
        return null
      }
    },
  }
}
