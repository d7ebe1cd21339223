/**
 * This file is the side that dials. It first sends the hello over HTTP, and opens the websocket when both sides have proven
 * themselves.
 */
import { Agent, type ClientRequest, get, type IncomingMessage } from 'node:http'
import { Agent as TlsAgent, get as getTls } from 'node:https'
import { isIP, type Socket } from 'node:net'
import type { PeerCertificate } from 'node:tls'
import { formatAddress, readAddress } from '../base/address.ts'
import { type ClientEngine, type Connection, dialledConnection, dialledRaw } from './connection.ts'
import { describeShortage, isShortage } from './descriptors.ts'
import { type Answer, headers, type Hello, hostName, isNonce, newNonce, parts, paths } from './handshake.ts'
import { duplicateMessage } from './listener.ts'
import type { OpenResources } from './open-resources.ts'
import { Decoder, Encoder } from './parser.ts'
import { readRefusal, refusedDial, unnamedAnswerer } from './refusals.ts'
import { frameSlackBytes, type MeshSettings } from './settings.ts'
import { certificateNames, certificateOf, checkIdentity } from './tls-failures.ts'
import { monotonicNowMs, queueMicrotask, wallNowMs } from './real-time.ts'
import { socketIoClient } from './packages.ts'

/** The other side has proven itself; `hello` and `answer` are what was said. */
export interface Greeted {
  readonly hello: Hello
  readonly answer: Answer
  /** Its wall clock minus ours. */
  readonly offsetMs: number
}

/** The longest answer taken. */
const answerLengthMax = 8_192

/**
 * Says hello to an address; exactly one of the two callbacks is called, unless `cancel` comes first. What arrives is
 * proven.
 */
export function greet(
  settings: MeshSettings,
  address: string,
  open: OpenResources,
  greeted: (greeted: Greeted) => void,
  failed: (error: Error) => void,
): { cancel(): void } {
  const target = targetOf(settings, address)
  let request: ClientRequest | null = null
  let done = false
  const finish = (outcome: () => void): void => {
    if (done) return
    done = true
    outcome()
  }
  if (target === null) {
    queueMicrotask(() => finish(() => failed(new Error(`'${address.slice(0, 80)}' is not an address that can be dialled`))))
    return { cancel: () => finish(() => undefined) }
  }
  const hello = newHello(settings, target.spelled)
  let sentAtMs = monotonicNowMs()
  const options = {
    ...target.place,
    path: paths.hello,
    agent: false,
    headers: { host: hostName, [headers.protocol]: String(settings.protocol), [headers.hello]: parts.hello.encode(hello) },
    ...settings.credentials.tls,
    ...target.identity,
  }
  request = settings.credentials.tls === undefined ? get(options) : getTls(options)
  open.add(request)
  request.on('socket', (socket: Socket) => {
    open.add(socket)
    if (settings.unref) socket.unref()
    // The round trip by which the clocks are compared is not to hold the time it took to connect.
    socket.once(settings.credentials.tls === undefined ? 'connect' : 'secureConnect', () => {
      sentAtMs = monotonicNowMs()
    })
  })
  request.on('error', (error) =>
    finish(() => failed(new Error(`cannot reach ${address}: ${describeError(error)}`, { cause: error }))),
  )
  request.on('response', (response) => {
    const certificate = certificateOf(response.socket)
    readBody(response, (body) =>
      finish(() => {
        const tripMs = monotonicNowMs() - sentAtMs
        const nowMs = wallNowMs()
        const outcome = judge(settings, address, hello, response, body, certificate)
        if (outcome instanceof Error) failed(outcome)
        else greeted({ hello, answer: outcome, offsetMs: leastOffsetMs(outcome.wallMs, nowMs, tripMs) })
      }),
    )
  })
  return {
    cancel() {
      finish(() => undefined)
      request?.destroy()
    },
  }
}

/** Where a dial leads. */
interface Target {
  readonly place: { readonly host: string; readonly port: number } | { readonly socketPath: string }
  /** The address in its one spelling. */
  readonly spelled: string
  /** For the websocket, which takes a URL even where an agent connects it. */
  readonly authority: string
  /** By which TLS judges the certificate there. */
  readonly identity: {
    readonly servername: string
    readonly checkServerIdentity: (host: string, certificate: PeerCertificate) => Error | undefined
  }
}

/** Null when the address cannot be dialled from here. */
function targetOf({ sockets }: MeshSettings, address: string): Target | null {
  const socketPath = sockets?.pathTo(address) ?? null
  if (socketPath !== null) return { place: { socketPath }, spelled: address, authority: hostName, identity: identityOf('') }
  const target = readAddress(address)
  if (target === null || target.port === 0) return null
  const spelled = formatAddress(target)
  return { place: target, spelled, authority: spelled, identity: identityOf(target.host) }
}

function identityOf(host: string): Target['identity'] {
  return { servername: serverNameOf(host), checkServerIdentity: (_, certificate) => checkIdentity(host, certificate) }
}

/**
 * How far apart two clocks are at least, when the other was read at an unknown moment of a round trip that is over now.
 * A process that stood still meanwhile made the trip long: its clock is not called wrong for that.
 *
 * @returns the other minus ours, in milliseconds.
 */
export function leastOffsetMs(theirWallMs: number, ownWallMs: number, tripMs: number): number {
  const aheadMs = theirWallMs - ownWallMs
  return aheadMs > 0 ? aheadMs : Math.min(0, aheadMs + tripMs)
}

function newHello({ identity, address, credentials, protocol }: MeshSettings, dialled: string): Hello {
  const unproven: Hello = {
    protocol,
    cluster: identity.cluster,
    id: identity.id,
    address,
    dialled,
    role: identity.role,
    nonce: newNonce(),
    wallMs: wallNowMs(),
    hasSecret: credentials.hasSecret,
    proof: '',
  }
  return credentials.proveHello(unproven)
}

/** The whole body as a text, or null when it is too long or was cut. */
function readBody(response: IncomingMessage, read: (body: string | null) => void): void {
  let body = ''
  response.setEncoding('latin1')
  response.on('data', (chunk: string) => {
    body += chunk
    if (body.length > answerLengthMax) response.destroy()
  })
  response.on('error', () => read(null))
  response.on('close', () => read(response.complete && body.length <= answerLengthMax ? body : null))
}

/** The proven answer, or what is wrong with it. */
function judge(
  settings: MeshSettings,
  address: string,
  hello: Hello,
  response: IncomingMessage,
  body: string | null,
  certificate: PeerCertificate | null,
): Answer | Error {
  const { credentials, protocol, identity } = settings
  const spoken = response.headers[headers.protocol]
  if (typeof spoken !== 'string') return new Error(`${address} answers, but not as a Holdfast node: check host and port`)
  const { cluster, secretFrom } = identity
  const facts = { where: address, cluster, protocol, otherProtocol: spoken, secretFrom }
  if (spoken !== String(protocol)) return refusedDial('protocol', facts)
  if (body === null) return new Error(`the answer of ${address} was cut off`)
  if (response.statusCode !== 200) return refusedDial(readRefusal(body) ?? 'malformed', { ...facts, given: hello.address })
  const answer = parts.answer.decode(body)
  if (answer === null || answer.id === '' || !isNonce(answer.nonce) || answer.nonce === hello.nonce)
    return refusedDial('malformed', facts)
  if (answer.id === identity.id && answer.address === hello.address) return refusedDial('self', facts)
  if (!credentials.acceptAnswer(hello, answer)) return refusedDial('secretWrong', facts)
  if (!certificateNames(certificate, answer.address)) return unnamedAnswerer({ ...facts, given: answer.address })
  if (answer.id === identity.id) return refusedDial('idTaken', facts)
  return answer
}

export interface UpgradeListener {
  opened(): void
  frame(bytes: Uint8Array): void
  /** Instead of `opened`: the pair already has another connection. */
  duplicate(): void
  /** Instead of `opened`. */
  failed(error: Error): void
  /** After `opened`, as for a `Connection`. */
  tampered(): void
  /** After `opened`. */
  closed(reason: string): void
}

/** Opens the websocket to a peer that was greeted. The listener hears nothing any more once the connection is ended. */
export function openWebsocket(
  settings: MeshSettings,
  address: string,
  { hello, answer, offsetMs }: Greeted,
  previous: string,
  open: OpenResources,
  listener: UpgradeListener,
): Connection {
  const unproven = { name: answer.nonce, offsetMs, previous, proof: '' }
  const { credentials } = settings
  const upgrade = credentials.proveUpgrade(hello, answer, unproven)
  const target = targetOf(settings, address) as Target
  const { Manager } = socketIoClient()
  const manager = new Manager(`${credentials.tls === undefined ? 'http' : 'https'}://${target.authority}`, {
    path: paths.mesh,
    parser: { Encoder, Decoder },
    transports: ['websocket'],
    autoConnect: false,
    reconnection: false,
    upgrade: false,
    timeout: settings.handshakeMs,
    autoUnref: settings.unref,
    extraHeaders: {
      host: hostName,
      [headers.protocol]: String(settings.protocol),
      [headers.upgrade]: parts.upgrade.encode(upgrade),
    },
    ...bounds(settings),
    ...credentials.tls,
    agent: agentFor(target, credentials.tls !== undefined),
  })
  const socket = manager.socket('/')
  let isOpen = false
  let ended = false
  const opened = (): void => {
    if (isOpen || ended) return
    isOpen = true
    listener.opened()
  }
  const fail = (tell: () => void): void => {
    if (isOpen || ended) return
    ended = true
    connection.terminate()
    tell()
  }
  socket.on('connect', opened)
  socket.on('connect_error', (error) =>
    fail(() => {
      if (error.message === duplicateMessage) listener.duplicate()
      else listener.failed(new Error(`${address} did not accept the connection: ${describe(error)}`, { cause: error }))
    }),
  )
  socket.connect()
  const engine: ClientEngine = manager.engine
  const raw = dialledRaw(engine)
  open.add(raw)
  // A manager whose engine was closed before it opened keeps the timer of its own that waits for that.
  raw.once('close', () => {
    if (!isOpen) socket.disconnect()
  })
  const seals = credentials.sealsOf(hello, answer, upgrade, 'dialler')
  const masking = 'socketPath' in target.place ? 'zero' : 'random'
  const connection = dialledConnection(engine, masking, seals, {
    frame(bytes) {
      // The first frame may come in one piece with the packet that opens, which socket.io tells a little later.
      opened()
      if (!ended) listener.frame(bytes)
    },
    tampered() {
      if (isOpen) listener.tampered()
      else fail(() => listener.failed(new Error(`the first frame of ${address} was altered on the way`)))
    },
    closed(reason) {
      if (isOpen) return listener.closed(reason)
      // On a refusal socket.io closes the engine first and tells us why afterwards, in the same turn.
      queueMicrotask(() => fail(() => listener.failed(new Error(`${address} closed the connection: ${reason}`))))
    },
  })
  return connection
}

/**
 * The agent that connects the websocket where its own way does not serve. A socket's path may hold characters that a URL cannot.
 * With TLS the websocket would take the name for the certificate from the header. The type knows the agents of browsers only.
 */
function agentFor({ place, identity }: Target, isTls: boolean): boolean {
  const to = 'socketPath' in place ? place : {}
  const agent = isTls ? new TlsAgent({ ...to, ...identity }) : 'socketPath' in place ? new Agent(to) : false
  return agent as unknown as boolean
}

/** Bounds of what a listener may send us, and no compression; the engine hands them to the websocket. */
function bounds({ frameBytesMax }: MeshSettings): object {
  return { maxPayload: frameBytesMax + frameSlackBytes, perMessageDeflate: false }
}

/**
 * The name that a certificate must have, if it is not an IP address: node would take it from the header `Host`. A socket has none, and Node's
 * first look for an IPv6 address compiles an expression for 5 ms.
 */
function serverNameOf(host: string): string {
  return host === '' || isIP(host) !== 0 ? '' : host
}

/** What the system or TLS has against a dial, with a cure where there is one. */
function describeError(error: Error): string {
  if (isShortage(error)) return describeShortage(error)
  if ('code' in error && error.code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `${error.message}; issue its certificate with that name or IP address as a subjectAltName, or dial it by a name or address that the certificate has`
  return error.message
}

function describe(error: Error & { readonly description?: unknown }): string {
  const description = error.description
  if (typeof description === 'object' && description !== null && 'message' in description)
    return `${error.message} (${String(description.message)})`
  return error.message
}
