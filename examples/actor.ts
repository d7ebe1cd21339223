/**
 * An actor of one's own on the mesh: a stock counter that lives on one node and is asked from another.
 *
 *   npx tsx examples/actor.ts
 *
 * You will see answers to questions (`ask`), messages without an answer (`tell`), a question that the actor declines,
 * a failure after which it begins anew, and the notice that reaches whoever watched it when its node is gone.
 */
import { createNode, HoldfastError, type UserActor } from '../lib/index.ts'

type Message =
  | { readonly type: 'add'; readonly count: number }
  | { readonly type: 'take'; readonly count: number }
  | { readonly type: 'read' }

/** The whole actor: what it begins with, and what becomes of it with each message. One message at a time. */
const stock: UserActor<{ count: number }, Message> = {
  init: () => ({ count: 0 }),
  receive(state, message, context) {
    switch (message.type) {
      case 'add':
        if (message.count < 0) throw new Error('that was not thought of') // A bug: the restart policy takes over.
        return { count: state.count + message.count }
      case 'take':
        if (message.count > state.count) {
          context.fail(`only ${state.count} left`, 'SOLD_OUT') // A refusal: the actor goes on.
          return state
        }
        context.reply(state.count - message.count)
        return { count: state.count - message.count }
      case 'read':
        context.reply(state.count)
        return state
    }
  },
  restart: { strategy: 'restart', restartsMax: 3, withinMs: 10_000 },
}

const cluster = `actor-${process.pid}`
const shop = await createNode({ cluster })
const till = await createNode({ cluster })

shop.spawn('stock/apples', stock)
const apples = till.ref(shop.id, 'stock/apples')

apples.tell({ type: 'add', count: 10 })
console.log(`taken 3, left ${await apples.ask<number>({ type: 'take', count: 3 })}`)

const refusal = await apples.ask({ type: 'take', count: 8 }).catch((error: unknown) => error)
if (!(refusal instanceof HoldfastError)) throw new Error('eight of seven apples were sold')
console.log(`declined: ${refusal.code}, ${refusal.reason}: ${refusal.message}`)

apples.tell({ type: 'add', count: -1 })
console.log(`after a failure it begins anew with ${await apples.ask<number>({ type: 'read' })}`)

const gone = new Promise<string>((resolve) => void apples.watch(resolve))
await shop.close()
console.log(`the watcher hears: ${await gone}`)
await till.close()
