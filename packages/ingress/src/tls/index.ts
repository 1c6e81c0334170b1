// TLS of the controllers: key pairs from Secrets (key-pair.ts, secret-store.ts), the names they are for (covered-names.ts), and which
// one a client is shown: of nginx by host (certificate-table.ts), of the others by name alone (sni-certificates.ts).

export { CertificateTable } from './certificate-table.ts'
export type { KeyPair } from './key-pair.ts'
export { type ControllerLog, SecretStore } from './secret-store.ts'
export { SniCertificates } from './sni-certificates.ts'
