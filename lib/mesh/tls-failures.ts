/** This file says why a mutual TLS handshake failed, and which node a certificate names. */
import type { Socket } from 'node:net'
import { checkServerIdentity, type PeerCertificate, TLSSocket } from 'node:tls'
import { readAddress } from '../base/address.ts'

/** The connection below TLS, or the connection itself if it has no other below. */
export function plainSocketOf(socket: Socket): Socket {
  return (socket as unknown as { readonly _parent?: Socket | null })._parent ?? socket
}

const noTls = "it does not speak TLS and this node does: give all nodes 'tls'"
const failures: Readonly<Record<string, string>> = {
  ERR_SSL_HTTP_REQUEST: noTls,
  ERR_SSL_WRONG_VERSION_NUMBER: noTls,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: noTls,
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'it speaks no TLS 1.3',
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: "it shows no certificate: give it 'tls' with a key and a certificate",
  CERT_HAS_EXPIRED: 'its certificate has expired: issue a new one',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: set the clocks of both hosts',
}
const otherAuthority: ReadonlySet<string> = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_SIGNATURE_FAILURE',
])

/** Why the TLS handshake with a dialler failed; null if the dialler only disconnected and this side knows of no fault. */
export function tlsFailure(error: NodeJS.ErrnoException, socket: TLSSocket): string | null {
  // What the check of the certificate found stands here, in words of OpenSSL's; the error only says that the line went dead.
  const found = socket.authorizationError as unknown
  const code = found === undefined || found === null ? (error.code ?? error.message) : String(found)
  if (code === 'ECONNRESET' || code === 'EPIPE') return null
  if (otherAuthority.has(code)) return `another authority than this node's 'ca' signed its certificate (${code})`
  return failures[code] ?? `the TLS handshake failed (${code})`
}

/** The certificate at the other end of a connection that stands; null where there is no TLS. */
export function certificateOf(socket: Socket): PeerCertificate | null {
  return socket instanceof TLSSocket ? socket.getPeerCertificate() : null
}

/**
 * Whether a certificate is that of the host in the address which its owner gives. An address without a host names no host;
 * without TLS there is no certificate, and any address is believed.
 */
export function certificateNames(certificate: PeerCertificate | null, address: string): boolean {
  if (certificate === null) return true
  const host = readAddress(address)?.host.split('%')[0]
  return host !== undefined && checkIdentity(host, certificate) === undefined
}

/**
 * What is wrong with a certificate for this host. `localhost` is dialled as 127.0.0.1, so a certificate for the one serves for
 * the other.
 */
export function checkIdentity(host: string, certificate: PeerCertificate): Error | undefined {
  const error = checkServerIdentity(host, certificate)
  if (error === undefined || host !== '127.0.0.1') return error
  return checkServerIdentity('localhost', certificate) === undefined ? undefined : error
}
