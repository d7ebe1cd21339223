/** This file reads the monotonic clock that all processes of one machine share. */
import { hrtime } from './real-time.ts'

/** Now in milliseconds, by the monotonic clock that all processes of one machine share. */
export function sharedNowMs(): number {
  const [seconds, nanoseconds] = hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}
