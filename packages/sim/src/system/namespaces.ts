// What a fresh cluster has before anybody applies anything. Source: kubeadm and the API server's own start-up controllers.

import type { Manifest } from '@podwire/apiserver'

export const SYSTEM_NAMESPACES: readonly Manifest[] = ['default', 'kube-system', 'kube-public', 'kube-node-lease'].map(
  (name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  }),
)
