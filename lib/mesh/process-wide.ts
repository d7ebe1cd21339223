/**
 * What is the process's and not the module's: a second copy of the package (a monorepo, a duplicate in node_modules, a test runner that
 * resets its modules) finds the same one. A worker thread has its own.
 */
export function processWide<T>(name: string, make: () => T): T {
  const shared = globalThis as { [key: symbol]: T | undefined }
  return (shared[Symbol.for(`holdfast.${name}`)] ??= make())
}
