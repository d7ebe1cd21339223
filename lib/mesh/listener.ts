/**
 * This file is the side that is dialled: an HTTP server, which answers hellos, and socket.io on it, which takes upgrades whose
 * dialler has proven itself. Other diallers get no websocket, and do not keep a connection for long.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import type { Server as SocketServer, Socket as ServerSocket } from 'socket.io'
import { formatAddress, socketIdOf } from '../base/address.ts'
import type { PeerInfo } from '../world/world.ts'
import { Challenges } from './challenges.ts'
import type { FrameSeals } from './frame-seal.ts'
import { type Answer, headers, type Hello, hostName, isNonce, newNonce, parts, paths } from './handshake.ts'
import type { OpenResources } from './open-resources.ts'
import { Decoder, Encoder } from './parser.ts'
import { type Refusal, type RefusalFacts, refusedDialler, type Rejection } from './refusals.ts'
import { frameSlackBytes, meshDefaults, type MeshSettings } from './settings.ts'
import { Strangers } from './strangers.ts'
import type { SocketTransport } from './transport.ts'
import { certificateNames, certificateOf, plainSocketOf, tlsFailure } from './tls-failures.ts'
import { clearTimeout, monotonicNowMs, setTimeout, wallNowMs } from './real-time.ts'
import { socketIo } from './packages.ts'

/** A dialler that has proven itself, before its websocket is taken. */
export interface Proven {
  readonly info: PeerInfo
  /** The connection's name, which both sides know. */
  readonly name: string
  /** The latest connection of this pair that the dialler knows to have ended. */
  readonly previous: string
  /** What the frames are sealed with; null without a secret, and with TLS. */
  readonly seals: FrameSeals | null
}

/** What a dialler whose connection is one too many is told. */
export const duplicateMessage = 'duplicate'
/** Connections beyond those of proven nodes that may exist while one takes another's place. */
const passingMax = 8

export class Listener {
  readonly server: Server
  private readonly settings: MeshSettings
  private readonly transport: SocketTransport
  private readonly io: SocketServer
  private readonly challenges: Challenges
  private readonly strangers: Strangers
  private readonly proven = new WeakMap<IncomingMessage, Proven>()
  private readonly sockets = new Set<Socket>()
  /** The number of sockets to proven nodes. */
  private provenCount = 0

  constructor(settings: MeshSettings, transport: SocketTransport, open: OpenResources) {
    this.settings = settings
    this.transport = transport
    this.challenges = new Challenges(settings.handshakeMs, meshDefaults.challengesMax)
    this.strangers = new Strangers(settings.strangersMax, settings.handshakeMs, (socket, why) =>
      this.tell(why, this.factsOf(socket)),
    )
    this.server = newServer(settings)
    this.server.on('connection', (socket: Socket) => this.accept(socket, open))
    this.hearFailures()
    const { Server: NewSocketServer } = socketIo()
    this.io = new NewSocketServer(socketOptions(settings))
    this.io.attach(this.server)
    // Replaces socket.io's own upgrade, which would let a websocket take over an existing one by its name alone.
    this.server.removeAllListeners('request').on('request', (request, response) => this.answer(request, response))
    this.server.removeAllListeners('upgrade').on('upgrade', (request, socket, head) => this.upgrade(request, socket, head))
    this.io.use((socket, next) => {
      const proven = this.proven.get(socket.request)
      next(proven !== undefined && transport.admit(proven, socket) ? undefined : new Error(duplicateMessage))
    })
    this.io.on('connection', (socket) => {
      if (settings.unref) unrefHeartbeat(socket)
      const proven = this.proven.get(socket.request)
      if (proven !== undefined) transport.opened(proven, socket)
    })
  }

  /** Accepts no dials any more, and cuts the remaining connections after a while. */
  close(lingerMs: number): void {
    this.server.close()
    this.strangers.clear()
    this.server.closeIdleConnections()
    const timer = setTimeout(() => {
      for (const socket of this.sockets) socket.destroy()
    }, lingerMs)
    this.server.once('close', () => clearTimeout(timer))
    if (this.sockets.size === 0) clearTimeout(timer)
  }

  private accept(socket: Socket, open: OpenResources): void {
    if (this.settings.unref) socket.unref()
    this.sockets.add(socket)
    open.add(socket)
    socket.once('close', () => this.sockets.delete(socket))
    // An error of a connection ends only that connection.
    socket.on('error', () => socket.destroy())
    this.strangers.add(socket)
  }

  /** Hears of requests that are no HTTP, and of TLS handshakes that fail. */
  private hearFailures(): void {
    this.server.on('tlsClientError', (error: Error, socket: TLSSocket) => {
      const plain = plainSocketOf(socket)
      const failure = tlsFailure(error, socket)
      if (!this.strangers.takeNote(plain)) return
      if (failure !== null) this.tell('tls', { ...this.factsOf(plain), failure })
      else if (plain.bytesRead > 0)
        this.tell('tls', {
          ...this.factsOf(plain),
          failure: "it broke off the TLS handshake: it may not trust this node's 'tls'",
        })
    })
    this.server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
      const isTlsFailure = socket instanceof TLSSocket && !socket.authorized
      if (!isTlsFailure && error.code !== 'ECONNRESET') this.turnAway(socket as Socket, 'request')
      socket.destroy()
    })
  }

  /** Answers a hello over plain HTTP. */
  private answer(request: IncomingMessage, response: ServerResponse): void {
    response.setHeader('connection', 'close')
    response.setHeader(headers.protocol, String(this.settings.protocol))
    if (request.url !== paths.hello || request.method !== 'GET') {
      this.turnAway(request.socket, request.headers.origin === undefined ? 'request' : 'origin')
      response.writeHead(404).end()
      return
    }
    const said = parts.hello.decode(request.headers[headers.hello])
    const refusal = this.judge(request, said)
    if (refusal !== null || said === null) {
      this.refuse(request, refusal ?? 'malformed', said)
      response.writeHead(403).end(refusal ?? 'malformed')
      return
    }
    const { identity, address, credentials } = this.settings
    const unproven: Answer = { id: identity.id, address, role: identity.role, nonce: newNonce(), wallMs: wallNowMs(), proof: '' }
    const answer = credentials.proveAnswer(said, unproven)
    if (!this.challenges.add(said, answer, monotonicNowMs())) {
      this.refuse(request, 'busy', said)
      response.writeHead(403).end('busy')
      return
    }
    response.writeHead(200).end(parts.answer.encode(answer))
  }

  /** Why a hello is refused; null if it is accepted. */
  private judge(request: IncomingMessage, said: Hello | null): Refusal | null {
    const { identity, credentials, protocol, address } = this.settings
    const spoken = request.headers[headers.protocol]
    if (request.headers.origin !== undefined) return 'origin'
    if (spoken !== undefined && spoken !== String(protocol)) return 'protocol'
    if (request.headers.host !== hostName) return 'host'
    if (said === null || spoken === undefined || said.id === '' || !isNonce(said.nonce)) return 'malformed'
    // An observer does not listen: with an address it could take the place of a node.
    if (said.role === 'observer' && said.address !== '') return 'malformed'
    if (said.protocol !== protocol) return 'protocol'
    if (said.id === identity.id && said.address === address) return 'self'
    if (said.cluster !== identity.cluster) return 'cluster'
    const secretRefusal = credentials.refusalOf(said)
    if (secretRefusal !== null) return secretRefusal
    if (!isOwnCertificate(request, said)) return 'identity'
    if (said.id === identity.id || this.transport.isTaken(said.id, said.address, said.role)) return 'idTaken'
    return this.transport.hasRoom(said.id, said.role) ? null : 'busy'
  }

  /** Takes the websocket of a dialler that proves itself, and no other. */
  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refused = this.judgeUpgrade(request)
    if (refused === null) {
      const plain = plainSocketOf(request.socket)
      this.strangers.proven(plain)
      this.provenCount++
      plain.once('close', () => this.provenCount--)
      // The engine of socket.io keeps its types to itself; the request is one to it as soon as it says so.
      this.io.engine.handleUpgrade(request as Parameters<typeof this.io.engine.handleUpgrade>[0], socket, head)
      return
    }
    this.refuse(request, refused.refusal, refused.hello)
    socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
    socket.once('finish', () => socket.destroy())
  }

  /** Why an upgrade is refused; null if it follows an answered hello and proves the secret. */
  private judgeUpgrade(request: IncomingMessage): { readonly refusal: Rejection; readonly hello: Hello | null } | null {
    if (request.headers.origin !== undefined) return { refusal: 'origin', hello: null }
    if (request.headers.host !== hostName) return { refusal: 'host', hello: null }
    if (!isPlainUpgrade(request.url)) return { refusal: 'request', hello: null }
    const asked = parts.upgrade.decode(request.headers[headers.upgrade])
    const challenge = asked === null ? null : this.challenges.take(asked.name, monotonicNowMs())
    if (asked === null || challenge === null) return { refusal: 'malformed', hello: null }
    const { hello, answer } = challenge
    const { credentials, connectionsMax } = this.settings
    if (!credentials.acceptUpgrade(hello, answer, asked)) return { refusal: 'secretWrong', hello }
    if (!isOwnCertificate(request, hello)) return { refusal: 'identity', hello }
    if (this.provenCount >= connectionsMax + passingMax) return { refusal: 'busy', hello }
    const info: PeerInfo = { id: hello.id, address: hello.address, role: hello.role, wallOffsetMs: -asked.offsetMs }
    const seals = credentials.sealsOf(hello, answer, asked, 'listener')
    this.proven.set(request, { info, name: asked.name, previous: asked.previous, seals })
    return null
  }

  private refuse(request: IncomingMessage, refusal: Rejection, said: Hello | null): void {
    const spoken = request.headers[headers.protocol]
    // A dial to the node itself is reported at its dialler side.
    if (!this.strangers.takeNote(plainSocketOf(request.socket)) || refusal === 'self') return
    this.tell(refusal, {
      ...this.factsOf(request.socket),
      ...(said === null ? {} : { otherCluster: said.cluster, given: said.address }),
      ...(typeof spoken === 'string' ? { otherProtocol: spoken } : {}),
    })
  }

  /** Reports a connection that is not a node's, once. */
  private turnAway(socket: Socket, why: Rejection): void {
    if (this.strangers.takeNote(plainSocketOf(socket))) this.tell(why, this.factsOf(socket))
  }

  private tell(why: Rejection, facts: RefusalFacts): void {
    this.transport.refused(facts.where, refusedDialler(why, facts))
  }

  private factsOf(socket: Socket): RefusalFacts {
    const { identity, protocol, address } = this.settings
    // The kernel lets only this user's processes connect, and does not say which process it is.
    const where = socketIdOf(address) === null ? remoteOf(socket) : 'a process of this user'
    return { where, cluster: identity.cluster, protocol }
  }
}

/** Whether the path is that of websockets and names no existing connection, which the new one would take over. */
function isPlainUpgrade(url: string | undefined): boolean {
  if (url === undefined || !url.startsWith(paths.mesh)) return false
  const { pathname, searchParams } = new URL(url, `http://${hostName}`)
  return pathname === paths.mesh && !searchParams.has('sid')
}

/** Observers are never dialled, and give no address; the certificate of a member must name its address. */
function isOwnCertificate({ socket }: IncomingMessage, { role, address }: Hello): boolean {
  return role === 'observer' || certificateNames(certificateOf(socket), address)
}

function newServer({ credentials: { tls }, handshakeMs }: MeshSettings): Server {
  const options = {
    headersTimeout: handshakeMs,
    requestTimeout: handshakeMs,
    keepAliveTimeout: 1,
    connectionsCheckingInterval: 1_000,
    maxHeaderSize: 16_384,
  }
  if (tls === undefined) return createServer(options)
  return createTlsServer({
    ...options,
    ...tls,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.3',
    // A little later than the listener's own patience, which tells of it.
    handshakeTimeout: handshakeMs + 1_000,
  })
}

function socketOptions({ frameBytesMax, handshakeMs }: MeshSettings) {
  return {
    path: paths.mesh,
    parser: { Encoder, Decoder },
    transports: ['websocket' as const],
    serveClient: false,
    allowUpgrades: false,
    perMessageDeflate: false,
    httpCompression: false,
    destroyUpgrade: false,
    maxHttpBufferSize: frameBytesMax + frameSlackBytes,
    connectTimeout: handshakeMs,
    pingInterval: meshDefaults.pingIntervalMs,
    pingTimeout: meshDefaults.pingTimeoutMs,
  }
}

/** The engine's heartbeat would keep the process alive; it re-arms the same timer, so once is enough. */
function unrefHeartbeat(socket: ServerSocket): void {
  const { pingIntervalTimer } = socket.conn as unknown as { readonly pingIntervalTimer: NodeJS.Timeout | null }
  pingIntervalTimer?.unref()
}

function remoteOf(socket: Socket): string {
  const { remoteAddress, remotePort } = socket
  return remoteAddress === undefined ? 'a peer that is gone' : formatAddress({ host: remoteAddress, port: remotePort ?? 0 })
}
