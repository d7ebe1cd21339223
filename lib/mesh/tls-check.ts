/**
 * This file checks whether three PEM strings are a key, its certificate and an authority. No message or cause contains any of a
 * text.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { BadOptionError } from '../base/errors.ts'
import type { MeshTls } from './credentials.ts'

const certificates = /-----BEGIN (?:[A-Z0-9]+ )*CERTIFICATE-----[^-]+-----END (?:[A-Z0-9]+ )*CERTIFICATE-----/g

/** @throws BAD_OPTION (`tls`) whose message names the part at fault. */
export function checkTls(tls: MeshTls): void {
  const key = attempt('tls.key', 'holds no private key that can be read without a passphrase', () => createPrivateKey(tls.key))
  const [cert] = eachCertificate(tls.cert, 'tls.cert')
  // A secure context skips what is no certificate in `ca`, and then trusts no certificate, or the system's authorities.
  eachCertificate(tls.ca, 'tls.ca')
  if (cert?.checkPrivateKey(key) !== true) throw fault('tls.key', 'is not the key of the certificate in tls.cert')
  attempt('tls', 'does not hold a key, its certificate and an authority as PEM strings', () => createSecureContext({ ...tls }))
}

function eachCertificate(pem: string, option: string): X509Certificate[] {
  const blocks = pem.match(certificates) ?? []
  if (blocks.length === 0) throw fault(option, 'holds no certificate')
  return blocks.map((block) => attempt(option, 'holds a certificate that cannot be read', () => new X509Certificate(block)))
}

function attempt<T>(option: string, problem: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw fault(option, `${problem} (${(error as NodeJS.ErrnoException).code ?? 'unreadable'})`)
  }
}

function fault(part: string, problem: string): Error {
  return new BadOptionError(
    `${part} ${problem}: give PEM strings: the key and the certificate of this node, and the authority of all nodes`,
    {
      option: 'tls',
    },
  )
}
