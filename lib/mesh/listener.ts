/**
 * The side that is dialled: an HTTP server of our own, which answers hellos, and socket.io on it, which takes upgrades
 * whose dialler has proven itself. Nobody else gets as far as a websocket.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import { Server as SocketServer, type Socket as ServerSocket } from 'socket.io'
import { formatAddress } from '../base/address.ts'
import type { HoldfastError } from '../base/errors.ts'
import type { NodeId } from '../base/ids.ts'
import type { PeerInfo, Role } from '../actor/world.ts'
import { Challenges } from './challenges.ts'
import {
  type Answer,
  headers,
  type Hello,
  newNonce,
  parts,
  paths,
  proofsAgree,
  proveAnswer,
  proveHello,
  proveUpgrade,
} from './handshake.ts'
import type { OpenResources } from './open-resources.ts'
import { Decoder, Encoder } from './parser.ts'
import { type Refusal, type RefusalFacts, refusedDialler } from './refusals.ts'
import { joinSmallWrites } from './small-writes.ts'
import { frameSlackBytes, meshDefaults, type MeshSettings } from './settings.ts'

/** A dialler that has proven itself, before its websocket is taken. */
export interface Proven {
  readonly info: PeerInfo
  /** The connection's name, which both sides know. */
  readonly name: string
  /** The latest connection of this pair that the dialler knows to have ended. */
  readonly previous: string
}

/** Who decides about those who have proven themselves. */
export interface ListenerOwner {
  readonly hasRoom: boolean
  /** Whether the id belongs to another node: one is connected under it in another role, or that can be dialled elsewhere. */
  isTaken(id: NodeId, address: string, role: Role): boolean
  /** False when the connection is one too many: the pair has another. */
  admit(proven: Proven, socket: ServerSocket): boolean
  opened(proven: Proven, socket: ServerSocket): void
  refused(from: string, error: HoldfastError): void
}

/** What a dialler whose connection is one too many is told. */
export const duplicateMessage = 'duplicate'

export class Listener {
  readonly server: Server
  private readonly settings: MeshSettings
  private readonly owner: ListenerOwner
  private readonly io: SocketServer
  private readonly challenges: Challenges
  private readonly proven = new WeakMap<IncomingMessage, Proven>()
  private readonly sockets = new Set<Socket>()

  constructor(settings: MeshSettings, owner: ListenerOwner, open: OpenResources) {
    this.settings = settings
    this.owner = owner
    this.challenges = new Challenges(settings.handshakeMs, meshDefaults.challengesMax)
    this.server = newServer(settings, (request, response) => this.answer(request, response))
    this.server.maxConnections = settings.connectionsMax + meshDefaults.challengesMax
    this.server.on('clientError', (_error, socket) => socket.destroy())
    this.server.on('upgrade', (request, socket) => {
      if (!request.url?.startsWith(paths.mesh)) socket.destroy()
    })
    this.server.on('connection', (socket: Socket) => {
      if (settings.unref) socket.unref()
      joinSmallWrites(socket)
      this.sockets.add(socket)
      open.add(socket)
      socket.once('close', () => this.sockets.delete(socket))
      // Whatever happens to a connection, it is that connection's end and no more.
      socket.on('error', () => socket.destroy())
    })
    this.io = new SocketServer({ ...socketOptions(settings), allowRequest: (request, done) => done(null, this.allow(request)) })
    this.io.attach(this.server)
    this.io.use((socket, next) => {
      const proven = this.proven.get(socket.request)
      next(proven !== undefined && owner.admit(proven, socket) ? undefined : new Error(duplicateMessage))
    })
    this.io.on('connection', (socket) => {
      if (settings.unref) unrefHeartbeat(socket)
      const proven = this.proven.get(socket.request)
      if (proven !== undefined) owner.opened(proven, socket)
    })
  }

  /** Takes no dials any more, and cuts whoever is left after a while. */
  close(lingerMs: number): void {
    this.server.close()
    this.server.closeIdleConnections()
    const timer = setTimeout(() => {
      for (const socket of this.sockets) socket.destroy()
    }, lingerMs)
    this.server.once('close', () => clearTimeout(timer))
    if (this.sockets.size === 0) clearTimeout(timer)
  }

  /** Answers a hello over plain HTTP. */
  private answer(request: IncomingMessage, response: ServerResponse): void {
    response.setHeader('connection', 'close')
    response.setHeader(headers.protocol, String(this.settings.protocol))
    if (request.url !== paths.hello || request.method !== 'GET') {
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
    const { identity, address, secret } = this.settings
    const unproven: Answer = { id: identity.id, address, role: identity.role, nonce: newNonce(), wallMs: Date.now(), proof: '' }
    const answer = { ...unproven, proof: proveAnswer(secret, said, unproven) }
    if (!this.challenges.add(said, answer, performance.now())) {
      this.refuse(request, 'busy', said)
      response.writeHead(403).end('busy')
      return
    }
    response.writeHead(200).end(parts.answer.encode(answer))
  }

  /** Why a hello is refused; null when it is not. */
  private judge(request: IncomingMessage, said: Hello | null): Refusal | null {
    const { identity, secret, protocol } = this.settings
    if (request.headers.origin !== undefined) return 'origin'
    const spoken = request.headers[headers.protocol]
    if (spoken !== undefined && spoken !== String(protocol)) return 'protocol'
    if (said === null || spoken === undefined || said.id === '') return 'malformed'
    // An observer listens nowhere: with an address it could stand where a node is looked for.
    if (said.role === 'observer' && said.address !== '') return 'malformed'
    if (said.id === identity.id && said.address === this.settings.address) return 'self'
    if (said.cluster !== identity.cluster) return 'cluster'
    if (secret !== undefined && !said.hasSecret) return 'secretMissing'
    if (secret === undefined && said.hasSecret) return 'secretUnexpected'
    if (!proofsAgree(proveHello(secret, said), said.proof)) return 'secretWrong'
    if (said.id === identity.id || this.owner.isTaken(said.id, said.address, said.role)) return 'idTaken'
    return this.owner.hasRoom ? null : 'busy'
  }

  /** Whether an upgrade is the sequel of a hello that we answered, by someone who has the secret. */
  private allow(request: IncomingMessage): boolean {
    const asked = parts.upgrade.decode(request.headers[headers.upgrade])
    const challenge = asked === null ? null : this.challenges.take(asked.name, performance.now())
    if (request.headers.origin !== undefined) return this.refuse(request, 'origin', null)
    if (asked === null || challenge === null) return this.refuse(request, 'malformed', null)
    const { hello, answer } = challenge
    if (!proofsAgree(proveUpgrade(this.settings.secret, hello, answer, asked), asked.proof))
      return this.refuse(request, 'secretWrong', hello)
    const info: PeerInfo = { id: hello.id, address: hello.address, role: hello.role, wallOffsetMs: -asked.offsetMs }
    this.proven.set(request, { info, name: asked.name, previous: asked.previous })
    return true
  }

  private refuse(request: IncomingMessage, refusal: Refusal, said: Hello | null): false {
    const spoken = request.headers[headers.protocol]
    const facts: RefusalFacts = {
      where: remoteOf(request),
      cluster: this.settings.identity.cluster,
      protocol: this.settings.protocol,
      ...(said === null ? {} : { otherCluster: said.cluster }),
      ...(typeof spoken === 'string' ? { otherProtocol: spoken } : {}),
    }
    // Dialling oneself is told to the dialler, who is the same.
    if (refusal !== 'self') this.owner.refused(facts.where, refusedDialler(refusal, facts))
    return false
  }
}

function newServer(
  { tls, handshakeMs }: MeshSettings,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const options = {
    headersTimeout: handshakeMs,
    requestTimeout: handshakeMs,
    keepAliveTimeout: 1,
    connectionsCheckingInterval: 1_000,
    maxHeaderSize: 16_384,
  }
  if (tls === undefined) return createServer(options, answer)
  return createTlsServer(
    { ...options, ...tls, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3', handshakeTimeout: handshakeMs },
    answer,
  )
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

function remoteOf(request: IncomingMessage): string {
  const { remoteAddress, remotePort } = request.socket
  return remoteAddress === undefined ? 'somebody who is gone' : formatAddress({ host: remoteAddress, port: remotePort ?? 0 })
}
