import fc from 'fast-check'
import { Mode, modeKinds } from '../../lib/base/mode.ts'
import { incarnationMax, type Message } from '../../lib/wire/messages.ts'

const id = fc.string({ minLength: 1, maxLength: 24 })
const name = fc.string({ minLength: 1, maxLength: 40 })
const address = fc.string({ maxLength: 40 })
const safe = fc.maxSafeNat()
const priority = fc.double({ noNaN: true, noDefaultInfinity: true })
const ms = fc.double({ noNaN: true, noDefaultInfinity: true })
const stamp = fc.record({ time: fc.nat(2 ** 31 - 1).map((n) => n * 65_536), count: fc.nat(65_535), id })
const permits = fc.integer({ min: 1, max: 2 ** 31 }).map((count) => Mode.permits(count))
const word = fc.constantFrom(...modeKinds.filter((kind) => kind !== 'permits')).map((kind) => Mode.of(kind))
const mode = fc.oneof(fc.constant(Mode.exclusive), fc.constant(Mode.shared), word, permits)
const epoch = fc.maxSafeNat().map((n) => n % 2 ** 35)
const viewId = fc.record({ epoch, digest: safe })
const config = fc.record({
  algorithm: name,
  algorithms: fc.array(fc.tuple(name, name), { maxLength: 3 }),
  permits: fc.array(fc.tuple(name, fc.integer({ min: 1, max: 1000 })), { maxLength: 3 }),
  clock: fc.constantFrom('hlc' as const, 'lamport' as const),
  sessionMs: ms,
  joinList: fc.array(address, { maxLength: 3 }),
})
const view = fc.record({
  cluster: name,
  epoch,
  members: fc.array(fc.record({ id, address, since: epoch }), { maxLength: 5 }),
  voters: fc.array(fc.option(id), { maxLength: 5 }),
  quarantine: fc.array(fc.record({ id, remainingMs: ms, lastEpoch: epoch }), { maxLength: 5 }),
  config,
})
const carried = fc.array(fc.record({ lock: name, holder: id, mode, fence: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }) }), {
  maxLength: 5,
})
const updates = fc.array(
  fc.record({
    id,
    address,
    state: fc.constantFrom('alive' as const, 'suspect' as const, 'down' as const, 'left' as const),
    incarnation: fc.maxSafeNat().map((n) => n % (incarnationMax + 1)),
    by: id,
  }),
  { maxLength: 5 },
)
const testimony = fc.record({ about: id, gone: fc.array(id, { maxLength: 3 }), exceptions: fc.array(name, { maxLength: 3 }) })
const ballot = fc.record({ round: safe, proposer: id })
const after = fc.option(viewId)

/** Plain data, as users send it to each other's actors. */
export const plainData: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.string(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).filter((n) => n > 2n ** 53n || n < -(2n ** 53n)),
    fc.uint8Array({ maxLength: 20 }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(
      fc.string().filter((key) => !key.startsWith('__proto')),
      tie('value'),
      { maxKeys: 5, noNullPrototype: true },
    ),
  ),
})).value

const body: fc.Arbitrary<unknown> = plainData
const lockBody = fc.oneof(
  fc.record({ kind: fc.constant('request' as const), stamp, mode, ifFree: fc.boolean() }),
  fc.record({ kind: fc.constant('reply' as const), stamp, using: safe, keep: fc.boolean() }),
  fc.record({ kind: fc.constant('freed' as const), stamp, using: safe }),
  fc.record({ kind: fc.constantFrom('done' as const, 'withdraw' as const, 'busy' as const), stamp }),
  fc.record({
    kind: fc.constantFrom('locked' as const, 'failed' as const, 'relinquish' as const, 'release' as const, 'inside' as const),
    stamp,
  }),
  fc.record({ kind: fc.constant('inquire' as const), stamp, ifFree: fc.boolean() }),
  fc.record({ kind: fc.constant('token' as const), starter: id, hops: safe, homing: fc.boolean() }),
  fc.record({ kind: fc.constant('chase' as const), stamp, ifFree: fc.boolean() }),
  fc.record({ kind: fc.constant('leap' as const), starter: id, hops: safe, skipped: fc.array(id, { maxLength: 5 }) }),
  fc.record({ kind: fc.constant('detour' as const), stamp, ifFree: fc.boolean(), skipped: fc.array(id, { maxLength: 5 }) }),
  fc.record({ kind: fc.constantFrom('baton' as const, 'anybody' as const, 'taken' as const), stamp }),
  fc.record({ kind: fc.constantFrom('follow' as const, 'astray' as const), stamp, mode, ifFree: fc.boolean() }),
  fc.record({ kind: fc.constantFrom('past' as const, 'before' as const, 'late' as const), stamp, mode, place: stamp }),
  fc.record({ kind: fc.constant('turn' as const), stamp, isContended: fc.boolean() }),
  fc.record({ kind: fc.constant('lend' as const), stamp, mayKeep: fc.boolean() }),
  fc.record({ kind: fc.constant('reclaim' as const) }),
  fc.record({
    kind: fc.constant('back' as const),
    returned: fc.array(fc.record({ mode, entries: safe, carried: safe }), { maxLength: 3 }),
  }),
  fc.record({ kind: fc.constant('homeward' as const), claimant: fc.option(stamp) }),
  fc.record({ kind: fc.constantFrom('settled' as const, 'homecoming' as const, 'ask' as const) }),
  fc.record({ kind: fc.constant('privilege' as const), asks: fc.boolean(), claimant: fc.option(stamp) }),
  fc.record({ kind: fc.constantFrom('acknowledge' as const, 'flush' as const, 'recall' as const), stamp }),
  fc.record({ kind: fc.constant('served' as const), stamp, last: fc.option(stamp) }),
  fc.record({ kind: fc.constant('want' as const), stamp, number: safe, ifFree: fc.boolean() }),
  fc.record({
    kind: fc.constant('succession' as const),
    served: fc.array(fc.tuple(id, safe), { maxLength: 5 }),
    queue: fc.array(id, { maxLength: 5 }),
  }),
  fc.record({ kind: fc.constant('overtaken' as const) }),
  fc.record({ kind: fc.constant('ranked' as const), stamp, priority, ifFree: fc.boolean(), place: id, grants: safe }),
  fc.record({
    kind: fc.constant('precedence' as const),
    stamp,
    grants: safe,
    queue: fc.array(fc.record({ stamp, priority, since: safe }), { maxLength: 5 }),
  }),
)

/** Any message of the table. */
export const anyMessage = fc.oneof(
  fc.record({ type: fc.constantFrom('swim.ping' as const, 'swim.ack' as const), sequence: safe, updates }),
  fc.record({ type: fc.constant('swim.pingRequest' as const), sequence: safe, target: id, remainingMs: fc.nat(), updates }),
  fc.record({ type: fc.constant('swim.nack' as const), sequence: safe }),
  fc.record({ type: fc.constant('swim.gossip' as const), updates }),
  fc.record({ type: fc.constant('swim.sync' as const), answer: fc.boolean(), updates }),
  fc.record({ type: fc.constant('view.newest' as const), view }),
  fc.record({ type: fc.constant('view.decided' as const), epoch }),
  fc.record({ type: fc.constant('view.join' as const), address, config, wallMs: ms, known: safe, floor: epoch }),
  fc.record({ type: fc.constant('view.refuse' as const), code: name, reason: name }),
  fc.record({ type: fc.constantFrom('view.leave' as const, 'view.ask' as const), view: viewId }),
  fc.record({ type: fc.constant('view.claim' as const), view: viewId, holds: carried, testimonies: fc.array(testimony) }),
  fc.record({
    type: fc.constant('view.activate' as const),
    view: viewId,
    carried,
    findings: fc.array(fc.record({ about: id, gone: fc.array(id), uninformed: fc.array(id), exceptions: fc.array(name) }), {
      maxLength: 3,
    }),
  }),
  fc.record({ type: fc.constant('vote.prepare' as const), after, ballot, config: safe }),
  fc.record({
    type: fc.constant('vote.promise' as const),
    after,
    ballot,
    accepted: fc.option(fc.record({ ballot, view })),
    epochMax: epoch,
    wallMs: ms,
    ages: fc.array(fc.record({ id, ageMs: ms }), { maxLength: 3 }),
  }),
  fc.record({ type: fc.constant('vote.accept' as const), after, ballot, view }),
  fc.record({ type: fc.constant('vote.accepted' as const), after, ballot }),
  fc.record({ type: fc.constant('vote.reject' as const), after, ballot, promised: ballot }),
  fc.record({ type: fc.constantFrom('session.renew' as const, 'session.renewed' as const), view: viewId, sequence: safe }),
  fc.record({ type: fc.constant('lock' as const), view: viewId, lock: name, counter: fc.nat(2 ** 28), body: lockBody }),
  fc.record({
    type: fc.constant('query.ask' as const),
    sequence: safe,
    what: fc.constantFrom('members' as const, 'locks' as const, 'waits' as const),
    pattern: name,
  }),
  fc.record({ type: fc.constant('query.answer' as const), sequence: safe, answer: body }),
  fc.record({ type: fc.constant('recover.found' as const), sequence: safe, join: fc.array(address, { maxLength: 3 }) }),
  fc.record({ type: fc.constant('actor.tell' as const), actor: name, body }),
  fc.record({ type: fc.constant('actor.ask' as const), sequence: safe, actor: name, body }),
  fc.record({ type: fc.constant('actor.answer' as const), sequence: safe, ok: fc.boolean(), code: name, body }),
  fc.record({ type: fc.constant('actor.watch' as const), actor: name, watch: fc.boolean() }),
  fc.record({ type: fc.constant('actor.gone' as const), actor: name, reason: name }),
  fc.record({ type: fc.constant('watch.start' as const), watch: safe, round: safe, pattern: name }),
  fc.record({ type: fc.constantFrom('watch.next' as const, 'watch.stop' as const), watch: safe }),
  fc.record({ type: fc.constant('watch.refuse' as const), watch: safe, round: safe }),
  fc.record({
    type: fc.constant('revoke.order' as const),
    sequence: safe,
    lock: name,
    fence: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
    isForced: fc.boolean(),
    reason: name,
  }),
  fc.record({
    type: fc.constant('revoke.answer' as const),
    sequence: safe,
    outcome: fc.constantFrom('asked' as const, 'released' as const, 'revoked' as const, 'lost' as const, 'refused' as const),
    isAlone: fc.boolean(),
  }),
  fc.record({
    type: fc.constant('watch.news' as const),
    watch: safe,
    round: safe,
    isWhole: fc.boolean(),
    locks: fc.array(
      fc.record({
        name,
        held: fc.array(
          fc.record({ mode, fence: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), owner: safe, ageMs: safe, meta: body }),
          {
            maxLength: 3,
          },
        ),
        pending: fc.array(fc.record({ mode, owner: safe, ageMs: safe, meta: body }), { maxLength: 3 }),
      }),
      { maxLength: 3 },
    ),
  }),
) as fc.Arbitrary<Message>
