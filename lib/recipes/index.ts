/**
 * `holdfast/recipes`: what programs build of locks, as functions that take any engine's `Locks`. Each recipe is one file, and knows nothing of an
 * engine but the port.
 *
 * @module
 */
export * from '../base/errors.ts'
export type { Locks } from '../port/locks.ts'
export { type Stripes, stripes } from './stripes.ts'
