// Other flags for the kube-proxy of a running cluster, by the way an operator takes: its ConfigMap is written, its pods are deleted, and
// the new ones begin with what stands there. A bare cluster has neither, so its kube-proxy is told at once.

import { configMaps, pods } from '@podwire/apiserver'
import { resolveOptions, type KubeProxyOptions } from '@podwire/proxy'
import { kubeProxyConfiguration, readKubeProxyConfiguration } from '../kube-proxy/configuration.ts'
import type { Composition } from './composition.ts'

/** What a KubeProxyConfiguration can say. */
export type KubeProxyFlags = {
  readonly [K in keyof Omit<KubeProxyOptions, 'kubernetesVersion' | 'serviceCidrs' | 'ipFamilies' | 'nfacct'>]:
    KubeProxyOptions[K] | undefined
}

const CONFIG = { namespace: 'kube-system', name: 'kube-proxy' }

export function configureKubeProxy({ server, proxy }: Composition, flags: KubeProxyFlags): void {
  const { client } = server
  const text = client.find(configMaps, CONFIG)?.data?.['config.conf']
  const before = text === undefined ? {} : readKubeProxyConfiguration(text)
  const merged = Object.fromEntries(
    Object.entries({ ...before, ...flags }).filter(([, value]) => value !== undefined),
  ) as KubeProxyOptions
  resolveOptions(merged)
  if (text === undefined) {
    proxy.configure(merged)
    return
  }
  client.modify(configMaps, CONFIG, (draft) => {
    draft.data = { ...draft.data, 'config.conf': kubeProxyConfiguration(merged) }
  })
  const { items } = client.list(pods, { namespace: CONFIG.namespace, labelSelector: 'k8s-app=kube-proxy' })
  for (const { metadata } of items) client.delete(pods, { namespace: CONFIG.namespace, name: metadata.name })
}
