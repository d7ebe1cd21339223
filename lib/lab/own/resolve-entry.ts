/** This file is a hook of the module loader, in the thread of the author's file. */
import { extname } from 'node:path'

interface Resolved {
  readonly url: string
  readonly format?: string | null
  readonly shortCircuit?: boolean
}

/**
 * A hook of the module loader, in the thread of the author's file: `holdfast/lab` is this copy of the package, wherever the file
 * lies and whether or not the package is installed there. TypeScript is ESM, even if a package.json beside it says otherwise.
 */
export async function resolve<Context>(
  specifier: string,
  context: Context,
  next: (specifier: string, context: Context) => Promise<Resolved>,
): Promise<Resolved> {
  if (specifier === 'holdfast/lab')
    return { url: new URL(`../index${extname(import.meta.url)}`, import.meta.url).href, format: 'module', shortCircuit: true }
  const resolved = await next(specifier, context)
  return /\.m?tsx?(\?|$)/.test(resolved.url) && !resolved.url.includes('/node_modules/')
    ? { ...resolved, format: 'module' }
    : resolved
}
