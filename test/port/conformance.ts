/**
 * Every promise of the port, as sentences that each engine must keep. A test of an engine hands in how its clients are opened; what only
 * one engine promises is tested beside that engine.
 */
import { itAcquires } from './acquiring.ts'
import { itCloses } from './closing.ts'
import { Clients, type Engine } from './engine.ts'
import { itGivesUp } from './giving-up.ts'
import { itHolds } from './holding.ts'
import { itEnds } from './ending.ts'
import { itLasts } from './lasting.ts'
import { itReenters } from './reentering.ts'
import { itRefuses } from './refusing.ts'
import { itTells } from './telling.ts'
import { itRefusesToRevoke, itRevokes } from './revoking.ts'
import { itRefusesToWatch, itWatches } from './watching.ts'
import { itWithstands } from './storms.ts'

/** Declares the suite for one engine. */
export function conformance(engine: Engine): void {
  describe(`the port, kept by ${engine.name}:`, () => {
    let tests = 0
    let clients: Clients

    beforeEach(() => {
      clients = new Clients(engine, `conformance ${engine.name} ${process.pid} ${++tests}`)
    })

    afterEach(() => clients.close())

    const given = (): Clients => clients
    const isPlain = engine.isPlain === true
    describe('acquire', () => itAcquires(given, isPlain))
    describe('a waiter that gives up', () => itGivesUp(given, isPlain))
    describe('a hold', () => itHolds(given))
    describe('a hold with maxHold', () => itEnds(given, isPlain))
    describe('the option revocable', () => (isPlain ? itRefusesToRevoke(given) : itRevokes(given)))
    describe('the time of a hold', () => itLasts(given))
    describe('a reentrant request', () => itReenters(given, isPlain))
    describe('close', () => itCloses(given))
    describe('query and events', () => itTells(given, isPlain))
    describe('a wrong call', () => itRefuses(given, isPlain))
    describe('watch', () => (isPlain ? itRefusesToWatch(given) : itWatches(given)))
    describe('a storm', () => itWithstands(given, engine.isStrict, isPlain))
  })
}
