/** This file is the parent as a child sees it: an entry file calls it to answer its parent and to tell it news. */
import { parentPort } from 'node:worker_threads'
import { type CallFrame, type CallHandlers, type CallTable, type ChildFrame, sentError } from './calls.ts'

/** The parent of this process or thread. */
export interface Parent<News> {
  /** Tells the parent news without having been called. */
  tell(news: News): void
  /** From now on the end of the parent, or of the channel to it, does not end this process. */
  outlive(): void
}

/** How a child answers its parent. */
export interface ServeOptions {
  /**
   * Whether SIGINT ends this process, as it does without a handler. Default false: an interrupt from the keyboard reaches every
   * process of the terminal, and the parent ends its children in its own time.
   */
  readonly endsAtInterrupt?: boolean
}

/** Answers the calls of the parent from now on. This process ends when the parent ends, or closes the channel. */
export function serveParent<Calls extends CallTable<Calls>, News = never>(
  handlers: CallHandlers<Calls>,
  options: ServeOptions = {},
): Parent<News> {
  const channel = parentPort === null ? processChannel(options) : threadChannel(parentPort)
  const byName = handlers as unknown as Readonly<Record<string, (...args: readonly unknown[]) => unknown>>
  const answer = async ({ number, name, args }: CallFrame): Promise<void> => {
    try {
      channel.send({ kind: 'result', number, result: await byName[name]?.(...args) })
    } catch (error) {
      channel.send({ kind: 'failure', number, failure: sentError(error) })
    }
  }
  channel.receive((frame) => void answer(frame))
  channel.send({ kind: 'ready' })
  return { tell: (news) => channel.send({ kind: 'news', news }), outlive: () => channel.outlive() }
}

interface Channel {
  send(frame: ChildFrame): void
  receive(handler: (frame: CallFrame) => void): void
  outlive(): void
}

function processChannel({ endsAtInterrupt = false }: ServeOptions): Channel {
  const exit = (): void => process.exit(0)
  process.on('disconnect', exit)
  if (!endsAtInterrupt) process.on('SIGINT', () => {})
  return {
    send(frame) {
      // With a callback, no error is thrown if the parent has just ended.
      if (process.connected) process.send?.(frame, undefined, undefined, () => {})
    },
    receive: (handler) => void process.on('message', (frame) => handler(frame as CallFrame)),
    outlive: () => void process.off('disconnect', exit),
  }
}

function threadChannel(port: NonNullable<typeof parentPort>): Channel {
  return {
    send: (frame) => port.postMessage(frame),
    receive: (handler) => void port.on('message', handler),
    outlive() {},
  }
}
