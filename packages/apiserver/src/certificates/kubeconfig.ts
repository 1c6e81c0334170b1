// The kubeconfig a client needs to reach the door: its text, and a file only its owner can read, replaced in one step.

import { open, rename, rm } from 'node:fs/promises'
import { dirname, basename, join } from 'node:path'
import { PodwireError } from '@podwire/engine'
import { yaml } from '../decode/load-yaml.ts'
import type { ClientCertificate } from './client-certificate.ts'

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

/** Writes the file with mode 0600: beside its place first, then moved there, so that readers never see half of it. */
export async function writeKubeconfig(path: string, options: KubeconfigOptions): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.new`)
  try {
    // A leftover of a process that died; exclusive creation below would trip over it, and must, over anything else.
    await rm(temporary, { force: true })
    const file = await open(temporary, 'wx', 0o600)
    try {
      await file.writeFile(kubeconfigText(options))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    const reason = error instanceof Error ? error.message : String(error)
    throw new PodwireError(`write the kubeconfig ${path}`, reason, 'Choose a path in a folder you may write to.')
  }
}
