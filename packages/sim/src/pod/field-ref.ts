// The downward API: values of a pod's own fields for variables and files.
// Source: kubernetes pkg/fieldpath and pkg/kubelet/kubelet_pods.go (podFieldSelectorRuntimeValue).

import type { Pod } from '@podwire/apiserver'

/** What of a pod is only known on its node. */
export interface PodAddresses {
  /** The node's, primary first. */
  readonly hostIPs: readonly string[]
  /** Empty until the sandbox exists. */
  readonly podIPs: readonly string[]
}

/** The value of a downward API field path; undefined when the path is not supported. */
export function fieldValue(path: string, pod: Pod, addresses: PodAddresses): string | undefined {
  const subscript = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path)
  if (subscript !== null) {
    const values = subscript[1] === 'labels' ? pod.metadata.labels : pod.metadata.annotations
    return values?.[subscript[2] ?? ''] ?? ''
  }
  switch (path) {
    case 'metadata.name':
      return pod.metadata.name
    case 'metadata.namespace':
      return pod.metadata.namespace ?? ''
    case 'metadata.uid':
      return pod.metadata.uid
    case 'metadata.labels':
      return keyValueLines(pod.metadata.labels)
    case 'metadata.annotations':
      return keyValueLines(pod.metadata.annotations)
    case 'spec.nodeName':
      return pod.spec.nodeName ?? ''
    case 'spec.serviceAccountName':
      return pod.spec.serviceAccountName ?? ''
    case 'status.hostIP':
      return addresses.hostIPs[0] ?? ''
    case 'status.hostIPs':
      return addresses.hostIPs.join(',')
    case 'status.podIP':
      return addresses.podIPs[0] ?? ''
    case 'status.podIPs':
      return addresses.podIPs.join(',')
    default:
      return undefined
  }
}

/** Whole label and annotation maps as files show them: sorted lines `key="value"`, values escaped as Go's %q does. */
function keyValueLines(values: Readonly<Record<string, string>> | undefined): string {
  const entries = Object.entries(values ?? {}).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return entries.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join('\n')
}
