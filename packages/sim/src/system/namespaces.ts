// What a fresh cluster has before anybody applies anything. Source: kubernetes pkg/controlplane/controller/systemnamespaces: the
// API server creates them itself, so they carry no trace of `kubectl apply`.

import { namespaces, type Client } from '@podwire/apiserver'

const SYSTEM_NAMESPACES: readonly string[] = ['default', 'kube-system', 'kube-public', 'kube-node-lease']

export function createSystemNamespaces(client: Client): void {
  for (const name of SYSTEM_NAMESPACES) {
    client.create(namespaces, { metadata: { name }, spec: {} }, { fieldManager: 'kube-apiserver' })
  }
}
