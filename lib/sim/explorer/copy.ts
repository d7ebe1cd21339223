/** A deep copy of an actor's state: its prototype is kept, what is opaque is shared, what is referred to twice is copied once. */
export function copyOf<T>(value: T, isOpaque: (value: object) => boolean, known = new Map<object, object>()): T {
  if (typeof value !== 'object' || value === null || isOpaque(value)) return value
  const before = known.get(value)
  if (before !== undefined) return before as T
  const remember = <C extends object>(copy: C): C => {
    known.set(value, copy)
    return copy
  }
  if (value instanceof Map) {
    const copy = remember(new Map<unknown, unknown>())
    for (const [key, each] of value) copy.set(key, copyOf(each, isOpaque, known))
    return copy as T
  }
  if (value instanceof Set) return remember(new Set(value)) as T
  if (Array.isArray(value)) {
    const copy = remember([] as unknown[])
    for (const each of value) copy.push(copyOf(each, isOpaque, known))
    return copy as T
  }
  const copy = remember(Object.create(Object.getPrototypeOf(value) as object) as Record<string, unknown>)
  for (const key of Object.keys(value)) copy[key] = copyOf((value as Record<string, unknown>)[key], isOpaque, known)
  return copy as T
}
