import { readFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { createContext, runInNewContext, Script } from 'node:vm'

type Load = (exports: object, require: (id: string) => unknown, module: { exports: object }) => void

/**
 * Loads a CommonJS file as Jest does: compiled in a `vm` context that has JavaScript's own objects for itself, and Node's globals and
 * modules from outside. What it requires is loaded the same way.
 */
export function loadInNewRealm(file: string): Record<string, unknown> {
  const own = new Set(runInNewContext('Object.getOwnPropertyNames(globalThis)') as string[])
  // Node 26 warns when a storage is looked at that was given no file.
  const globals = Object.getOwnPropertyNames(globalThis).filter((name) => !own.has(name) && !/Storage$/.test(name))
  const context = createContext({ ...pick(globals), Uint8Array, ArrayBuffer })
  const loaded = new Map<string, { exports: object }>()
  const load = (path: string): object => {
    const known = loaded.get(path)
    if (known !== undefined) return known.exports
    const module = { exports: {} }
    loaded.set(path, module)
    if (path.endsWith('.json')) {
      module.exports = JSON.parse(readFileSync(path, 'utf8')) as object
      return module.exports
    }
    const program = `(function (exports, require, module) {${readFileSync(path, 'utf8')}\n})`
    const run = new Script(program, { filename: path }).runInContext(context) as Load
    const outer = createRequire(path)
    run(module.exports, (id) => (isBuiltin(id) || id.endsWith('.node') ? outer(id) : load(outer.resolve(id))), module)
    return module.exports
  }
  return load(file) as Record<string, unknown>
}

function pick(names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, (globalThis as Record<string, unknown>)[name]]))
}
