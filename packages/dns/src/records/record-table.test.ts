// The record rules as a table: every kind of name × every query type, the answer as zone-file lines. `@` is the name that was
// asked; lines after `;` are the additional section. NODATA exists without such records, NXDOMAIN does not exist.

import type { EndpointSlice, Service } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { recordLine, typeNumber, type ResourceRecord } from '../wire/index.ts'
import { answerQuestion } from './answer.ts'
import { RecordIndex } from './record-index.ts'
import { DEFAULT_ZONE_OPTIONS } from './zone-options.ts'

const TYPES = ['A', 'AAAA', 'CNAME', 'SRV', 'PTR', 'TXT', 'MX', 'NS', 'SOA', 'HTTPS', 'ANY'] as const
type Type = (typeof TYPES)[number]
type Cell = 'NODATA' | 'NXDOMAIN' | readonly string[]

const every = (cell: Cell): Readonly<Record<Type, Cell>> => ({
  ...{ A: cell, AAAA: cell, CNAME: cell, SRV: cell, PTR: cell, TXT: cell },
  ...{ MX: cell, NS: cell, SOA: cell, HTTPS: cell, ANY: cell },
})
/** SOA of a name that does not exist is NODATA: the real plugin does not look. */
const MISSING = { ...every('NXDOMAIN'), SOA: 'NODATA' } as const
const EXISTS = every('NODATA')

const WEB = 'web.ns.svc.cluster.local.'
const DB = 'db.ns.svc.cluster.local.'
const DB_SRV = [
  `@ 5 SRV 0 50 5432 db-0.${DB}`,
  `@ 5 SRV 0 50 5432 10-244-1-5.${DB}`,
  `; db-0.${DB} 5 A 10.244.0.5`,
  `; 10-244-1-5.${DB} 5 A 10.244.1.5`,
]
const DB_A = ['@ 5 A 10.244.0.5', '@ 5 A 10.244.1.5']
const SOA = ['@ 5 SOA ns.dns.cluster.local. hostmaster.cluster.local. 0 7200 1800 86400 5']

const TABLE: readonly (readonly [kind: string, name: string, cells: Readonly<Record<Type, Cell>>])[] = [
  ['ClusterIP', WEB, { ...EXISTS, A: ['@ 5 A 10.96.0.1'], SRV: [`@ 5 SRV 0 100 80 ${WEB}`, `; ${WEB} 5 A 10.96.0.1`] }],
  [
    'ClusterIP of two families and ports',
    'both.ns.svc.cluster.local.',
    {
      ...EXISTS,
      A: ['@ 5 A 10.96.0.2'],
      AAAA: ['@ 5 AAAA fd00::2'],
      SRV: ['@ 5 SRV 0 25 80 @', '@ 5 SRV 0 25 53 @', '; @ 5 A 10.96.0.2', '; @ 5 AAAA fd00::2'],
    },
  ],
  ['ClusterIP without ports', 'plain.ns.svc.cluster.local.', { ...EXISTS, A: ['@ 5 A 10.96.0.3'] }],
  [
    'port of a ClusterIP',
    `_http._tcp.${WEB}`,
    { ...EXISTS, A: ['@ 5 A 10.96.0.1'], SRV: [`@ 5 SRV 0 100 80 ${WEB}`, `; ${WEB} 5 A 10.96.0.1`] },
  ],
  ['port that is not there', `_ssh._tcp.${WEB}`, MISSING],
  ['headless', DB, { ...EXISTS, A: DB_A, SRV: DB_SRV }],
  [
    'endpoint with a hostname',
    `db-0.${DB}`,
    { ...EXISTS, A: ['@ 5 A 10.244.0.5'], SRV: ['@ 5 SRV 0 100 5432 @', '; @ 5 A 10.244.0.5'] },
  ],
  [
    'endpoint without one',
    `10-244-1-5.${DB}`,
    { ...EXISTS, A: ['@ 5 A 10.244.1.5'], SRV: ['@ 5 SRV 0 100 5432 @', '; @ 5 A 10.244.1.5'] },
  ],
  ['endpoint that is not ready', `10-244-2-5.${DB}`, MISSING],
  ['port of a headless', `_pg._tcp.${DB}`, { ...EXISTS, A: DB_A, SRV: DB_SRV }],
  ['headless without ready endpoints', 'empty.ns.svc.cluster.local.', MISSING],
  [
    'headless of IPv6',
    'six.ns.svc.cluster.local.',
    {
      ...EXISTS,
      AAAA: ['@ 5 AAAA fd00:244::5'],
      SRV: ['@ 5 SRV 0 100 80 fd00-244--5.@', '; fd00-244--5.@ 5 AAAA fd00:244::5'],
    },
  ],
  [
    'ExternalName outside: the rest is looked up',
    'out.ns.svc.cluster.local.',
    {
      ...EXISTS,
      A: ['@ 5 CNAME www.example.org.'],
      AAAA: ['@ 5 CNAME www.example.org.'],
      CNAME: ['@ 5 CNAME www.example.org.'],
    },
  ],
  [
    'ExternalName inside',
    'alias.ns.svc.cluster.local.',
    { ...EXISTS, A: [`@ 5 CNAME ${WEB}`, `${WEB} 5 A 10.96.0.1`], CNAME: [`@ 5 CNAME ${WEB}`] },
  ],
  ['ExternalName of itself', 'ouro.ns.svc.cluster.local.', { ...EXISTS, CNAME: ['@ 5 CNAME @'] }],
  ['ExternalName that is an address', 'numeric.ns.svc.cluster.local.', MISSING],
  ['below an ExternalName', 'x.out.ns.svc.cluster.local.', MISSING],
  [
    'pod',
    '10-244-0-5.ns.pod.cluster.local.',
    { ...EXISTS, A: ['@ 5 A 10.244.0.5'], SRV: ['@ 5 SRV 0 100 0 @', '; @ 5 A 10.244.0.5'] },
  ],
  ['zone', 'cluster.local.', { ...EXISTS, TXT: 'NXDOMAIN', NS: ['@ 5 NS ns.dns.@', '; ns.dns.@ 5 A 10.244.9.9'], SOA }],
  ['branch', 'svc.cluster.local.', { ...EXISTS, TXT: 'NXDOMAIN' }],
  ['namespace', 'ns.svc.cluster.local.', { ...EXISTS, TXT: 'NXDOMAIN' }],
  ['version of the schema', 'dns-version.cluster.local.', { ...MISSING, TXT: ['@ 28800 TXT "1.1.0"'] }],
  ['ClusterIP reversed', '1.0.96.10.in-addr.arpa.', { ...MISSING, PTR: [`@ 5 PTR ${WEB}`] }],
  ['endpoint reversed', '5.0.244.10.in-addr.arpa.', { ...MISSING, PTR: [`@ 5 PTR db-0.${DB}`] }],
  ['address of nobody reversed', '9.9.9.9.in-addr.arpa.', MISSING],
  ['Service that is not there', 'ghost.ns.svc.cluster.local.', MISSING],
  ['namespace that is not there', 'web.nowhere.svc.cluster.local.', MISSING],
]

const metadataOf = (name: string): Service['metadata'] => ({
  name,
  namespace: 'ns',
  uid: name,
  resourceVersion: '1',
  creationTimestamp: '2026-01-01T00:00:00Z',
})

function service(name: string, spec: Service['spec']): Service {
  return { apiVersion: 'v1', kind: 'Service', metadata: metadataOf(name), spec }
}

function slice(
  of: string,
  endpoints: NonNullable<EndpointSlice['endpoints']>,
  name: string,
  port: number,
): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...metadataOf(`${of}-a`), labels: { 'kubernetes.io/service-name': of } },
    addressType: 'IPv4',
    endpoints,
    ports: [{ name, port, protocol: 'TCP' }],
  }
}

const http = { name: 'http', port: 80, protocol: 'TCP' }
const index = new RecordIndex()
index.putNamespace({ apiVersion: 'v1', kind: 'Namespace', metadata: metadataOf('ns'), spec: {} })
for (const one of [
  service('web', { clusterIP: '10.96.0.1', ports: [http] }),
  service('both', {
    clusterIP: '10.96.0.2',
    clusterIPs: ['10.96.0.2', 'fd00::2'],
    ports: [http, { name: 'dns', port: 53, protocol: 'UDP' }],
  }),
  service('plain', { clusterIP: '10.96.0.3' }),
  ...['db', 'empty', 'six'].map((name) => service(name, { clusterIP: 'None', ports: [http] })),
  service('out', { type: 'ExternalName', externalName: 'www.example.org' }),
  service('alias', { type: 'ExternalName', externalName: 'web.ns.svc.cluster.local' }),
  service('ouro', { type: 'ExternalName', externalName: 'ouro.ns.svc.cluster.local' }),
  service('numeric', { type: 'ExternalName', externalName: '192.0.2.1' }),
])
  index.putService(one)
for (const one of [
  slice(
    'db',
    [
      { addresses: ['10.244.0.5'], hostname: 'db-0', conditions: { ready: true } },
      { addresses: ['10.244.1.5'], conditions: {} },
      { addresses: ['10.244.2.5'], conditions: { ready: false } },
    ],
    'pg',
    5432,
  ),
  slice('empty', [{ addresses: ['10.244.2.6'], conditions: { ready: false } }], 'pg', 5432),
  slice('six', [{ addresses: ['fd00:244::5'], conditions: { ready: true } }], 'http', 80),
])
  index.putSlice(one)

const options = {
  ...DEFAULT_ZONE_OPTIONS,
  pods: 'insecure',
  zones: ['cluster.local.', 'in-addr.arpa.', 'ip6.arpa.'],
} as const

function ask(name: string, type: Type): Cell {
  const question = { name, type: typeNumber(type) ?? 0, class: 1 }
  const answer = answerQuestion({ index, options, localAddresses: () => ['10.244.9.9'], synced: () => true }, question)
  if (answer.kind === 'pass') throw new TypeError(`${name} is not in the zones`)
  const { answer: found = [], additional = [], authority = [] } = answer.reply
  const lines = (records: readonly ResourceRecord[]): string[] =>
    records.map((record) => recordLine(record).replaceAll('\t', ' ').replace(' IN ', ' '))
  // What has no records says so with the zone's SOA, and nothing else does.
  expect(authority.map(({ type: kind }) => kind)).toEqual(found.length === 0 ? ['SOA'] : [])
  if (answer.kind === 'missing') return 'NXDOMAIN'
  return found.length === 0 ? 'NODATA' : [...lines(found), ...lines(additional).map((line) => `; ${line}`)]
}

test.each(TABLE.flatMap(([kind, name, cells]) => TYPES.map((type) => ({ kind, name, type, cell: cells[type] }))))(
  '$kind: $type',
  ({ name, type, cell }) => {
    const expected = typeof cell === 'string' ? cell : cell.map((line) => line.replace(/@/g, name))
    expect(ask(name, type)).toEqual(expected)
  },
)
