/**
 * This file loads the packages of the mesh at their first use. Without a free file descriptor `require` would say that a package is
 * missing, and might remember that; so the shortage is found and told before.
 */
import { closeSync, openSync } from 'node:fs'
import { devNull } from 'node:os'
import thirdParty from '#third-party'
import { OverloadedError } from '../base/errors.ts'
import { describeShortage, isShortage } from './descriptors.ts'

const loaded = new Set<() => unknown>()

/** @throws OVERLOADED when this process has no file descriptor left to load the package with. */
function packageBy<T>(load: () => T): T {
  if (!loaded.has(load)) {
    checkDescriptor()
    load()
    loaded.add(load)
  }
  return load()
}

function checkDescriptor(): void {
  try {
    closeSync(openSync(devNull, 'r'))
  } catch (cause) {
    if (isShortage(cause))
      throw new OverloadedError(`the packages of the mesh cannot be loaded: ${describeShortage(cause)}`, { cause })
  }
}

/** The maker of node ids. */
export const hyperid = (): ReturnType<typeof thirdParty.hyperid> => packageBy(thirdParty.hyperid)
/** The side that is dialled. */
export const socketIo = (): ReturnType<typeof thirdParty.socketIo> => packageBy(thirdParty.socketIo)
/** The side that dials. */
export const socketIoClient = (): ReturnType<typeof thirdParty.socketIoClient> => packageBy(thirdParty.socketIoClient)
