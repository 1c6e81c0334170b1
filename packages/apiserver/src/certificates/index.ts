// What a client needs to trust the door: authority, server certificate, token, kubeconfig. The library for certificates is large and
// loaded when one is made: a door on plain HTTP makes none.

import type { CertificateOptions, ServerCertificates } from './authority.ts'

export type { CertificateOptions, ServerCertificates } from './authority.ts'
export type { ClientCertificate, ClientIdentity } from './client-certificate.ts'
export { kubeconfigText, writeKubeconfig, type KubeconfigOptions } from './kubeconfig.ts'
export { createToken } from './token.ts'

export async function createServerCertificates(options: CertificateOptions): Promise<ServerCertificates> {
  const authority = await import('./authority.ts')
  return authority.createServerCertificates(options)
}
