/**
 * The resource's process. Every worker reaches it by a socket in the file system, which no fault of the network touches, and
 * it writes the history: of several processes only one clock counts, and it is this one's, which no fault changes. What a
 * worker notes before an access comes before it in the file, even if the worker dies in between.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { serveParent } from '../../lib/children/parent.ts'
import type { Note, Question, Reply, ResourceCalls, ResourceOrder } from './protocol.ts'
import { Resource } from './resource.ts'

serveParent<ResourceCalls>({ open })

function open({ socket, history, fenced, beganNs }: ResourceOrder): Promise<void> {
  const began = BigInt(beganNs)
  const resource = new Resource(fenced)
  const file = openSync(history, 'a')
  const nowMs = (): number => Number(process.hrtime.bigint() - began) / 1e6
  const write = (atMs: number, note: Note): void => {
    writeSync(file, `${JSON.stringify({ atMs, ...note })}\n`)
  }
  const answer = (question: Question): Reply => {
    const atMs = nowMs()
    const nothing = { atMs, admitted: true, version: 0 }
    switch (question.type) {
      case 'time':
        return nothing
      case 'note':
        write(question.atMs ?? atMs, question.note)
        return nothing
      case 'access': {
        const admission = resource.access(question.access)
        write(atMs, { ...question.access, ...admission })
        return { atMs, ...admission }
      }
    }
  }
  const server = createServer((peer: Socket) => {
    // A worker that is killed breaks its connection; that is told by others.
    peer.on('error', () => peer.destroy())
    const lines = createInterface({ input: peer })
    lines.on('error', () => undefined)
    lines.on('line', (line) => {
      const { n, question } = JSON.parse(line) as { readonly n: number; readonly question: Question }
      peer.write(`${JSON.stringify({ n, reply: answer(question) })}\n`)
    })
  })
  process.once('exit', () => closeSync(file))
  return new Promise((resolve) => server.listen(socket, resolve))
}
