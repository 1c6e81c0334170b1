// A Node object as a kubelet registers and reports it. Source: kubernetes pkg/kubelet/kubelet_node_status.go and
// pkg/kubelet/nodestatus. Pure: the caller knows the time.

import type { NewObject, Node, NodeCondition, NodeStatus } from '@podwire/apiserver'
import { hexOf } from '../images/image-name.ts'

export interface NodeSpecification {
  /** `node-1` */
  readonly name: string
  /** InternalIPs, primary first. */
  readonly addresses: readonly string[]
  readonly podCidrs: readonly string[]
  readonly controlPlane?: boolean
  /** topology.kubernetes.io/zone */
  readonly zone?: string
  /** topology.kubernetes.io/region */
  readonly region?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly taints?: NonNullable<Node['spec']['taints']>
  /** cpu, memory, ephemeral-storage, pods; default 8 cpu, 16 Gi, 100 Gi, 110 pods. */
  readonly capacity?: Readonly<Record<string, string>>
}

const DEFAULT_CAPACITY: Readonly<Record<string, string>> = {
  cpu: '8',
  'ephemeral-storage': '104857600Ki',
  'hugepages-2Mi': '0',
  memory: '16777216Ki',
  pods: '110',
}

export function capacityOf(node: NodeSpecification): Readonly<Record<string, string>> {
  return { ...DEFAULT_CAPACITY, ...node.capacity }
}

/** @param version `v1.36.2` @param now 'YYYY-MM-DDTHH:MM:SSZ' */
export function nodeObject(node: NodeSpecification, version: string, now: string): NewObject<Node> {
  const labels: Record<string, string> = {
    'beta.kubernetes.io/arch': 'amd64',
    'beta.kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'kubernetes.io/hostname': node.name,
    'kubernetes.io/os': 'linux',
  }
  if (node.controlPlane === true) {
    labels['node-role.kubernetes.io/control-plane'] = ''
    labels['node.kubernetes.io/exclude-from-external-load-balancers'] = ''
  }
  if (node.region !== undefined) labels['topology.kubernetes.io/region'] = node.region
  if (node.zone !== undefined) labels['topology.kubernetes.io/zone'] = node.zone
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: node.name,
      labels: { ...labels, ...node.labels },
      annotations: {
        'node.alpha.kubernetes.io/ttl': '0',
        'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
        ...node.annotations,
      },
    },
    spec: {
      ...(node.podCidrs[0] === undefined ? {} : { podCIDR: node.podCidrs[0], podCIDRs: node.podCidrs }),
      providerID: `podwire://${node.name}`,
      ...(node.taints === undefined ? {} : { taints: node.taints }),
    },
    status: nodeStatus(node, version, now),
  }
}

export function nodeStatus(node: NodeSpecification, version: string, now: string): NodeStatus {
  const capacity = capacityOf(node)
  return {
    addresses: [
      ...node.addresses.map((address) => ({ type: 'InternalIP', address })),
      { type: 'Hostname', address: node.name },
    ],
    allocatable: capacity,
    capacity,
    conditions: readyConditions(now),
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: {
      architecture: 'amd64',
      bootID: uuidOf(`boot/${node.name}`),
      containerRuntimeVersion: 'containerd://2.1.4',
      kernelVersion: '6.12.0-podwire',
      kubeProxyVersion: '',
      kubeletVersion: version,
      machineID: hexOf(`machine/${node.name}`, 32),
      operatingSystem: 'linux',
      osImage: 'podwire',
      systemUUID: uuidOf(`system/${node.name}`),
    },
  }
}

/** The four conditions of a healthy node, in the kubelet's order. */
function readyConditions(now: string): readonly NodeCondition[] {
  const condition = (type: string, status: string, reason: string, message: string): NodeCondition => ({
    type,
    status,
    lastHeartbeatTime: now,
    lastTransitionTime: now,
    reason,
    message,
  })
  return [
    condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
    condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
  ]
}

function uuidOf(text: string): string {
  const hex = hexOf(text, 32)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
}
