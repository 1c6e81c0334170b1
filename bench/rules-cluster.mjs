// The clusters of the rule cases: so many Services of 20 endpoints each, spread over so many nodes, as kube-proxy would be handed them.

export const ENDPOINTS = 20
const NODES = 100

const address = (base, index) => `${base}.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`
const metadata = (name, labels = {}) => ({ name, namespace: 'default', labels, uid: name, resourceVersion: '1' })

export const clusterIpOf = (index) => address(10, (96 << 16) + index + 1)
export const nodePortOf = (index) => 30_000 + index
const podOf = (index, endpoint) => address(10, (128 << 16) + index * ENDPOINTS + endpoint)

/** A NodePort Service; every tenth speaks UDP too. */
function service(index) {
  const ports = [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 8080, nodePort: nodePortOf(index) }]
  if (index % 10 === 9) ports.push({ name: 'dns', protocol: 'UDP', port: 53, targetPort: 53 })
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(`web-${index}`),
    spec: { type: 'NodePort', clusterIP: clusterIpOf(index), clusterIPs: [clusterIpOf(index)], ports },
  }
}

function slice(index, { ready = ENDPOINTS, endpoints = ENDPOINTS } = {}) {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: metadata(`web-${index}-1`, { 'kubernetes.io/service-name': `web-${index}` }),
    addressType: 'IPv4',
    ports: [
      { name: 'http', protocol: 'TCP', port: 8080 },
      { name: 'dns', protocol: 'UDP', port: 53 },
    ],
    endpoints: Array.from({ length: endpoints }, (_, endpoint) => ({
      addresses: [podOf(index, endpoint)],
      conditions: { ready: endpoint < ready, serving: endpoint < ready, terminating: false },
      nodeName: nodeName((index * ENDPOINTS + endpoint) % NODES),
    })),
  }
}

export const keyOf = (index) => `default/web-${index}`

/** What a Service brings: its object and its slices. `ready` endpoints of 20 are. */
export function inputOf(index, options) {
  return { service: service(index), slices: [slice(index, options)] }
}

export function inputs(count) {
  return new Map(Array.from({ length: count }, (_, index) => [keyOf(index), inputOf(index)]))
}

const nodeName = (index) => `node-${index}`

export function node(index) {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { ...metadata(nodeName(index), { 'topology.kubernetes.io/zone': `zone-${index % 3}` }) },
    spec: { podCIDRs: [`10.${128 + (index >> 8)}.${index & 255}.0/24`] },
    status: { addresses: [{ type: 'InternalIP', address: address(172, (18 << 16) + index + 2) }] },
  }
}
