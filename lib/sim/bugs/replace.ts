/**
 * This file replaces public methods, getters and entries of tables in running code, and undoes that again. Seeded bugs are made
 * of these replacements. The compiler knows the class: a method that is renamed or made private breaks the build.
 */
import { invariant } from '../../base/assert.ts'

/** Takes a replacement away again. */
export type Undo = () => void

/** A class whose public parts can be replaced, for all its instances. */
interface Owner<Self> {
  readonly prototype: Self
  readonly name: string
}

type Call = (...args: never[]) => unknown
type MethodOf<Self> = { [Name in keyof Self]: Self[Name] extends Call ? Name : never }[keyof Self] & string
type Args<Method> = Method extends (...args: infer All) => unknown ? All : never
type Result<Method> = Method extends (...args: never[]) => infer Value ? Value : never

/** Does what the method did; `self` is the instance, and `original` the method of that instance as it was before. */
type Replacement<Self, Method> = (self: Self, original: Method, ...args: Args<Method>) => Result<Method>

/** Replaces a method of a class. */
export function replaceMethod<Self extends object, Name extends MethodOf<Self>>(
  owner: Owner<Self>,
  name: Name,
  replacement: Replacement<Self, Self[Name]>,
): Undo {
  const before = descriptorOf(owner.prototype, name, `${owner.name} has a method ${name}`)
  const original: (...args: unknown[]) => unknown = before.value
  invariant(typeof original === 'function', `${owner.name}.${name} is a method`)
  return put(owner.prototype, name, before, {
    ...before,
    value: function (this: Self, ...args: Args<Self[Name]>) {
      return replacement(this, original.bind(this) as Self[Name], ...args)
    },
  })
}

/** Replaces a getter of a class. `original` reads the value as it was before. */
export function replaceGetter<Self extends object, Name extends keyof Self & string>(
  owner: Owner<Self>,
  name: Name,
  replacement: (self: Self, original: () => Self[Name]) => Self[Name],
): Undo {
  const before = descriptorOf(owner.prototype, name, `${owner.name} has a getter ${name}`)
  const original: () => Self[Name] = before.get as never
  invariant(typeof original === 'function', `${owner.name}.${name} is a getter`)
  return put(owner.prototype, name, before, {
    ...before,
    get(this: Self) {
      return replacement(this, original.bind(this))
    },
  })
}

/** Replaces an entry of a table, such as the function by which an algorithm is made. */
export function replaceEntry<Table extends object, Name extends keyof Table & string>(
  table: Table,
  name: Name,
  make: (original: Table[Name]) => Table[Name],
): Undo {
  const before = descriptorOf(table, name, `the table has an entry ${name}`)
  return put(table, name, before, { ...before, value: make(table[name]) })
}

/** Several replacements as one. They are undone in reverse order, so that each finds what it left. */
export function together(...undos: readonly Undo[]): Undo {
  return () => {
    for (const undo of [...undos].reverse()) undo()
  }
}

/** Whether a call is under way, so that a replacement can act differently within it. */
export class CallSpan {
  isOpen = false

  /** Runs the call, and closes the span even if it throws. */
  over<Value>(call: () => Value): Value {
    this.isOpen = true
    try {
      return call()
    } finally {
      this.isOpen = false
    }
  }
}

function descriptorOf(owner: object, name: string, claim: string): PropertyDescriptor {
  const descriptor = Object.getOwnPropertyDescriptor(owner, name)
  invariant(descriptor !== undefined, claim)
  return descriptor
}

function put(owner: object, name: string, before: PropertyDescriptor, after: PropertyDescriptor): Undo {
  Object.defineProperty(owner, name, after)
  let isUndone = false
  return () => {
    invariant(!isUndone, 'a replacement is undone once')
    isUndone = true
    Object.defineProperty(owner, name, before)
  }
}
