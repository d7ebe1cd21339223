/**
 * Which file of `dist/bundled/shared` has a module, where the bundler is not to choose: few files for a program that imports Holdfast, and little
 * code for `holdfast --version`.
 */
import { join, sep } from 'node:path'
import type { Rolldown } from 'vite'

type Graph = Pick<Rolldown.PluginContext, 'getModuleInfo'>

/** What each entry imports, directly or not, as the first question about it found it. */
const reaches = new Map<string, ReadonlySet<string>>()

/** The name of the file for a module; null where the bundler chooses. */
export function sharedFile(lib: string, id: string, graph: Graph): string | null {
  const ofLibrary = reachOf(join(lib, 'index.js'), graph).has(id)
  const main = join(lib, 'cli', 'main.js')
  const ofCommandLine = reachOf(main, graph).has(id)
  if (ofLibrary && ofCommandLine) return 'base'
  // What the memory engine or a recipe has in common with a node, so that neither loads a node.
  const withoutNode = [join(lib, 'engines', 'memory', 'index.js'), join(lib, 'recipes', 'index.js')]
  if (ofLibrary) return withoutNode.some((entry) => reachOf(entry, graph).has(id)) ? 'port' : 'node'
  if (ofCommandLine && id !== main) return 'command-line'
  // What engines have in common.
  return /[\\/]engines[\\/](common|client)[\\/]/.exec(id)?.[1]?.replace(/^/, 'engines-') ?? null
}

/** The entry, and all that it imports statically. */
function reachOf(entry: string, graph: Graph): ReadonlySet<string> {
  const known = reaches.get(entry)
  if (known !== undefined) return known
  const found = new Set<string>()
  const next = [entry]
  for (let id = next.pop(); id !== undefined; id = next.pop()) {
    if (found.has(id) || !id.includes(sep)) continue
    found.add(id)
    next.push(...(graph.getModuleInfo(id)?.importedIds ?? []))
  }
  reaches.set(entry, found)
  return found
}
