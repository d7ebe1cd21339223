import { readFileSync, statSync } from 'node:fs'
import { UsageError } from './usage.ts'

/** Bits of a file's mode by which its group or everybody else may do something with it. */
const othersMask = 0o077

/**
 * Reads a text file that holds a secret: a shared secret, a private key. Like ssh, refuses a file of this user's that its
 * group or others may read or write.
 *
 * @throws UsageError that names the file, the reason and the cure.
 */
export function readPrivateFile(path: string, what: string): string {
  const text = readTextFile(path, what)
  const { mode, uid } = statSync(path)
  // Another owner's file, as a container's secrets often are, is not this user's to change.
  if (process.getuid?.() === uid && (mode & othersMask) !== 0) {
    const octal = (mode & 0o777).toString(8).padStart(4, '0')
    throw new UsageError(`${what} in ${path} is open to other users (mode ${octal}): run chmod 600 ${path}`)
  }
  return text
}

/** @throws UsageError that names the file and the reason. */
export function readTextFile(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new UsageError(`cannot read ${what} from ${path}: ${(error as Error).message}`)
  }
}
