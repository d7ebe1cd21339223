/**
 * This file keeps what several copies of a module share: a second copy of the package (a monorepo, a duplicate in node_modules, a test runner or a framework that
 * loads modules again) finds the same one. A worker thread has its own.
 */

/** One for all modules that share their globals: test files that a test runner keeps apart have one each. */
export function globalWide<T>(name: string, make: () => T): T {
  return keptAt(globalThis, name, make)
}

/** What is kept at an object under a name; it is made at the first call. */
export function keptAt<T>(where: object, name: string, make: () => T): T {
  const shared = where as { [key: symbol]: T | undefined }
  return (shared[Symbol.for(`holdfast.${name}`)] ??= make())
}
