/** This file keeps what the whole process has once, however many copies of the package and contexts of `vm` there are. A worker thread has its own. */
import { EventEmitter } from 'node:events'
import { keptAt } from '../base/global-wide.ts'

/**
 * One for the whole process. It is kept at an object of Node's and not at `globalThis`, of which every `vm` context has another,
 * and so every test file under Jest.
 */
export function processWide<T>(name: string, make: () => T): T {
  return keptAt(EventEmitter, name, make)
}
