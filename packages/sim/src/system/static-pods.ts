// The pods a node runs from its own manifests: kube-proxy everywhere, the control plane on the first node. They are what
// their components are: while a kube-proxy pod runs, its node's rules follow the cluster.
// Departure: kubeadm deploys kube-proxy as a DaemonSet; here it is a static pod, as some providers have it.

import type { StaticPod } from '../kubelet/static-pods.ts'
import { COREDNS_IMAGE } from './cluster-dns.ts'
import { INGRESS_IMAGE } from './ingress-nginx.ts'
import type { NodePlan } from '../sdk/node-plan.ts'

export function staticPodsOf(plan: NodePlan, kubernetesVersion: string): readonly StaticPod[] {
  const proxy = systemPod(
    'kube-proxy',
    `registry.k8s.io/kube-proxy:${kubernetesVersion}`,
    ['/usr/local/bin/kube-proxy', '--config=/var/lib/kube-proxy/config.conf'],
    {
      'k8s-app': 'kube-proxy',
    },
  )
  if (!plan.controlPlane) return [proxy]
  return [
    ...['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map((component) =>
      systemPod(component, `registry.k8s.io/${component}:${kubernetesVersion}`, [component], {
        component,
        tier: 'control-plane',
      }),
    ),
    proxy,
  ]
}

/** What a node has before it joins: kubeadm's own images, and the add-ons'. */
export function systemImages(kubernetesVersion: string): readonly string[] {
  const components = ['kube-proxy', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler']
  return [...components.map((name) => `registry.k8s.io/${name}:${kubernetesVersion}`), COREDNS_IMAGE, INGRESS_IMAGE]
}

function systemPod(
  name: string,
  image: string,
  command: readonly string[],
  labels: Readonly<Record<string, string>>,
): StaticPod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'kube-system', labels },
    spec: {
      hostNetwork: true,
      priorityClassName: 'system-node-critical',
      containers: [{ name, image, command, imagePullPolicy: 'IfNotPresent', resources: { requests: { cpu: '100m' } } }],
    },
  }
}
