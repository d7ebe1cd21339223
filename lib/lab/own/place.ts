/** This file finds the line of the author's file from which an error comes. */
import { basename } from 'node:path'

/** Where in that file an error comes from: `my-mutex.ts:12`. Empty when its stack does not say. */
export function placeIn(error: unknown, file: string): string {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const name = basename(file)
  for (const line of stack.split('\n')) {
    const found = /([^/\\(]+?)(?:\?[^:)]*)?:(\d+):\d+\)?$/.exec(line)
    if (found !== null && decoded(found[1] as string) === name) return `${name}:${found[2]}`
  }
  return ''
}

/** Paths in stacks are parts of URLs. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
