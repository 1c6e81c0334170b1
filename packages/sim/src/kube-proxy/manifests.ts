// kube-proxy as kubeadm deploys it: a DaemonSet on every node, in its network, configured by the kube-proxy ConfigMap. Editing that and
// restarting the pods changes the mode, node by node. Source: kubernetes cmd/kubeadm/app/phases/addons/proxy/manifests.go.

import type { Manifest } from '@podwire/apiserver'
import type { KubeProxyOptions } from '@podwire/proxy'
import { kubeProxyConfiguration } from './configuration.ts'

const labels = { 'k8s-app': 'kube-proxy' }
const inKubeSystem = { namespace: 'kube-system' }
export const CONFIG_PATH = '/var/lib/kube-proxy/config.conf'

const KUBECONFIG = `apiVersion: v1
kind: Config
clusters:
- cluster:
    certificate-authority: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt
    server: https://kubernetes.default.svc
  name: default
contexts:
- context:
    cluster: default
    namespace: default
    user: default
  name: default
current-context: default
users:
- name: default
  user:
    tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token
`

/** @param version `v1.36.2` */
export function kubeProxyManifests(options: KubeProxyOptions, version: string): readonly Manifest[] {
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'kube-proxy', ...inKubeSystem } },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kube-proxy', ...inKubeSystem, labels: { app: 'kube-proxy' } },
      data: { 'config.conf': kubeProxyConfiguration(options), 'kubeconfig.conf': KUBECONFIG },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'kube-proxy', ...inKubeSystem, labels },
      spec: {
        selector: { matchLabels: labels },
        updateStrategy: { type: 'RollingUpdate' },
        template: { metadata: { labels }, spec: podSpec(version) },
      },
    },
  ]
}

function podSpec(version: string): object {
  return {
    priorityClassName: 'system-node-critical',
    serviceAccountName: 'kube-proxy',
    hostNetwork: true,
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    tolerations: [{ operator: 'Exists' }],
    containers: [
      {
        name: 'kube-proxy',
        image: `registry.k8s.io/kube-proxy:${version}`,
        imagePullPolicy: 'IfNotPresent',
        command: ['/usr/local/bin/kube-proxy', `--config=${CONFIG_PATH}`, '--hostname-override=$(NODE_NAME)'],
        env: [{ name: 'NODE_NAME', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'spec.nodeName' } } }],
        securityContext: { privileged: true },
        volumeMounts: [
          { name: 'kube-proxy', mountPath: '/var/lib/kube-proxy' },
          { name: 'xtables-lock', mountPath: '/run/xtables.lock' },
          { name: 'lib-modules', mountPath: '/lib/modules', readOnly: true },
        ],
      },
    ],
    volumes: [
      { name: 'kube-proxy', configMap: { name: 'kube-proxy' } },
      { name: 'xtables-lock', hostPath: { path: '/run/xtables.lock', type: 'FileOrCreate' } },
      { name: 'lib-modules', hostPath: { path: '/lib/modules', type: '' } },
    ],
  }
}
