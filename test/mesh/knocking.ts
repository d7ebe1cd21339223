/** What a stranger can send to a node's port, and what a dialler of a test's own making says. */
import { request } from 'node:http'
import { request as requestTls } from 'node:https'
import type { SecureContextOptions } from 'node:tls'
import { WebSocket } from 'ws'
import {
  type Answer,
  type Hello,
  headers,
  hostName,
  newNonce,
  parts,
  paths,
  proveHello,
  proveUpgrade,
} from '../../lib/mesh/handshake.ts'
import { protocolVersion } from '../../lib/wire/messages.ts'

/** A hello to cluster `test`, without a secret unless `rest` says so. */
export function helloOf(rest: Partial<Hello> & { readonly id: string }, secret?: string): Hello {
  const said: Hello = {
    protocol: protocolVersion,
    cluster: 'test',
    address: '',
    dialled: '',
    role: 'member',
    nonce: newNonce(),
    wallMs: Date.now(),
    hasSecret: secret !== undefined,
    proof: '',
    ...rest,
  }
  return { ...said, proof: proveHello(secret, said) }
}

/** The status of a plain request, or what the connection ended with. */
export function ask(
  address: string,
  path: string,
  set: Readonly<Record<string, string>>,
  tls?: SecureContextOptions,
): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve) => {
    const options = { headers: { host: hostName, ...set }, agent: false, servername: '', ...tls }
    const url = `${tls === undefined ? 'http' : 'https'}://${address}${path}`
    const asked = (tls === undefined ? request : requestTls)(url, options, (response) => {
      let body = ''
      response.on('data', (chunk) => (body += String(chunk)))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
    asked.on('error', (error) => resolve({ status: 0, body: error.message }))
    asked.end()
  })
}

/** Opens a raw websocket at the mesh's path; resolves with how that ended. */
export function knock(
  address: string,
  set: Readonly<Record<string, string>>,
  talk: (socket: WebSocket) => void = () => undefined,
  query = '',
  tls?: SecureContextOptions,
): Promise<string> {
  return new Promise((resolve) => {
    const url = `${tls === undefined ? 'ws' : 'wss'}://${address}${paths.mesh}?EIO=4&transport=websocket${query}`
    const socket = new WebSocket(url, { headers: { host: hostName, ...set }, rejectUnauthorized: false, ...tls })
    socket.on('open', () => talk(socket))
    socket.on('error', () => resolve('refused'))
    socket.on('close', (code) => resolve(`closed ${code}`))
  })
}

/** Says hello and has it answered. */
export async function greet(
  address: string,
  said: Hello,
  tls?: SecureContextOptions,
): Promise<{ readonly answer: Answer | null; readonly body: string }> {
  const set = { [headers.protocol]: String(protocolVersion), [headers.hello]: parts.hello.encode(said) }
  const { body } = await ask(address, paths.hello, set, tls)
  return { answer: parts.answer.decode(body), body }
}

/** The headers of an upgrade that follows an honest hello. */
export async function proven(
  address: string,
  id: string,
  secret?: string,
  rest: Partial<Hello> = {},
): Promise<Record<string, string>> {
  const said = helloOf({ id, ...rest }, secret)
  const { answer, body } = await greet(address, said)
  if (answer === null) throw new Error(`no answer: ${body}`)
  const asked = { name: answer.nonce, offsetMs: 0, previous: '', proof: '' }
  return { [headers.upgrade]: parts.upgrade.encode({ ...asked, proof: proveUpgrade(secret, said, answer, asked) }) }
}
