/** This file finds out whether an algorithm keeps its state in plain fields, which can be copied and compared. */
import type { AlgorithmKind, Body } from '../../mutex/contract.ts'

const still = (): void => undefined

/**
 * Whether an instance keeps its state in fields that can be copied and compared. What it cannot see is made up for by playing
 * every breach again.
 */
export function isPlain(kind: AlgorithmKind<Body>): boolean {
  const site = {
    self: 'a',
    peers: ['b', 'c'],
    carried: [],
    firstPlace: 'b',
    send: still,
    broadcast: still,
    granted: still,
    refused: still,
    pause: still,
    isSilent: () => false,
  }
  return isPlainValue(kind.create(site), new Set<object>([site]))
}

function isPlainValue(value: unknown, seen: Set<object>): boolean {
  if (typeof value === 'function') return false
  if (typeof value !== 'object' || value === null || seen.has(value)) return true
  seen.add(value)
  if (value instanceof WeakMap || value instanceof WeakSet || value instanceof Promise) return false
  if (value instanceof Map) return [...value].flat().every((each) => isPlainValue(each, seen))
  if (value instanceof Set) return [...value].every((each) => isPlainValue(each, seen))
  return !hasHiddenFields(value) && Object.values(value).every((each) => isPlainValue(each, seen))
}

/** `#fields` leave no other trace than in the text of the class. */
function hasHiddenFields(value: object): boolean {
  for (let at: unknown = Object.getPrototypeOf(value); typeof at === 'object' && at !== null; at = Object.getPrototypeOf(at)) {
    const { constructor } = at
    if (constructor === Object || constructor === Array) return false
    if (/#[\w$]|\bWeakMap\b|__privateGet/.test(Function.prototype.toString.call(constructor))) return true
  }
  return false
}
