// TLS of the nginx controller: key pairs from Secrets (key-pair.ts, secret-store.ts), the names they are for (covered-names.ts), and
// which one a client is shown (certificate-table.ts).

export { CertificateTable } from './certificate-table.ts'
export type { KeyPair } from './key-pair.ts'
export { type ControllerLog, SecretStore } from './secret-store.ts'
