/**
 * This file keeps the credentials by which a node proves itself and judges others: the cluster's secret, mutual TLS, both, or neither. The handshake
 * gets every proof and every verdict from this object; no other file of the mesh reads the secret.
 */
import { type FrameSeals, sealsOf } from './frame-seal.ts'
import { type Answer, type Hello, proofsAgree, proveAnswer, proveHello, proveUpgrade, type Upgrade } from './handshake.ts'

/** Mutual TLS, as PEM strings: this node's key and certificate, and the authority that signs those of all nodes. */
export interface MeshTls {
  readonly key: string
  readonly cert: string
  readonly ca: string
}

/** What is wrong with a dialler's secret. */
export type SecretRefusal = 'secretMissing' | 'secretUnexpected' | 'secretWrong'

export class Credentials {
  readonly tls: MeshTls | undefined
  readonly #secret: string | undefined

  constructor(secret: string | undefined, tls: MeshTls | undefined) {
    this.#secret = secret
    this.tls = tls
  }

  get hasSecret(): boolean {
    return this.#secret !== undefined
  }

  /** False if every process that reaches this node could join the cluster. */
  get areAny(): boolean {
    return this.hasSecret || this.tls !== undefined
  }

  /** The hello with its proof, which is empty without a secret. */
  proveHello(said: Hello): Hello {
    return { ...said, proof: proveHello(this.#secret, said) }
  }

  proveAnswer(hello: Hello, answer: Answer): Answer {
    return { ...answer, proof: proveAnswer(this.#secret, hello, answer) }
  }

  proveUpgrade(hello: Hello, answer: Answer, asked: Upgrade): Upgrade {
    return { ...asked, proof: proveUpgrade(this.#secret, hello, answer, asked) }
  }

  /** Why the dialler's secret is refused; null if both nodes have the same secret, or none. */
  refusalOf(said: Hello): SecretRefusal | null {
    if (said.hasSecret !== this.hasSecret) return this.hasSecret ? 'secretMissing' : 'secretUnexpected'
    return proofsAgree(proveHello(this.#secret, said), said.proof) ? null : 'secretWrong'
  }

  /** Whether the listener that gave this answer has the secret. */
  acceptAnswer(hello: Hello, answer: Answer): boolean {
    return proofsAgree(proveAnswer(this.#secret, hello, answer), answer.proof)
  }

  /** Whether the dialler that asks for this upgrade has the secret. */
  acceptUpgrade(hello: Hello, answer: Answer, asked: Upgrade): boolean {
    return proofsAgree(proveUpgrade(this.#secret, hello, answer, asked), asked.proof)
  }

  /** What seals the frames of a connection. Null without a secret, with TLS, which seals them itself, and on a direct loopback path. */
  sealsOf(hello: Hello, answer: Answer, asked: Upgrade, end: 'dialler' | 'listener'): FrameSeals | null {
    if (this.#secret === undefined || this.tls !== undefined) return null
    return sealsOf(this.#secret, hello, answer, asked, end)
  }
}
