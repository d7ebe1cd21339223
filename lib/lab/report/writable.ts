/**
 * This file looks whether a command can write to the paths that the user named, before its work takes its time. A path that cannot be
 * written is one clear sentence, not a stack.
 */
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { BadOptionError } from '../../base/errors.ts'

/**
 * Looks whether this file can be written, or files in this folder. Nothing is made yet.
 *
 * @param flag what the command line calls the option
 * @throws BAD_OPTION that names the flag, the path, and why it cannot be written
 */
export function checkWritable(option: string, path: string, kind: 'file' | 'folder', flag = option): void {
  const cannot = (reason: unknown): Error => cannotWrite(option, path, reason, flag)
  if (kind === 'file' && existsSync(path) && statSync(path).isDirectory()) throw cannot('it is a folder')
  const nearest = nearestThere(kind === 'folder' ? path : dirname(path))
  if (!statSync(nearest).isDirectory()) throw cannot(`'${nearest}' is a file, not a folder`)
  try {
    accessSync(nearest, constants.W_OK)
  } catch (error) {
    throw cannot(error)
  }
}

/** @param reason as a sentence goes on, or the error of the file system */
export function cannotWrite(option: string, path: string, reason: unknown, flag = option): Error {
  const isText = typeof reason === 'string'
  const message = `--${flag}: cannot write '${path}': ${isText ? reason : reasonOf(reason)}`
  return new BadOptionError(message, { option, cause: isText ? undefined : reason })
}

/** The first on the way up that exists. */
function nearestThere(path: string): string {
  let at = resolve(path)
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at)
  return at
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return 'you may not write there'
    case 'EISDIR':
      return 'it is a folder'
    case 'ENOTDIR':
    case 'EEXIST':
      return 'a part of its path is a file, not a folder'
    case 'ENOSPC':
      return 'the disk is full'
    case 'EROFS':
      return 'the file system is read-only'
    default:
      return message
  }
}
