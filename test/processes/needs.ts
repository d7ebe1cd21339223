/** Skips a test where a thing that it needs is missing; an error instead where no test may skip itself (HOLDFAST_TEST_STRICT=1). */
export function skipUnless(test: { skip(): never }, isThere: boolean, missing: string): void {
  if (isThere) return
  if (process.env['HOLDFAST_TEST_STRICT'] === '1') throw new Error(missing)
  test.skip()
}
