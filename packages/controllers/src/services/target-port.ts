// The container port a Service port leads to on one pod. Source: kubernetes pkg/api/v1/pod (FindPort).

import type { Container, Pod, ServicePort } from '@podwire/apiserver'

/** Undefined: the pod has no port of that name and protocol. */
export function targetPortOf(pod: Pod, servicePort: ServicePort): number | undefined {
  const target = servicePort.targetPort ?? servicePort.port
  if (typeof target === 'number') return target === 0 ? servicePort.port : target
  const protocol = servicePort.protocol ?? 'TCP'
  return named(pod.spec.containers, target, protocol) ?? named(sidecars(pod), target, protocol)
}

function sidecars(pod: Pod): readonly Container[] {
  return (pod.spec.initContainers ?? []).filter((container) => container.restartPolicy === 'Always')
}

function named(containers: readonly Container[], name: string, protocol: string): number | undefined {
  for (const container of containers) {
    for (const port of container.ports ?? []) {
      if (port.name === name && (port.protocol ?? 'TCP') === protocol) return port.containerPort
    }
  }
  return undefined
}
