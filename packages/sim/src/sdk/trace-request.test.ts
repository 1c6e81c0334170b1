// A traced request: what it tells of names, attempts and hops, whether it succeeds or not.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { createCluster, type Cluster } from './cluster.ts'
import { explainTrace } from './explain-trace.ts'

const MANIFESTS = `
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { clusterIP: 10.96.7.7, selector: { app: web }, ports: [{ port: 80, targetPort: 8080 }] }
---
apiVersion: v1
kind: Service
metadata: { name: empty }
spec: { clusterIP: 10.96.7.8, selector: { app: none }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: web-0, labels: { app: web } }
spec: { nodeName: node-2, containers: [{ name: c, image: kubia, ports: [{ containerPort: 8080 }] }] }
---
apiVersion: v1
kind: Pod
metadata: { name: client }
spec: { nodeName: node-1, containers: [{ name: c, image: nginx }] }
`

let cluster: Cluster

beforeAll(async () => {
  cluster = await createCluster({ flowTraces: false, ingress: false, nodes: 2 })
  await cluster.apply(MANIFESTS)
  await cluster.settle()
})

afterAll(() => cluster.stop())

/** Ports and times differ with what ran before. */
const plain = (text: string): string =>
  text.replaceAll(/:[3-6]\d{4}\b/g, ':PORT').replaceAll(/\b[\d.]+(µs|ms|s)\b/g, 'T')

test('a name, its candidates, the rules and hops, and who answered', async () => {
  const trace = await cluster.place('pod/default/client').trace('http://web/')
  const lines = plain(explainTrace(trace)).split('\n')
  expect(lines.slice(0, 8)).toEqual([
    'pod/default/client → http://web/: 200 from pod/default/web-0 in T',
    '',
    'name web: 10.96.7.7',
    '  10.96.0.10  dns  web.default.svc.cluster.local. A: NOERROR A 10.96.7.7 (ttl 30)',
    '  10.96.0.10  dns  web.default.svc.cluster.local. AAAA: NODATA',
    '',
    'connection',
    expect.stringMatching(
      /^tcp 10\.244\.0\.\d+:PORT → 10\.96\.7\.7:80 → 10\.244\.1\.\d+:8080 \(pod\/default\/web-0\): delivered in T$/,
    ),
  ])
  expect(lines.slice(8).map((line) => line.trim().split(/ {2,}/)[1])).toEqual([
    ...['routing', 'conntrack', 'nat/PREROUTING', 'nat/KUBE-SERVICES'],
    expect.stringMatching(/^nat\/KUBE-SVC-/),
    expect.stringMatching(/^nat\/KUBE-SEP-/),
    ...['conntrack', 'routing', 'node-1', 'conntrack', 'routing', 'cni0', 'listener'],
  ])
  expect(cluster.flowTraces).toBe(false)
})

test.each([
  ['client', 'http://empty/', 'connection refused', /rejected at node\/node-1: default\/empty has no endpoints$/m],
  [
    'default/client',
    'http://nowhere.test/',
    'could not resolve host nowhere.test',
    /^ {2}10\.96\.0\.10 .* nowhere\.test\. A: NXDOMAIN/m,
  ],
  ['default/client', 'tcp://web:80', 'connected to pod/default/web-0 in T', /^tcp .* delivered in T$/m],
  [
    'external',
    'http://web/',
    'could not resolve host web',
    /^ {2}172\.18\.0\.1 {2}dns {2}web\. A: NXDOMAIN \(not declared/m,
  ],
  [
    'node/node-2',
    'http://10.96.7.7/',
    '200 from pod/default/web-0 in T',
    /^name 10\.96\.7\.7: an address, nobody is asked$/m,
  ],
  [
    'client',
    'http://localhost/',
    '200 from pod/default/client in T',
    /^name localhost: 127\.0\.0\.1, ::1, from \/etc\/hosts$/m,
  ],
  ['node/node-1', 'http://10.244.9.9/', 'timed out', /no route at external$/m],
])('%s %s: %s', async (from, url, ending, shows) => {
  const text = plain(explainTrace(await cluster.place(from).trace(url)))
  expect(text.split('\n')[0]).toMatch(/^\S+ → \S+: /)
  expect(text.split('\n')[0]?.split(`${url}: `)[1]).toBe(ending)
  expect(text).toMatch(shows)
})

test.each([
  ['default/client', 'ftp://web/', 'podwire does not simulate ftp://'],
  ['default/client', 'tcp://web', 'it names no port'],
  ['default/ghost', 'http://web/', 'there is no such pod'],
  ['node/node-9', 'http://web/', 'there is no such node'],
  ['a/b/c', 'http://web/', 'it is no place in the cluster'],
])('refused: %s %s', async (from, url, message) => {
  await expect((async () => cluster.place(from).trace(url))()).rejects.toThrow(message)
})
