/**
 * This file keeps values that all copies of the package in a process share: a second copy (a monorepo, a duplicate in
 * node_modules, a test runner or a framework that loads modules again) finds the same value. A worker thread has its own.
 */
import { EventEmitter } from 'node:events'

/**
 * One for the whole process. It is kept at an object of Node's and not at `globalThis`, of which every `vm` context has another,
 * and so every test file under Jest.
 */
export function processWide<T>(name: string, make: () => T): T {
  return kept(EventEmitter, name, make)
}

/** One for all modules that share their globals: test files that a test runner keeps apart have one each. */
export function globalWide<T>(name: string, make: () => T): T {
  return kept(globalThis, name, make)
}

function kept<T>(where: object, name: string, make: () => T): T {
  const shared = where as { [key: symbol]: T | undefined }
  return (shared[Symbol.for(`holdfast.${name}`)] ??= make())
}
