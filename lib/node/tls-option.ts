/**
 * This file reads the option `tls`: three PEM strings, read once. It checks only the form of the strings. Whether the key fits
 * the certificate is checked in the mesh, which knows cryptography. No message here contains a part of a string.
 */
import { BadOptionError } from '../base/errors.ts'
import { takeParts } from '../base/options.ts'

/** The three strings. */
export interface TlsTexts {
  readonly key: string
  readonly cert: string
  readonly ca: string
}

const parts = { key: 'PRIVATE KEY', cert: 'CERTIFICATE', ca: 'CERTIFICATE' } as const

/** @throws BAD_OPTION (`tls`) whose message names the part, such as `tls.ca`. */
export function takeTls(tls: unknown, option: string): TlsTexts {
  if (typeof tls !== 'object' || tls === null)
    throw new BadOptionError(`${option} must be an object of three PEM strings: key, cert and ca`, { option })
  const { key, cert, ca } = takeParts(tls as TlsTexts, { key: null, cert: null, ca: null }, option)
  return Object.freeze({ key: checkPem(key, 'key'), cert: checkPem(cert, 'cert'), ca: checkPem(ca, 'ca') })
}

function checkPem(pem: unknown, part: keyof typeof parts): string {
  const name = `tls.${part}`
  const cure = `give the content of a file that begins with -----BEGIN ${parts[part]}-----`
  if (typeof pem !== 'string')
    throw new BadOptionError(`${name} must be a PEM string, got ${typeof pem}: tls has three PEM strings, key, cert and ca`, {
      option: 'tls',
    })
  // An empty string would count as "not given", and the system's authorities would be trusted.
  if (pem.trim() === '') throw new BadOptionError(`${name} is empty: ${cure}`, { option: 'tls' })
  const block = new RegExp(`-----BEGIN ([A-Z0-9]+ )*${parts[part]}-----[\\s\\S]+?-----END ([A-Z0-9]+ )*${parts[part]}-----`)
  if (!block.test(pem))
    throw new BadOptionError(`${name} is not the PEM of a ${parts[part].toLowerCase()}: ${cure}`, { option: 'tls' })
  return pem
}
