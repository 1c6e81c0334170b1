// A TLS connection that did not come about, as a client sees it.

import type { Flow } from '../fabric/flow.ts'
import type { CertificateProblem } from './verify.ts'

export class TlsError extends Error {
  override readonly name = 'TlsError'
  /** `no-tls`: the other end speaks something else. */
  readonly problem: CertificateProblem | 'no-tls'
  readonly #flow: Flow

  constructor(problem: TlsError['problem'], host: string, flow: Flow) {
    super(TEXTS[problem](host))
    this.problem = problem
    this.#flow = flow
  }

  get flow(): Flow {
    return this.#flow
  }
}

const TEXTS: Readonly<Record<TlsError['problem'], (host: string) => string>> = {
  'no-tls': () => 'the server does not speak TLS',
  'no-certificate': () => 'the server shows no certificate',
  'self-signed': () => 'its certificate is self-signed',
  'self-signed-in-chain': () => 'the authority of its certificate is not trusted',
  'unknown-issuer': () => 'the authority of its certificate is not known',
  'invalid-authority': () => 'the issuer of its certificate is no authority',
  'chain-too-long': () => 'its chain of authorities is too long',
  'bad-signature': () => 'the signature of its certificate is wrong',
  'not-yet-valid': () => 'its certificate is not yet valid',
  expired: () => 'its certificate has expired',
  'wrong-name': (host) => `its certificate is not for ${host}`,
}
