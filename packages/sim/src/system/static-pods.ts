// The pods a node runs from its own manifests: the control plane on the first node. Source: kubernetes cmd/kubeadm/app/phases/controlplane.
// Departure: etcd has no pod, the store is the API server's own.

import type { StaticPod } from '../kubelet/static-pods.ts'
import { COREDNS_IMAGE } from './cluster-dns.ts'
import { INGRESS_IMAGE } from './ingress-nginx.ts'
import type { NodePlan } from '../sdk/node-plan.ts'

export function staticPodsOf(plan: NodePlan, kubernetesVersion: string): readonly StaticPod[] {
  if (!plan.controlPlane) return []
  return ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'].map((component) =>
    systemPod(component, `registry.k8s.io/${component}:${kubernetesVersion}`, [component], {
      component,
      tier: 'control-plane',
    }),
  )
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
