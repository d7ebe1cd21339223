/** This file bounds the time in which a server must answer. */
import { clearSystemTimeout, setSystemTimeout } from './time.ts'

/** The outcome of a question, or an error when no answer came in that time. `who` is the server. */
export function answered<T>(question: Promise<T>, waitMs: number, who: string): Promise<T> {
  let timer: ReturnType<typeof setSystemTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setSystemTimeout(() => reject(new Error(`${who} did not answer within ${Math.round(waitMs)} ms`)), waitMs)
  })
  return Promise.race([question, late]).finally(() => clearSystemTimeout(timer))
}
