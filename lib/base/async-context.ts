/**
 * This file keeps one value for a chain of asynchronous calls: what a function calls and awaits finds the value that the function was run with.
 * Node follows promises for that, which costs every promise of the process some time, so this file lets it begin at the first use only.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

let storage: AsyncLocalStorage<unknown> | null = null

/** The value of this chain of calls; undefined if it has none. */
export function contextValue(): unknown {
  return storage === null ? undefined : storage.getStore()
}

/** Calls the function. It and all that it calls, awaits and schedules have the value. */
export function runWith<Argument, Result>(value: unknown, fn: (argument: Argument) => Result, argument: Argument): Result {
  storage ??= new AsyncLocalStorage()
  return storage.run(value, fn, argument)
}

/** Calls a function that is no part of this chain: a listener, or what opens a connection that will outlive the chain. */
export function runOutside<Argument, Result>(fn: (argument: Argument) => Result, argument: Argument): Result {
  return storage === null ? fn(argument) : storage.run(undefined, fn, argument)
}
