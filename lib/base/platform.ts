/**
 * This file declares what the package's types need of the platform, for programs that do not declare it: a program may compile
 * with `lib: ["es2022"]` alone, without `@types/node` and without the DOM. The reference brings `AsyncDisposable` and
 * `Symbol.asyncDispose`; it stays in the emitted declarations and adds nothing to a program that has them.
 */
/// <reference lib="esnext.disposable" preserve="true" />

/** `AbortSignal` of the program that imports this package; in a program that declares none, its shape. */
export type Signal = typeof globalThis extends { AbortSignal: { prototype: infer Known } } ? Known : SignalShape

/** What every AbortSignal has. */
interface SignalShape {
  /** Whether it was aborted. */
  readonly aborted: boolean
  /** What it was aborted with. */
  readonly reason: unknown
  /** Throws `reason` once it was aborted. */
  throwIfAborted(): void
  /** Calls the listener when it is aborted. */
  addEventListener(type: 'abort', listener: () => void, options?: { readonly once?: boolean }): void
  /** Takes a listener away. */
  removeEventListener(type: 'abort', listener: () => void): void
}
