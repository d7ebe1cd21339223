/** This file loads an algorithm from a file: JavaScript as it is, TypeScript through tsx, or through Node where Node can. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { AlgorithmKind, Body } from '../../mutex/contract.ts'
import type { Candidate } from './check.ts'
import { defineAlgorithm, type OwnDefinition, type OwnKind } from './define.ts'
import { checkedModesOf } from './modes.ts'
import { placeIn } from './place.ts'

/** Why there is nothing to check. `no tsx`: the file may be fine, and cannot be read here. */
export class LoadProblem extends Error {
  override readonly name = 'LoadProblem'
  readonly why: 'no tsx' | 'loads'

  constructor(why: 'no tsx' | 'loads', message: string) {
    super(message)
    this.why = why
  }
}

/** Where `tsx/esm/api` is, seen from the author's file or from here; null when it is nowhere. */
export type FindTsx = (file: string) => string | null

/**
 * The algorithm that a file exports as `algorithm`, or by default.
 *
 * @throws LoadProblem that says where and why not, and what to do.
 */
export async function loadAlgorithm(file: string, findTsx: FindTsx = installedTsx): Promise<Candidate> {
  const module = await imported(file, findTsx)
  const inner = isObject(module['default']) ? module['default'] : {}
  const found = module['algorithm'] ?? inner['algorithm'] ?? module['default']
  if (found === undefined) {
    const names = Object.keys(module).filter((name) => name !== 'module.exports')
    const exported = names.length === 0 ? 'it exports nothing' : `it exports ${names.join(', ')}`
    throw new LoadProblem(
      'loads',
      `${file} must export 'algorithm', as in: export const algorithm = defineAlgorithm({ … }); ${exported}`,
    )
  }
  return candidateOf(found, file)
}

/** @throws LoadProblem when it is no algorithm. */
export function candidateOf(found: unknown, file: string): Candidate {
  if (!isObject(found) || typeof found['create'] !== 'function' || typeof found['name'] !== 'string') {
    const cure = 'it must be an object with a name and a function create(site), such as defineAlgorithm gives'
    throw new LoadProblem('loads', `${file}: 'algorithm' is ${isObject(found) ? 'not complete' : typeof found}: ${cure}`)
  }
  if (Array.isArray(found['modes'])) {
    const kind = found as unknown as AlgorithmKind<Body> & Partial<OwnKind<Body>>
    if (!kind.modes.includes('exclusive')) throw new LoadProblem('loads', `${file}: 'modes' must include 'exclusive'`)
    const { links = 'fifo', cancels = true, checkedIn = checkedModesOf(kind.modes) } = kind
    return { kind, links, cancels, modes: checkedIn }
  }
  try {
    const kind = defineAlgorithm(found as unknown as OwnDefinition)
    return { kind, links: kind.links, cancels: kind.cancels }
  } catch (error) {
    throw new LoadProblem('loads', `${file}: ${(error as Error).message}`)
  }
}

async function imported(file: string, findTsx: FindTsx): Promise<Record<string, unknown>> {
  const url = pathToFileURL(file).href
  try {
    if (!/\.[cm]?tsx?$/.test(file)) return (await import(url)) as Record<string, unknown>
    const tsx = findTsx(file)
    if (tsx !== null) {
      const { tsImport } = (await import(tsx)) as { tsImport(url: string, from: string): Promise<Record<string, unknown>> }
      return await tsImport(url, import.meta.url)
    }
    if ('typescript' in process.features && process.features.typescript) return (await import(url)) as Record<string, unknown>
  } catch (error) {
    throw new LoadProblem('loads', whyNot(error, file))
  }
  const cure = 'install it beside the file (npm install --save-dev tsx), or write the algorithm in JavaScript'
  throw new LoadProblem('no tsx', `${file} is TypeScript, which is loaded through tsx, and tsx is not installed: ${cure}`)
}

interface TsxManifest {
  readonly exports: { readonly './esm/api': { readonly import: { readonly default: string } } }
}

function installedTsx(file: string): string | null {
  for (const from of [pathToFileURL(file).href, import.meta.url]) {
    try {
      const manifest = createRequire(from).resolve('tsx/package.json')
      // Resolved by hand: `require.resolve` would give the file that is meant for `require`.
      const { exports } = JSON.parse(readFileSync(manifest, 'utf8')) as TsxManifest
      return pathToFileURL(join(dirname(manifest), exports['./esm/api'].import.default)).href
    } catch {
      // Perhaps it is at the other place.
    }
  }
  return null
}

function whyNot(error: unknown, file: string): string {
  if (!(error instanceof Error)) return `${file} throws as it is loaded: ${String(error)}`
  const { code } = error as { readonly code?: unknown }
  if (error instanceof SyntaxError) return `${file} has a syntax error: ${syntaxError(file) ?? error.message}`
  if (/^Transform failed|^Build failed/.test(error.message)) return `${file} has a syntax error: ${transformError(error.message)}`
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND')
    return `${file} imports what is not there: ${error.message.split('\n')[0]}`
  const place = placeIn(error, file)
  return `${file} throws as it is loaded: ${error.name}: ${error.message}${place === '' ? '' : ` (${place})`}`
}

/** Node tells the place of a syntax error only where it is not caught. */
function syntaxError(file: string): string | null {
  if (/ts$/.test(file)) return null
  const { stderr } = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8', timeout: 10_000 })
  const line = /:(\d+)\r?\n/.exec(stderr)?.[1]
  const message = /^SyntaxError: .*$/m.exec(stderr)?.[0]
  return line === undefined || message === undefined ? null : `${message.replace('SyntaxError: ', '')} (line ${line})`
}

/** esbuild: `/path/my.ts:3:5: ERROR: Expected …`. */
function transformError(message: string): string {
  const found = /:(\d+):(\d+): ERROR: (.*)/.exec(message)
  return found === null ? message : `${found[3]} (line ${found[1]})`
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
