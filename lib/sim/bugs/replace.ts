/**
 * This file replaces methods, getters and entries of tables in running code, and undoes that again. Seeded bugs are made of
 * these replacements.
 */
import { invariant } from '../../base/assert.ts'

/** Takes a mutation away again. */
export type Undo = () => void

/** A class whose parts can be replaced. What is private to TypeScript is an ordinary property when the code runs. */
interface Owner {
  readonly prototype: object
  readonly name: string
}

type Method<Self, Args extends unknown[], Result> = (this: Self, ...args: Args) => Result

/**
 * Puts another method in the place of a class's own, for every instance there is and will be. `Part` says what the
 * replacement touches of the instance, private parts included; it is the mutation's own picture of the class, so a
 * method that is not there any more is an error and not a mutation that silently breaks nothing.
 */
export function replaceMethod<Part extends object>(): <
  Name extends keyof Part & string,
  Args extends Part[Name] extends (...args: infer A extends unknown[]) => unknown ? A : never,
  Result extends Part[Name] extends (...args: never[]) => infer R ? R : never,
>(
  owner: Owner,
  name: Name,
  make: (original: Method<Part, Args, Result>) => Method<Part, Args, Result>,
) => Undo {
  return (owner, name, make) => {
    const descriptor = Object.getOwnPropertyDescriptor(owner.prototype, name)
    invariant(typeof descriptor?.value === 'function', `${owner.name} has a method ${name}`)
    return put(owner.prototype, name, descriptor, { ...descriptor, value: make(descriptor.value as never) })
  }
}

/** Puts another getter in the place of a class's own. */
export function replaceGetter<Part extends object>(): <Name extends keyof Part & string>(
  owner: Owner,
  name: Name,
  make: (original: (this: Part) => Part[Name]) => (this: Part) => Part[Name],
) => Undo {
  return (owner, name, make) => {
    const descriptor = Object.getOwnPropertyDescriptor(owner.prototype, name)
    invariant(typeof descriptor?.get === 'function', `${owner.name} has a getter ${name}`)
    return put(owner.prototype, name, descriptor, { ...descriptor, get: make(descriptor.get as (this: Part) => never) })
  }
}

/** Puts another function in the place of an entry of a table, such as that of an algorithm. */
export function replaceEntry<Table extends object, Name extends keyof Table & string>(
  table: Table,
  name: Name,
  make: (original: Table[Name]) => Table[Name],
): Undo {
  const descriptor = Object.getOwnPropertyDescriptor(table, name)
  invariant(descriptor !== undefined, `the table has an entry ${name}`)
  return put(table, name, descriptor, { ...descriptor, value: make(table[name]) })
}

/** Several replacements that make one mutation; undone in reverse, so that each finds what it left. */
export function together(...undos: readonly Undo[]): Undo {
  return () => {
    for (const undo of [...undos].reverse()) undo()
  }
}

function put(prototype: object, name: string, before: PropertyDescriptor, after: PropertyDescriptor): Undo {
  Object.defineProperty(prototype, name, after)
  let isUndone = false
  return () => {
    invariant(!isUndone, 'a mutation is undone once')
    isUndone = true
    Object.defineProperty(prototype, name, before)
  }
}
