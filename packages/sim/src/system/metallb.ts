// MetalLB as its own manifests deploy it: namespace metallb-system, the custom resources, the controller's Deployment and the
// speakers' DaemonSet. Pools are the user's to make: without one every Service waits.
// Source: metallb config/manifests/metallb-native.yaml (names, labels, ports, tolerations), api/v1beta1, api/v1beta2 (fields).

import type { Manifest } from '@podwire/apiserver'

const VERSION = 'v0.15.3'
const inNamespace = { namespace: 'metallb-system' }
const labels = { app: 'metallb' }

function imageOf(name: string): string {
  return `quay.io/metallb/${name}:${VERSION}`
}

export function metalLbManifests(): readonly Manifest[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: inNamespace.namespace,
        labels: Object.fromEntries(
          ['audit', 'enforce', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'privileged']),
        ),
      },
    },
    ...customResourceDefinitions(),
    ...['controller', 'speaker'].map((name) => ({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, ...inNamespace, labels },
    })),
    controllerDeployment(),
    speakerDaemonSet(),
  ]
}

type Schema = Readonly<Record<string, unknown>>

const text: Schema = { type: 'string' }
const flag: Schema = { type: 'boolean' }
const number: Schema = { type: 'integer' }
const duration: Schema = text
const listOf = (items: Schema): Schema => ({ type: 'array', items })
const fieldsOf = (properties: Readonly<Record<string, Schema>>): Schema => ({ type: 'object', properties })
const selector = fieldsOf({
  matchLabels: { type: 'object', additionalProperties: text },
  matchExpressions: listOf({
    ...fieldsOf({ key: text, operator: text, values: listOf(text) }),
    required: ['key', 'operator'],
  }),
})
const selectors = listOf(selector)
const poolSelection = { ipAddressPools: listOf(text), ipAddressPoolSelectors: selectors }

interface Kind {
  readonly kind: string
  readonly plural: string
  readonly version?: string
  readonly spec: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly columns: readonly (readonly [name: string, type: string, jsonPath: string])[]
}

const SELECTED_POOLS = [
  ['IPAddressPools', 'string', '.spec.ipAddressPools'],
  ['IPAddressPool Selectors', 'string', '.spec.ipAddressPoolSelectors'],
] as const

const KINDS: readonly Kind[] = [
  {
    kind: 'IPAddressPool',
    plural: 'ipaddresspools',
    spec: {
      addresses: listOf(text),
      autoAssign: { ...flag, default: true },
      avoidBuggyIPs: { ...flag, default: false },
      serviceAllocation: fieldsOf({
        priority: number,
        namespaces: listOf(text),
        namespaceSelectors: selectors,
        serviceSelectors: selectors,
      }),
    },
    required: ['addresses'],
    columns: [
      ['Auto Assign', 'boolean', '.spec.autoAssign'],
      ['Avoid Buggy IPs', 'boolean', '.spec.avoidBuggyIPs'],
      ['Addresses', 'string', '.spec.addresses'],
    ],
  },
  {
    kind: 'L2Advertisement',
    plural: 'l2advertisements',
    spec: { ...poolSelection, nodeSelectors: selectors, serviceSelectors: selectors, interfaces: listOf(text) },
    columns: [...SELECTED_POOLS, ['Interfaces', 'string', '.spec.interfaces']],
  },
  {
    kind: 'BGPAdvertisement',
    plural: 'bgpadvertisements',
    spec: {
      ...poolSelection,
      nodeSelectors: selectors,
      serviceSelectors: selectors,
      aggregationLength: { ...number, default: 32, minimum: 1 },
      aggregationLengthV6: { ...number, default: 128 },
      localPref: number,
      communities: listOf(text),
      peers: listOf(text),
    },
    columns: [...SELECTED_POOLS, ['Peers', 'string', '.spec.peers']],
  },
  {
    kind: 'BGPPeer',
    plural: 'bgppeers',
    version: 'v1beta2',
    spec: {
      myASN: { ...number, minimum: 0, maximum: 4_294_967_295 },
      peerASN: { ...number, minimum: 0, maximum: 4_294_967_295 },
      peerAddress: text,
      peerPort: { ...number, default: 179, minimum: 1, maximum: 16_384 },
      sourceAddress: text,
      holdTime: duration,
      keepaliveTime: duration,
      routerID: text,
      nodeSelectors: selectors,
      password: text,
      bfdProfile: text,
      ebgpMultiHop: flag,
      vrf: text,
    },
    required: ['myASN', 'peerASN', 'peerAddress'],
    columns: [
      ['Address', 'string', '.spec.peerAddress'],
      ['ASN', 'string', '.spec.peerASN'],
      ['BFD Profile', 'string', '.spec.bfdProfile'],
      ['Multi Hops', 'string', '.spec.ebgpMultiHop'],
    ],
  },
]

function customResourceDefinitions(): readonly Manifest[] {
  return KINDS.map(({ kind, plural, version = 'v1beta1', spec, required, columns }) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.metallb.io` },
    spec: {
      group: 'metallb.io',
      scope: 'Namespaced',
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns.map(([name, type, jsonPath]) => ({ name, type, jsonPath })),
          schema: {
            openAPIV3Schema: {
              ...fieldsOf({
                apiVersion: text,
                kind: text,
                metadata: { type: 'object' },
                spec: { ...fieldsOf(spec), ...(required === undefined ? {} : { required }) },
                status: { type: 'object' },
              }),
              ...(required === undefined ? {} : { required: ['spec'] }),
            },
          },
        },
      ],
    },
  }))
}

function controllerDeployment(): Manifest {
  const own = { ...labels, component: 'controller' }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'controller', ...inNamespace, labels: own },
    spec: {
      replicas: 1,
      revisionHistoryLimit: 3,
      selector: { matchLabels: own },
      template: {
        metadata: { labels: own },
        spec: {
          serviceAccountName: 'controller',
          terminationGracePeriodSeconds: 0,
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          securityContext: { runAsNonRoot: true, runAsUser: 65_534, fsGroup: 65_534 },
          containers: [
            {
              name: 'controller',
              image: imageOf('controller'),
              args: ['--port=7472', '--log-level=info'],
              env: [
                { name: 'METALLB_ML_SECRET_NAME', value: 'memberlist' },
                { name: 'METALLB_DEPLOYMENT', value: 'controller' },
              ],
              ports: [
                { name: 'monitoring', containerPort: 7472 },
                { name: 'webhook-server', containerPort: 9443 },
              ],
            },
          ],
        },
      },
    },
  }
}

function speakerDaemonSet(): Manifest {
  const own = { ...labels, component: 'speaker' }
  const fromField = (name: string, fieldPath: string): object => ({ name, valueFrom: { fieldRef: { fieldPath } } })
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'speaker', ...inNamespace, labels: own },
    spec: {
      selector: { matchLabels: own },
      template: {
        metadata: { labels: own },
        spec: {
          serviceAccountName: 'speaker',
          hostNetwork: true,
          terminationGracePeriodSeconds: 2,
          nodeSelector: { 'kubernetes.io/os': 'linux' },
          tolerations: ['master', 'control-plane'].map((role) => ({
            key: `node-role.kubernetes.io/${role}`,
            operator: 'Exists',
            effect: 'NoSchedule',
          })),
          containers: [
            {
              name: 'speaker',
              image: imageOf('speaker'),
              args: ['--port=7472', '--log-level=info'],
              env: [
                fromField('METALLB_NODE_NAME', 'spec.nodeName'),
                fromField('METALLB_HOST', 'status.hostIP'),
                fromField('METALLB_ML_BIND_ADDR', 'status.podIP'),
                { name: 'METALLB_ML_LABELS', value: 'app=metallb,component=speaker' },
              ],
              ports: [
                { name: 'monitoring', containerPort: 7472 },
                { name: 'memberlist-tcp', containerPort: 7946 },
                { name: 'memberlist-udp', containerPort: 7946, protocol: 'UDP' },
              ],
              securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                capabilities: { drop: ['ALL'], add: ['NET_RAW'] },
              },
            },
          ],
        },
      },
    },
  }
}
