// What a user hands to `proxyRules`, and what is said of it.

import { expect, test } from 'vitest'
import { proxyRules, type RulesOptions } from './rules.ts'

const NODE = `
apiVersion: v1
kind: Node
metadata: { name: node-1 }
status: { addresses: [{ type: InternalIP, address: 172.18.0.2 }] }
---
`
const SERVICE = `
apiVersion: v1
kind: Service
metadata: { name: web, namespace: demo }
spec: { clusterIP: 10.96.0.80, ports: [{ port: 80 }] }
---
`
const SLICE = `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: web-1, namespace: demo, labels: { kubernetes.io/service-name: web } }
addressType: IPv4
ports: [{ port: 8080 }]
endpoints: [{ addresses: [010.244.0.05] }]
---
`

/** The rules, and the notes about the objects. */
function rules(yaml: string, options: Partial<RulesOptions> = {}): { readonly text: string; readonly notes: string[] } {
  const notes: string[] = []
  const text = proxyRules([yaml], { node: 'node-1', nfacct: false, onNote: (note) => notes.push(note), ...options })
  return { text, notes }
}

test('defaults are filled in as the server would', () => {
  const { text, notes } = rules(NODE + SERVICE + SLICE)
  expect(text).toContain('-m tcp -j DNAT --to-destination 10.244.0.5:8080\n')
  expect(notes).toEqual([])
})

test('lists, lists of lists, and null for an empty list', () => {
  const slice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-1', namespace: 'demo', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    endpoints: null,
    ports: null,
  }
  const inner = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSliceList', items: [slice] }
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [inner] })
  const notes: string[] = []
  const text = proxyRules([[NODE, SERVICE, list]], { node: 'node-1', onNote: (note) => notes.push(note) })
  expect(text).toContain('demo/web has no endpoints')
  expect(notes).toEqual([])
})

test('the service range of nftables mode: said, a ServiceCIDR, or what is around the addresses', () => {
  const dropped = (yaml: string, options: Partial<RulesOptions> = {}) =>
    /ip daddr (\S+) drop/.exec(rules(yaml, { proxyMode: 'nftables', ...options }).text)?.[1]
  const range =
    'apiVersion: networking.k8s.io/v1\nkind: ServiceCIDR\nmetadata: { name: kubernetes }\nspec: { cidrs: [10.96.0.0/12] }\n'
  expect(dropped(NODE + SERVICE)).toBe('10.96.0.0/16')
  expect(dropped(`${NODE}${SERVICE}${range}`)).toBe('10.96.0.0/12')
  expect(dropped(NODE + SERVICE, { serviceCidrs: ['10.0.0.0/8'] })).toBe('10.0.0.0/8')
  expect(dropped(NODE)).toBeUndefined()
})

test('both families in nftables mode, the first one otherwise', () => {
  const dual = NODE.replace('}] }', '}, { type: InternalIP, address: "fd00:18::2" }] }')
  const tables = (options: Partial<RulesOptions>) =>
    [...rules(dual, { proxyMode: 'nftables', ...options }).text.matchAll(/^table (\w+) /gm)].map(([, family]) => family)
  expect(tables({})).toEqual(['ip', 'ip6'])
  expect(tables({ family: 'ipv6' })).toEqual(['ip6'])
  expect(rules(dual, {}).notes).toEqual(['rules of ipv6 are written too: ask by family'])
  expect(rules(dual, { family: 'ipv6' }).text).toContain('! -d ::1/128')
})

test('old releases: their API versions, and the colon of unnamed ports', () => {
  const old = SLICE.replace('discovery.k8s.io/v1', 'discovery.k8s.io/v1beta1')
  const objects = NODE + SERVICE.replace('demo', 'demo').replaceAll('web', 'myblog') + old.replaceAll('web', 'myblog')
  expect(rules(objects, { kubernetesVersion: '1.18' }).text).toContain('KUBE-SVC-WQNGJ7YFZKCTKPZK')
  expect(rules(objects).notes).toEqual([
    'kube-proxy does not read EndpointSlice of discovery.k8s.io/v1beta1: 1 passed over',
  ])
})

const inSlice = (more: string) => NODE + SERVICE + SLICE.replace(/endpoints: .*/, more)

test.each<{ name: string; yaml: string; notes: readonly string[]; endpoints?: readonly string[] }>([
  {
    name: 'an address that is none',
    yaml: inSlice('endpoints: [{ addresses: [10.0.0.300] }, { addresses: [10.244.0.6] }]'),
    notes: ['EndpointSlice demo/web-1: "10.0.0.300" is no address: left out'],
    endpoints: ['10.244.0.6:8080'],
  },
  {
    name: 'no address at all',
    yaml: inSlice('endpoints: [{ addresses: [] }, {}]'),
    notes: [
      'EndpointSlice demo/web-1: "" is no address: left out',
      'EndpointSlice demo/web-1: "" is no address: left out',
    ],
    endpoints: [],
  },
  {
    name: 'an address of the other family',
    yaml: inSlice('endpoints: [{ addresses: ["fd00::1"] }]'),
    notes: ['EndpointSlice demo/web-1: fd00::1 is no IPv4 address: left out'],
    endpoints: [],
  },
  {
    name: 'a slice without ports',
    yaml: NODE + SERVICE + SLICE.replace(/ports: .*/, ''),
    notes: ['EndpointSlice demo/web-1 has no ports: no Service port has its endpoints'],
    endpoints: [],
  },
  {
    name: 'a port without number',
    yaml: NODE + SERVICE + SLICE.replace('{ port: 8080 }', '{ port: 8080 }, { name: all }'),
    notes: ['EndpointSlice demo/web-1: port "all" has no number: left out'],
    endpoints: ['10.244.0.5:8080'],
  },
  {
    name: 'ports that are none',
    yaml:
      NODE +
      SERVICE.replace('port: 80', 'port: 80, nodePort: 70000') +
      SLICE.replace('{ port: 8080 }', '{ port: 8080 }, { name: far, port: 70000 }'),
    notes: [
      'Service demo/web: there is no port 70000: no node port',
      'EndpointSlice demo/web-1: there is no port 70000: left out',
    ],
    endpoints: ['10.244.0.5:8080'],
  },
  {
    name: 'names instead of addresses',
    yaml: NODE + SERVICE + SLICE.replace('IPv4', 'FQDN'),
    notes: ['EndpointSlice demo/web-1 has addressType FQDN: left out'],
    endpoints: [],
  },
  {
    name: 'a slice of nobody',
    yaml: NODE + SERVICE + SLICE.replace('kubernetes.io/service-name', 'app'),
    notes: ['EndpointSlice demo/web-1 has no label kubernetes.io/service-name: left out'],
    endpoints: [],
  },
  {
    name: 'slices that disagree',
    yaml:
      inSlice(
        'endpoints: [{ addresses: [10.244.0.5], conditions: { ready: false, serving: true, terminating: true } }]',
      ) + SLICE.replace('web-1', 'web-2'),
    notes: ['slices of Service demo/web disagree about endpoint 10.244.0.5:8080: one that is not terminating wins'],
    endpoints: ['10.244.0.5:8080'],
  },
  {
    name: 'two ports of one name and protocol',
    yaml: NODE + SERVICE.replace('[{ port: 80 }]', '[{ port: 80 }, { port: 81 }]') + SLICE,
    notes: ['Service demo/web: two TCP ports are named "": the last one counts'],
    endpoints: ['10.244.0.5:8080'],
  },
  {
    name: 'bad external addresses and ranges',
    yaml:
      NODE +
      SERVICE.replace(
        'ports:',
        'externalIPs: [1.2.3], loadBalancerSourceRanges: [10.0.0.0/33, " 10.0.0.0/8 "], ports:',
      ) +
      SLICE,
    notes: [
      'Service demo/web: "1.2.3" is no address: left out',
      'Service demo/web: "10.0.0.0/33" is no range: left out',
    ],
    endpoints: ['10.244.0.5:8080'],
  },
  {
    name: 'a node port two Services have',
    yaml:
      NODE +
      ['a', 'b']
        .map((name, i) =>
          SERVICE.replace('web', name).replace('0.80', `0.${i}`).replace('port: 80', 'port: 80, nodePort: 30080'),
        )
        .join(''),
    notes: ['nodePort 30080/TCP is of demo/a and of demo/b'],
  },
  {
    name: 'no cluster IP',
    yaml: NODE + SERVICE.replace('clusterIP: 10.96.0.80,', ''),
    notes: [
      'Service demo/web has no clusterIP and gets no rules: the API server allocates one, kubectl get -o yaml shows it',
    ],
    endpoints: [],
  },
  {
    name: 'unknown fields, other kinds, an object twice',
    yaml: `${NODE}${SERVICE}${SERVICE.replace('spec: {', 'spec: { colour: red,')}${SLICE}{ apiVersion: v1, kind: Pod, metadata: { name: x } }`,
    notes: [
      'Service demo/web is there twice: the last one counts',
      'Service demo/web: unknown field spec.colour',
      'kube-proxy does not read Pod of v1: 1 passed over',
    ],
    endpoints: ['10.244.0.5:8080'],
  },
])('noted: $name', ({ yaml, notes, endpoints }) => {
  for (const proxyMode of ['iptables', 'nftables', 'ipvs'] as const) {
    const found = rules(yaml, { proxyMode })
    expect(found.notes).toEqual(notes)
    if (proxyMode !== 'iptables' || endpoints === undefined) continue
    expect([...found.text.matchAll(/--to-destination (\S+)/g)].map(([, to]) => to)).toEqual(endpoints)
  }
})

test.each([
  { name: 'no such Node', yaml: SERVICE + NODE.replace('node-1', 'node-7'), says: 'There are node-7.' },
  { name: 'no Node at all', yaml: SERVICE, says: 'there is no Node node-1 among the objects. Add the Node' },
  {
    name: 'a field of the wrong type',
    yaml: NODE + SERVICE.replace('port: 80', 'port: http'),
    says: 'Service: json: cannot unmarshal string into Go struct field ServicePort.spec.ports.port of type int32',
  },
  { name: 'an object without name', yaml: 'kind: Service\napiVersion: v1\n', says: 'a Service has no metadata.name' },
  {
    name: 'an object without kind',
    yaml: 'apiVersion: v1\n',
    says: 'an object has no kind. Write apiVersion and kind.',
  },
  { name: 'no YAML', yaml: 'a: [1', says: 'document 1 is no valid YAML' },
  {
    name: 'a node-port address that is no range',
    yaml: NODE,
    says: 'nodePortAddresses has "10.0.0.1", which is no range',
  },
])('refused: $name', ({ yaml, says }) => {
  expect(() => rules(yaml, says.includes('no range') ? { nodePortAddresses: ['10.0.0.1'] } : {})).toThrow(says)
})
