/** This file makes fresh node ids. */
import type { NodeId } from '../base/ids.ts'
import { hyperid } from './packages.ts'

/** 16 random bytes in the alphabet that is safe in URLs and file names. */
const idLength = 22

/**
 * A fresh id: the random part of a hyperid, without the counter that follows it, since a generator is made for each id. Ids of
 * one process therefore have nothing in common, and a short prefix tells them apart. It begins with a letter or a digit, so that
 * it is never taken for an option on a command line.
 */
export function newNodeId(): NodeId {
  for (;;) {
    const id = hyperid()({ urlSafe: true, fixedLength: true })().slice(0, idLength)
    if (/^[A-Za-z0-9]/.test(id)) return id
  }
}
