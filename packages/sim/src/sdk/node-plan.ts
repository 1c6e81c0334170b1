// Addresses of virtual nodes: node i is 172.18.0.(i+1) with the pod network 10.244.(i-1).0/24; large clusters go on in the
// next numbers (172.18.1.x, 10.245.0.0/24).

export interface NodePlan {
  readonly name: string
  readonly address: string
  readonly podCidr: string
  /** The first node also shows the control plane's pods. */
  readonly controlPlane: boolean
}

const FIRST_POD_NETWORK = 244
/** Second octets above the first: 244 to 255. What does not fit there goes on from 128. */
const UPPER_POD_NETWORKS = 12
const OVERFLOW_POD_NETWORK = 128

export function planNode(number: number): NodePlan {
  const host = number + 1
  const network = number - 1
  const block = network >> 8
  const octet =
    block < UPPER_POD_NETWORKS ? FIRST_POD_NETWORK + block : OVERFLOW_POD_NETWORK + block - UPPER_POD_NETWORKS
  return {
    name: `node-${number}`,
    address: `172.18.${host >> 8}.${host & 0xff}`,
    podCidr: `10.${octet}.${network & 0xff}.0/24`,
    controlPlane: number === 1,
  }
}

/** The range kube-proxy takes for pods': one /16 up to 256 nodes, then the smallest wider one that holds all of them. */
export function clusterCidrFor(nodes: number): string {
  if (nodes <= 256) return '10.244.0.0/16'
  if (nodes <= 1024) return '10.244.0.0/14'
  return nodes <= UPPER_POD_NETWORKS * 256 ? '10.224.0.0/11' : '10.128.0.0/9'
}
