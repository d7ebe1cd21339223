/** What the bundler is told beyond its options, as plugins of it. */
import { readFileSync } from 'node:fs'
import { dirname, join, posix, relative, sep } from 'node:path'
import type { Rolldown } from 'vite'

/** Packages that others load if they are installed, and do without when the load throws. A bundle has none of them. */
export function absentPackages(names: readonly string[]): Rolldown.Plugin & { enforce: 'pre' } {
  return {
    name: 'absent-packages',
    enforce: 'pre',
    resolveId: (id) => (names.includes(id) ? `\0absent:${id}` : null),
    load: (id) => (id.startsWith('\0absent:') ? `throw new Error('not in this bundle: ${id.slice(8)}')` : null),
  }
}

/** Several packages may have a copy of their own in node_modules. The first one stands for all; they must be of one version. */
export function oneCopyOf(name: string): Rolldown.Plugin & { enforce: 'pre' } {
  let first: string | null = null
  const version = (file: string): unknown => JSON.parse(readFileSync(join(dirname(file), 'package.json'), 'utf8')).version
  return {
    name: 'one-copy',
    enforce: 'pre',
    async resolveId(id, importer, options) {
      if (id !== name) return null
      const found = await this.resolve(id, importer, { ...options, skipSelf: true })
      if (found === null) return null
      first ??= found.id
      if (version(first) !== version(found.id)) throw new Error(`two versions of ${name}: ${first} and ${found.id}`)
      return join(dirname(first), 'index.js')
    },
  }
}

/** Adds the id of each module that has a part in a bundle. */
export function noteModules(modules: Set<string>): Rolldown.Plugin {
  return {
    name: 'note-modules',
    generateBundle(_, files) {
      for (const file of Object.values(files)) {
        if (file.type !== 'chunk') continue
        for (const [id, { renderedLength }] of Object.entries(file.modules)) if (renderedLength > 0) modules.add(id)
      }
    },
  }
}

/**
 * Lets `import.meta.url` of each module of lib be the address that the module has without bundling, with the bundle's folder in the place of
 * lib. So a module finds a worker's program, a page or package.json where it expects it, whatever file the bundler put the module into.
 */
export function ownAddresses(lib: string): Rolldown.Plugin {
  return {
    name: 'own-addresses',
    transform(code, id) {
      if (!id.startsWith(lib + sep) || !code.includes('import.meta.url')) return null
      const path = relative(lib, id).replaceAll(sep, '/')
      return { code: code.replaceAll('import.meta.url', `__addressOf(${JSON.stringify(path)})`), map: null }
    },
    renderChunk(code, { fileName }) {
      const addressed = code.replace(/__addressOf\("(.+?)"\)/g, (_, path: string) => {
        const way = posix.relative(posix.dirname(fileName), path)
        return path === fileName ? 'import.meta.url' : `new URL(${JSON.stringify(way)}, import.meta.url).href`
      })
      return addressed === code ? null : { code: addressed, map: null }
    },
  }
}
