/**
 * What the layers test knows: the order of docs/architecture.md, *Layers*, and how to read a source file's imports and its doors to the
 * outside without a compiler. It judges text, so it can be shown made-up files.
 */

/** Folders from the lowest up; those of one row may not import each other. `index` stands for lib/index.ts. */
export const layers: readonly (readonly string[])[] = [
  ['base'],
  ['port'],
  ['clock'],
  ['wire'],
  ['observe'],
  ['world'],
  ['link'],
  ['membership'],
  ['view'],
  ['mutex'],
  ['lock'],
  ['actor'],
  ['node'],
  ['children', 'engines', 'mesh', 'recipes', 'sim'],
  ['index'],
  ['lab', 'bench', 'agent'],
  ['cli'],
]

const pureLayers = ['base', 'clock', 'wire', 'observe', 'world', 'link', 'membership', 'view', 'mutex', 'lock']
/** Asynchronous, but on a simulation's time: everything else ambient is as forbidden as below. */
const timelessLayers = [...pureLayers, 'port', 'actor', 'node', 'sim']

/** What an engine may know beside its own files: an engine is no part of the mesh, and loads none of it. */
const layersOfEngines = ['base', 'port', 'wire', 'observe']
/** What a recipe may know: it takes any engine, and loads none. */
const layersOfRecipes = ['base', 'port']
/** What several engines share. */
const foldersOfEngines = ['engines/common/', 'engines/client/']

/** Who alone may know a package; any file above the pure layers may know the others. */
const packageOwners: Readonly<Record<string, readonly string[]>> = {
  msgpackr: ['wire/codec.ts', 'mesh/parser.ts', 'bench/'],
  'socket.io': ['mesh/', 'bench/', 'agent/'],
  'socket.io-client': ['mesh/', 'bench/', 'agent/'],
  hyperid: ['mesh/'],
}

/** Where an exception is deliberate. */
const exceptions: Readonly<Record<string, readonly string[]>> = {
  // The one place where a simulation lets promises settle between two events.
  'sim/simulation.ts': ['setImmediate', 'process'],
  // And the one that knows when there is anything to settle.
  'sim/promise-watch.ts': ['node:v8'],
  // What a chain of calls has in common, for reentrant requests: no door to anything.
  'base/async-context.ts': ['node:async_hooks'],
  // How many listeners a hold's signal may have: no door to anything.
  'node/hold.ts': ['node:events'],
  // Who subscribes to a channel is told; what a channel tells, the code that publishes does not see.
  'port/diagnostics.ts': ['node:diagnostics_channel'],
}

/** In `sim` processes are what is simulated: there the global is known by what only it has. */
const ofTheRealProcess =
  /(?<![.\w$])process\s*\.\s*(env|argv|exit|exitCode|pid|ppid|cwd|chdir|nextTick|hrtime|uptime|platform|version|versions|memoryUsage|cpuUsage|stdin|stdout|stderr|on|once|off|emit|kill|getuid)\b/

const ambientNames = [
  'Date',
  'performance',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'process',
  'crypto',
  'fetch',
  'require',
  'WebSocket',
  'FinalizationRegistry',
  'WeakRef',
]
const ambientCalls = ['Math.random', 'AbortSignal.timeout', 'localeCompare', 'toLocaleString', 'Intl.']

/** The complaints about one file of lib, `file` being its path below lib with forward slashes. */
export function complaints(file: string, source: string): string[] {
  const layer = layerOf(file)
  const code = withoutComments(source)
  const bare = withoutStrings(code)
  const found: string[] = []
  if (rankOf(layer) === -1) found.push(`${file}: '${layer}' is no layer`)
  for (const specifier of importsOf(code)) found.push(...judgeImport(file, layer, specifier))
  if (/\bexport\s+default\b|\bas\s+default\b/.test(bare)) found.push(`${file}: default export`)
  const allowed = exceptions[file] ?? []
  if (timelessLayers.includes(layer)) {
    for (const name of ambientNames) {
      if (name === 'process' && layer === 'sim') {
        if (!allowed.includes(name) && ofTheRealProcess.test(bare)) found.push(`${file}: ambient process`)
        continue
      }
      // A property or a key of that name is a word of its own, not the global.
      if (!allowed.includes(name) && new RegExp(`(?<![.\\w$])${name}(?![\\w$]|\\s*\\??:)`).test(bare))
        found.push(`${file}: ambient ${name}`)
    }
    for (const call of ambientCalls) if (bare.includes(call)) found.push(`${file}: ambient ${call}`)
  }
  if (pureLayers.includes(layer)) {
    if (/(?<![.\w$])(async|await)(?![\w$]|\s*\??:)/.test(bare)) found.push(`${file}: asynchronous`)
    // The type is what a door gives; making or chaining one is asynchrony by another name.
    if (/\bnew\s+Promise\b|\bPromise\s*\.|\.then\s*\(/.test(bare)) found.push(`${file}: makes a promise`)
  }
  return found
}

function judgeImport(file: string, layer: string, specifier: string): string[] {
  if (specifier.startsWith('.')) {
    const target = resolve(file, specifier)
    if (target === null) return [`${file}: imports ${specifier}, which is outside lib`]
    const targetLayer = layerOf(target)
    if (layer === 'engines' && targetLayer === layer) {
      const isNear = [`${file.split('/', 2).join('/')}/`, ...foldersOfEngines].some((folder) => target.startsWith(folder))
      return isNear ? [] : [`${file}: an engine may not import another (${specifier})`]
    }
    if (targetLayer === layer) return []
    if (layer === 'engines' && !layersOfEngines.includes(targetLayer))
      return [`${file}: 'engines' may not import '${targetLayer}' (${specifier})`]
    if (layer === 'recipes' && !layersOfRecipes.includes(targetLayer))
      return [`${file}: 'recipes' may not import '${targetLayer}' (${specifier})`]
    if (rankOf(targetLayer) >= rankOf(layer)) return [`${file}: '${layer}' may not import '${targetLayer}' (${specifier})`]
    return []
  }
  const owners = packageOwners[specifier]
  if (owners !== undefined) {
    return owners.some((owner) => file.startsWith(owner)) ? [] : [`${file}: only ${owners.join(', ')} may import ${specifier}`]
  }
  return timelessLayers.includes(layer) && exceptions[file]?.includes(specifier) !== true
    ? [`${file}: '${layer}' may not import ${specifier}`]
    : []
}

/** Every module that the source names: static and dynamic imports, `require`, and re-exports; types too. */
export function importsOf(code: string): string[] {
  const pattern = /\b(?:import|export)\b[^'"`;()]*?\bfrom\s*(['"])(.+?)\1|\b(?:import\s*\(?|require\()\s*(['"])(.+?)\3/g
  return [...code.matchAll(pattern)].map((match) => (match[2] ?? match[4]) as string)
}

/** The layer of a file: its folder, or `index` for what lies in lib itself. */
function layerOf(file: string): string {
  return file.includes('/') ? (file.split('/')[0] as string) : file.replace(/\.ts$/, '')
}

function rankOf(layer: string): number {
  return layers.findIndex((row) => row.includes(layer))
}

/** The path below lib of what `file` names by a relative specifier; null when it leads out of lib. */
export function resolve(file: string, specifier: string): string | null {
  const parts = file.split('/').slice(0, -1)
  for (const step of specifier.split('/')) {
    if (step === '..') {
      if (parts.pop() === undefined) return null
    } else if (step !== '.') parts.push(step)
  }
  return parts.join('/')
}

const token =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|(?<=[=(,:[!&|?{};]\s*|\breturn\s+)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/g

/** The source without its comments. */
export function withoutComments(source: string): string {
  return source.replace(token, (found) => (found.startsWith('//') || found.startsWith('/*') ? ' ' : found))
}

/** Code, free of comments already, without the texts in it; what a template computes stays. */
export function withoutStrings(code: string): string {
  return code.replace(token, (found) =>
    found.startsWith('`') ? [...found.matchAll(/\$\{([^}]*)\}/g)].map((hole) => hole[1]).join(' ') : "''",
  )
}

/** The names that an index exports, and the ones among them without a docstring where they are declared. */
export function exportsOf(index: string, read: (file: string) => string): { names: string[]; undocumented: string[] } {
  const names: string[] = []
  const undocumented: string[] = []
  const code = withoutComments(read(index))
  for (const match of code.matchAll(/\bexport\s+(?:type\s+)?\{([^}]*)\}\s*from\s*['"](.+?)['"]/g)) {
    const file = resolve(index, match[2] as string)
    for (const item of (match[1] as string)
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')) {
      const name = (item.replace(/^type\s+/, '').split(/\s+as\s+/)[0] as string).trim()
      names.push(name)
      if (file === null || !isDocumented(name, file, read)) undocumented.push(name)
    }
  }
  for (const match of code.matchAll(/\bexport\s+\*\s+from\s*['"](.+?)['"]/g)) {
    const file = resolve(index, match[1] as string)
    const all = file === null ? { names: [], undocumented: [match[1] as string] } : exportsOf(file, read)
    names.push(...all.names)
    undocumented.push(...all.undocumented)
  }
  for (const match of code.matchAll(declaration('[\\w$]+'))) {
    const name = match[1] as string
    names.push(name)
    if (!isDocumented(name, index, read)) undocumented.push(name)
  }
  return { names, undocumented }
}

function declaration(name: string): RegExp {
  return new RegExp(
    `\\bexport\\s+(?:declare\\s+|abstract\\s+|async\\s+)*(?:const|function\\*?|class|interface|type)\\s+(${name})(?![\\w$])`,
    'g',
  )
}

function isDocumented(name: string, file: string, read: (file: string) => string): boolean {
  const source = read(file)
  const declared = declaration(name.replace('$', '\\$')).exec(source)
  if (declared !== null) return source.slice(0, declared.index).trimEnd().endsWith('*/')
  for (const match of source.matchAll(/\bexport\s+(?:type\s+)?\{([^}]*)\}\s*from\s*['"](.+?)['"]/g)) {
    if (
      !(match[1] as string).split(',').some(
        (part) =>
          part
            .trim()
            .replace(/^type\s+/, '')
            .split(/\s+as\s+/)
            .at(-1) === name,
      )
    )
      continue
    const next = resolve(file, match[2] as string)
    return next !== null && isDocumented(name, next, read)
  }
  return false
}
