// What a client needs to trust the door: authority, server certificate, token, kubeconfig.

export {
  createServerCertificates,
  createToken,
  SERVER_NAMES,
  type CertificateOptions,
  type ServerCertificates,
} from './authority.ts'
export type { ClientCertificate, ClientIdentity } from './client-certificate.ts'
export { kubeconfigText, writeKubeconfig, type KubeconfigOptions } from './kubeconfig.ts'
