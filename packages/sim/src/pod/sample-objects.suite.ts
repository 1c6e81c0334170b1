// Small objects for the tests of this folder and of the kubelet.

import type { Pod, PodSpec, Service } from '@podwire/apiserver'

export function samplePod(spec: Partial<PodSpec> = {}, metadata: Partial<Pod['metadata']> = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web-0',
      namespace: 'shop',
      uid: '11111111-2222-4333-8444-555555555555',
      resourceVersion: '7',
      creationTimestamp: '2026-01-01T00:00:00Z',
      generation: 1,
      ...metadata,
    },
    spec: { containers: [{ name: 'main', image: 'nginx' }], nodeName: 'node-1', ...spec },
  }
}

export function sampleService(
  name: string,
  clusterIP: string,
  ports: Service['spec']['ports'],
  namespace = 'shop',
): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
    spec: { clusterIP, ...(ports === undefined ? {} : { ports }) },
  }
}
