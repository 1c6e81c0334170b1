// TLS as the simulation has it: hellos and records travel as objects (records.ts), either end is a socket (tls-socket.ts).
// Certificates are real (credentials.ts) and are verified as OpenSSL would (verify.ts).

export { certificatesIn, chainOf, lazyCredentials, type ServerCredentials } from './credentials.ts'
export { handshake, type ReadableSocket } from './handshake.ts'
export { ClientCertificate, ClientHello, ServerHello } from './records.ts'
export { TlsError } from './tls-error.ts'
export { passTls } from './tls-passthrough.ts'
export {
  acceptTls,
  type ClientIdentity,
  connectTls,
  type ServerTls,
  type StreamSocket,
  type TlsPeer,
} from './tls-socket.ts'
export { type CertificateProblem, matchedName, type Trust, verifyChain, verifyText, verifyTrust } from './verify.ts'
