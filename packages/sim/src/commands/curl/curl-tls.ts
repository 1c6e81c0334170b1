// curl's TLS: what it trusts, what -v tells of the handshake and the certificate, and how it refuses. Texts of 7.88.1 with OpenSSL 3
// were compared with the real program; those of 7.61.1 with OpenSSL 1.1.1 follow its source (lib/vtls/openssl.c).

import type { X509Certificate } from 'node:crypto'
import type { CommandContext } from '@podwire/shell'
import { sniOf } from '../../http/fetch.ts'
import type { TcpSocket } from '../../fabric/network.ts'
import {
  certificatesIn,
  chainOf,
  ClientHello,
  handshake,
  type CertificateProblem,
  matchedName,
  type ReadableSocket,
  verifyTrust,
} from '../../tls/index.ts'
import { readSource } from './read-source.ts'
import type { CurlVersion } from './curl-version.ts'

export interface CurlTls {
  /** --cacert, or where the distribution keeps its authorities. */
  readonly caFile: string
  readonly caFileGiven: boolean
  /** -k */
  readonly insecure: boolean
  /** ALPN; empty with --no-alpn. */
  readonly protocols: readonly string[]
}

export interface TlsFailure {
  readonly exit: number
  readonly message: string
  /** What -v tells after the connection is closed. */
  readonly afterwards?: string
}

type Tell = (line: string) => Promise<void>

/** Where curl looks without --cacert. */
export function defaultCaFile(version: CurlVersion, environment: ReadonlyMap<string, string>): string {
  const named = environment.get('CURL_CA_BUNDLE') ?? environment.get('SSL_CERT_FILE')
  if (named !== undefined && named !== '') return named
  return version === '7.61.1' ? '/etc/pki/tls/certs/ca-bundle.crt' : '/etc/ssl/certs/ca-certificates.crt'
}

/** What OpenSSL calls it, with its number. */
function reasonOf(problem: Exclude<CertificateProblem, 'wrong-name'>, version: CurlVersion): readonly [number, string] {
  const self = version === '7.61.1' ? 'self signed' : 'self-signed'
  switch (problem) {
    case 'no-certificate':
      return [50, 'application verification failure']
    case 'self-signed':
      return [18, `${self} certificate`]
    case 'self-signed-in-chain':
      return [19, `${self} certificate in certificate chain`]
    case 'unknown-issuer':
      return [20, 'unable to get local issuer certificate']
    case 'invalid-authority':
      return version === '7.61.1' ? [24, 'invalid CA certificate'] : [79, 'invalid CA certificate']
    case 'chain-too-long':
      return [22, 'certificate chain too long']
    case 'bad-signature':
      return [7, 'certificate signature failure']
    case 'not-yet-valid':
      return [9, 'certificate is not yet valid']
    case 'expired':
      return [10, 'certificate has expired']
  }
}

/** The alert a client sends, as -v shows it: 512 and its number. */
function alertOf(problem: CertificateProblem): string {
  if (problem === 'expired') return 'certificate expired (557)'
  if (problem === 'not-yet-valid') return 'bad certificate (554)'
  return problem === 'bad-signature' ? 'decrypt error (563)' : 'unknown CA (560)'
}

const UNTRUSTED_HELP = (version: CurlVersion): string =>
  `\nMore details here: https://${version === '7.61.1' ? 'curl.haxx.se' : 'curl.se'}/docs/sslcerts.html\n\n` +
  'curl failed to verify the legitimacy of the server and therefore could not\n' +
  'establish a secure connection to it. To learn more about this situation and\n' +
  'how to fix it, please visit the web page mentioned above.'

/** What stands behind `curl: (60) …`. */
export function helpFor(exit: number, version: CurlVersion): string {
  return exit === 60 ? UNTRUSTED_HELP(version) : ''
}

const NO_TLS: Readonly<Record<CurlVersion, string>> = {
  '7.61.1': 'error:1408F10B:SSL routines:ssl3_get_record:wrong version number',
  '7.88.1': 'OpenSSL/3.0.19: error:0A00010B:SSL routines::wrong version number',
}

export class CurlHandshake {
  readonly #context: CommandContext
  readonly #host: string
  readonly #version: CurlVersion
  readonly #tls: CurlTls
  readonly #tell: Tell

  /** @param host the name or address in the URL */
  constructor(context: CommandContext, host: string, version: CurlVersion, tls: CurlTls, tell: Tell) {
    this.#context = context
    this.#host = host
    this.#version = version
    this.#tls = tls
    this.#tell = tell
  }

  /** Rejects with SocketError. */
  async run(socket: TcpSocket, port: number): Promise<ReadableSocket | TlsFailure> {
    const authorities = await this.#authorities()
    await this.#tellOffer(authorities !== undefined)
    if (authorities === undefined) return this.#noCaFile()
    const hello = new ClientHello(sniOf(this.#host), undefined, this.#tls.protocols)
    const done = await handshake(this.#context.engine, socket, hello)
    if ('failed' in done) {
      const message = done.failed === 'no-tls' ? NO_TLS[this.#version] : this.#closed(port)
      await this.#tell(message)
      return { exit: 35, message }
    }
    const chain = chainOf(done.hello.credentials)
    const nowMs = this.#context.engine.clock.wallTimeMs()
    const problem = verifyTrust(chain, { authorities, nowMs })
    await this.#tellHello(problem !== undefined && !this.#tls.insecure)
    if (problem !== undefined && problem !== 'wrong-name' && !this.#tls.insecure) {
      done.socket.destroy()
      const message = `SSL certificate problem: ${reasonOf(problem, this.#version)[1]}`
      if (this.#version === '7.88.1') await this.#tell(`TLSv1.3 (OUT), TLS alert, ${alertOf(problem)}:`)
      await this.#tell(message)
      return { exit: 60, message }
    }
    await this.#tellConnection(done.hello.protocol)
    const mismatch = await this.#tellCertificate(chain[0], problem)
    if (mismatch === undefined) return done.socket
    done.socket.destroy()
    return { ...mismatch, afterwards: 'TLSv1.3 (OUT), TLS alert, close notify (256):' }
  }

  async #authorities(): Promise<readonly X509Certificate[] | undefined> {
    if (this.#tls.insecure) return []
    const { caFile, caFileGiven } = this.#tls
    const text = await readSource(this.#context, caFile)
    const found = text === undefined ? [] : certificatesIn(text)
    // A distribution without its package of authorities trusts nobody.
    return found.length === 0 && caFileGiven ? undefined : found
  }

  async #noCaFile(): Promise<TlsFailure> {
    const { caFile } = this.#tls
    if (this.#version === '7.61.1') {
      return { exit: 77, message: `error setting certificate verify locations:\n  CAfile: ${caFile}\n  CApath: none` }
    }
    const message = `error setting certificate file: ${caFile}`
    // The real one says it as often.
    await this.#tell(message)
    await this.#tell(message)
    return { exit: 77, message, afterwards: message }
  }

  #closed(port: number): string {
    return this.#version === '7.61.1'
      ? `OpenSSL SSL_connect: SSL_ERROR_SYSCALL in connection to ${this.#host}:${port} `
      : 'OpenSSL/3.0.19: error:0A000126:SSL routines::unexpected eof while reading'
  }

  async #tellOffer(hasAuthorities: boolean): Promise<void> {
    const { protocols, caFile, insecure } = this.#tls
    if (this.#version === '7.61.1') {
      for (const protocol of protocols) await this.#tell(`ALPN, offering ${protocol}`)
      await this.#tell('successfully set certificate verify locations:')
      await this.#tell(`  CAfile: ${caFile}\n  CApath: none`)
      return this.#tell('TLSv1.3 (OUT), TLS handshake, Client hello (1):')
    }
    if (protocols.length > 0) await this.#tell(`ALPN: offers ${protocols.join(',')}`)
    await this.#tell('TLSv1.3 (OUT), TLS handshake, Client hello (1):')
    if (insecure || !hasAuthorities) return undefined
    await this.#tell(` CAfile: ${caFile}`)
    return this.#tell(' CApath: /etc/ssl/certs')
  }

  /** @param refused the certificate ends it */
  async #tellHello(refused: boolean): Promise<void> {
    const said = ['Server hello (2)', 'Encrypted Extensions (8)', 'Certificate (11)']
    const more = refused ? [] : ['CERT verify (15)', 'Finished (20)']
    for (const line of [...said, ...more]) await this.#tell(`TLSv1.3 (IN), TLS handshake, ${line}:`)
    if (refused) return
    await this.#tell('TLSv1.3 (OUT), TLS change cipher, Change cipher spec (1):')
    await this.#tell('TLSv1.3 (OUT), TLS handshake, Finished (20):')
  }

  async #tellConnection(protocol: string | undefined): Promise<void> {
    await this.#tell('SSL connection using TLSv1.3 / TLS_AES_256_GCM_SHA384')
    const isOld = this.#version === '7.61.1'
    if (protocol !== undefined) {
      await this.#tell(isOld ? `ALPN, server accepted to use ${protocol}` : `ALPN: server accepted ${protocol}`)
    } else if (this.#tls.protocols.length > 0) {
      await this.#tell(
        isOld ? 'ALPN, server did not agree to a protocol' : 'ALPN: server did not agree on a protocol. Uses default.',
      )
    }
  }

  async #tellCertificate(
    own: X509Certificate | undefined,
    problem: CertificateProblem | undefined,
  ): Promise<TlsFailure | undefined> {
    if (own === undefined) return undefined
    const inLine = (name: string): string => name.split('\n').join('; ')
    await this.#tell('Server certificate:')
    await this.#tell(` subject: ${inLine(own.subject)}`)
    await this.#tell(` start date: ${own.validFrom}`)
    await this.#tell(` expire date: ${own.validTo}`)
    if (!this.#tls.insecure) {
      const mismatch = await this.#tellName(own)
      if (mismatch !== undefined) return mismatch
    }
    await this.#tell(` issuer: ${inLine(own.issuer)}`)
    if (problem === undefined || problem === 'wrong-name') {
      await this.#tell(' SSL certificate verify ok.')
    } else {
      const [number, reason] = reasonOf(problem, this.#version)
      await this.#tell(` SSL certificate verify result: ${reason} (${number}), continuing anyway.`)
    }
    if (this.#version === '7.88.1') await this.#tell('using HTTP/1.1')
    return undefined
  }

  async #tellName(own: X509Certificate): Promise<TlsFailure | undefined> {
    const host = this.#host
    const hasNames = own.subjectAltName !== undefined
    const matched = matchedName(own, host)
    if (matched !== undefined) {
      const commonName = /^CN=(.*)$/m.exec(own.subject)?.[1] ?? ''
      await this.#tell(
        hasNames
          ? ` subjectAltName: host "${host}" matched cert's "${matched}"`
          : ` common name: ${commonName} (matched)`,
      )
      return undefined
    }
    if (hasNames) await this.#tell(` subjectAltName does not match ${host}`)
    const commonName = /^CN=(.*)$/m.exec(own.subject)?.[1]
    const message = hasNames
      ? `SSL: no alternative certificate subject name matches target host name '${host}'`
      : `SSL: certificate subject name '${commonName ?? ''}' does not match target host name '${host}'`
    await this.#tell(message)
    return { exit: this.#version === '7.61.1' ? 51 : 60, message }
  }
}
