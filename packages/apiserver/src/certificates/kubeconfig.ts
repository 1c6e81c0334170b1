// The kubeconfig a client needs to reach the door: its text, and a file only its owner can read, replaced in one step.

import { PodwireError } from '@podwire/engine'
import { yaml } from '../decode/load-yaml.ts'
import type { ClientCertificate } from './client-certificate.ts'
import { writeWholeFile } from './whole-file.ts'

export interface KubeconfigOptions {
  /** e.g. `https://127.0.0.1:6443` */
  readonly server: string
  /** PEM of the authority; absent on plain HTTP. */
  readonly authority?: string
  /** How the user proves who they are: a bearer token, or a certificate of their own. */
  readonly token?: string
  readonly client?: ClientCertificate
  /** Name of cluster, user and context; default `podwire`. */
  readonly name?: string
  /** Default namespace of the context. */
  readonly namespace?: string
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')

function credentials({ token, client }: KubeconfigOptions): object {
  if (client === undefined) return { token }
  return { 'client-certificate-data': base64(client.certificate), 'client-key-data': base64(client.key) }
}

export function kubeconfigText(options: KubeconfigOptions): string {
  const { server, authority, name = 'podwire', namespace } = options
  // Clients refuse plain HTTP unless told not to verify (@kubernetes/client-node), and kubectl accepts the flag there.
  const trust =
    authority === undefined ? { 'insecure-skip-tls-verify': true } : { 'certificate-authority-data': base64(authority) }
  return yaml().stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name, cluster: { server, ...trust } }],
      users: [{ name, user: credentials(options) }],
      contexts: [{ name, context: { cluster: name, user: name, ...(namespace === undefined ? {} : { namespace }) } }],
      'current-context': name,
      preferences: {},
    },
    { lineWidth: 0 },
  )
}

/** Writes the file with mode 0600, whole or not at all. */
export async function writeKubeconfig(path: string, options: KubeconfigOptions): Promise<void> {
  try {
    await writeWholeFile(path, kubeconfigText(options), 0o600)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new PodwireError(`write the kubeconfig ${path}`, reason, 'Choose a path in a folder you may write to.')
  }
}
