import { expect } from 'chai'
import { rendezvous } from '../../lib/base/hash.ts'
import { Links } from '../../lib/link/links.ts'
import { Wait } from '../../lib/node/wait.ts'
import { SimEndpoint } from '../../lib/sim/endpoint.ts'
import { Pool } from '../node/pool.ts'
import { readProject } from './project.ts'

/** The functions of a heading's tables in docs/architecture.md, without those of the real mesh, which a simulation has not. */
function wayOf(heading: string): string[] {
  const page = readProject('docs/architecture.md')
  const section = page.slice(page.indexOf(`### ${heading}\n`)).split(/\n##+ /)[0] ?? ''
  return [...section.matchAll(/^\| \d+ \| `([\w.]+)` \| `lib\/(\w+)\//gm)]
    .filter(([, , folder]) => folder !== 'mesh')
    .map(([, name]) => name as string)
}

/** The functions of the present stack, the innermost last, without what called the outermost of `way`. */
function stackFrom(way: readonly string[]): string[] {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 100
  const { stack = '' } = new Error()
  Error.stackTraceLimit = limit
  const calls = [...stack.matchAll(/^ +at ([\w.#<>]+)/gm)].map(([, name]) => name as string)
  // V8 tells no class of a function that is a property.
  const [first = '', bare = ''] = [way[0], way[0]?.split('.')[1]]
  const from = calls.findLastIndex((call) => call === first || call === bare)
  return calls
    .slice(0, from + 1)
    .reverse()
    .map((call) => call.split('.').at(-1) as string)
}

/** Runs the methods of `owner` through `saw` first. */
function spied(owner: { prototype: object }, name: string, saw: () => void): () => void {
  const methods = owner.prototype as Record<string, (...args: unknown[]) => unknown>
  const original = methods[name] as (...args: unknown[]) => unknown
  methods[name] = function (this: unknown, ...args: unknown[]) {
    saw()
    return original.apply(this, args)
  }
  return () => {
    methods[name] = original
  }
}

describe('the ways through a node', () => {
  it('are those of the architecture, function by function', async () => {
    const [request, frame, event] = ['A request, to the wire', 'A frame, to a grant', 'An event, to a listener'].map(wayOf)
    const sent = request?.slice(0, request.indexOf('Links.send')) ?? []
    const flushed = request?.slice(request.indexOf('Links.flushDeferred')) ?? []
    const granted = frame?.slice(0, -1) ?? []
    const ways = { sent, flushed, granted, told: event ?? [] }
    const seen: Record<string, string[]> = {}
    let isOn = false
    const see = (name: keyof typeof ways) => () => {
      if (isOn) seen[name] ??= stackFrom(ways[name])
    }
    const undo = [
      spied(Links, 'send', see('sent')),
      spied(SimEndpoint, 'send', see('flushed')),
      spied(Wait, 'granted', see('granted')),
    ]
    try {
      const pool = new Pool(1)
      const [a, b, c] = await pool.startAll(3)
      const ids = [a, b, c].map((each) => each?.node.id as string)
      const name = Array.from({ length: 100 }, (_, i) => `lock ${i}`).find((each) => rendezvous(each, ids) === ids[2]) as string
      const elsewhere = await pool.simulation.outcome(
        (b as typeof a)?.node.acquire(name) as Promise<{ release(): Promise<unknown> }>,
      )
      await elsewhere.release()
      a?.node.on('lockGranted', see('told'))
      isOn = true
      await pool.simulation.outcome(a?.node.acquire(name) as Promise<unknown>)
    } finally {
      for (const each of undo) each()
    }
    for (const [name, way] of Object.entries(ways)) {
      expect(way.length, name).to.be.greaterThan(2)
      const functions = way.map((each) => each.split('.')[1])
      // What is left is the spy itself, and what leaves the context of an owner once this process had a reentrant request.
      expect(seen[name]?.slice(0, functions.length), name).to.deep.equal(functions)
      expect(seen[name]?.length, name).to.be.at.most(functions.length + 4)
    }
  })
})
