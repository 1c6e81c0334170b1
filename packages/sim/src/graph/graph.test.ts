import { readFileSync } from 'node:fs'
import type { KubeObject } from '@podwire/apiserver'
import { describe, expect, test } from 'vitest'
import { flowMermaid } from '../fabric/mermaid.ts'
import { shippedFolder } from '../document/shipped-folder.ts'
import { createCluster } from '../sdk/cluster.ts'
import { readManifests } from '../sdk/manifests.ts'
import { clusterGraph } from './cluster-graph.ts'
import { graphMermaid } from './graph-mermaid.ts'
import { graphSvg } from './graph-svg.ts'
import { sequenceSvg } from './sequence-svg.ts'

/** Near enough to objects for a drawing. */
const objects = (text: string): readonly KubeObject[] =>
  readManifests(text).map((manifest) => ({ spec: {}, ...manifest })) as unknown as readonly KubeObject[]

const SMALL = objects(`
{ apiVersion: v1, kind: Node, metadata: { name: node-1 }, status: { addresses: [{ type: InternalIP, address: 172.18.0.2 }], conditions: [{ type: Ready, status: 'False' }] } }
---
{ apiVersion: v1, kind: Pod, metadata: { name: web-0, namespace: shop, labels: { app: web } }, spec: { nodeName: node-1 }, status: { podIP: 10.244.0.2, phase: Running, conditions: [{ type: Ready, status: 'True' }] } }
---
{ apiVersion: v1, kind: Pod, metadata: { name: web-1, namespace: shop, labels: { app: web } }, spec: { nodeName: node-1 }, status: { phase: Running } }
---
{ apiVersion: v1, kind: Service, metadata: { name: web, namespace: shop }, spec: { type: LoadBalancer, clusterIP: 10.96.0.9, selector: { app: web }, ports: [{ port: 80, nodePort: 30080, targetPort: http }] } }
---
{ apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: { name: web-1, namespace: shop, labels: { kubernetes.io/service-name: web } }, ports: [{ port: 8080 }], endpoints: [{ addresses: [10.244.0.2], conditions: { ready: true }, targetRef: { kind: Pod, name: web-0 } }, { addresses: [10.244.0.3], conditions: { ready: false }, targetRef: { kind: Pod, name: web-1 } }] }
---
{ apiVersion: v1, kind: Service, metadata: { name: bank, namespace: shop }, spec: { type: ExternalName, externalName: 'bank.example.com' } }
---
{ apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: { name: edge, namespace: shop }, spec: { ingressClassName: nginx, tls: [{}], rules: [{ host: a.example.com, http: { paths: [{ path: /, backend: { service: { name: web } } }, { path: /x, backend: { service: { name: web } } }] } }, { http: { paths: [{ backend: { service: { name: gone } } }] } }] } }
`)

describe('a cluster as a graph', () => {
  test('Mermaid: namespaces, Ingresses, Services, endpoints, nodes, and what is not well', () => {
    expect(graphMermaid(clusterGraph(SMALL))).toBe(`flowchart LR
  subgraph g0["namespace shop"]
    v0{{"edge<br/>Ingress nginx<br/>TLS"}}
    v1(["bank<br/>ExternalName"])
    v2(["gone<br/>missing"])
    v3(["web<br/>LoadBalancer 10.96.0.9<br/>80:30080 → http<br/>&lt;pending&gt;"])
    v4["web-0<br/>10.244.0.2"]
    v5["web-1<br/>not ready"]
  end
  subgraph g1["outside"]
    v6>"bank.example.com"]
  end
  subgraph g2["nodes"]
    v7[/"node-1<br/>172.18.0.2<br/>NotReady"/]
  end
  v0 -->|"*/"| v2
  v0 -->|"a.example.com/, a.example.com/x"| v3
  v4 -.- v7
  v5 -.- v7
  v1 -->|"CNAME"| v6
  v3 --> v4
  v3 -. not ready .-> v5
  classDef sick stroke:#c0392b,stroke-dasharray: 4 3
  class v2,v5,v7 sick`)
  })

  test('manifests alone: workloads stand for their pods, selectors for endpoints', () => {
    const { vertices, edges } = clusterGraph(objects(`${shippedFolder('examples')}kubia.yaml`))
    expect(vertices.find(({ kind }) => kind === 'workload')?.lines).toEqual(['httpd', 'Deployment × 1'])
    expect(edges.filter(({ to }) => to === 'workload/default/kubia').map(({ from }) => from)).toEqual([
      'service/default/kubia',
      'service/default/kubia-headless',
      'service/default/kubia-nodeport',
    ])
  })

  test('only the namespaces that are asked for', () => {
    const { vertices } = clusterGraph(SMALL, { namespaces: ['other'] })
    expect(vertices.map(({ id }) => id)).toEqual(['node/node-1'])
  })

  test('SVG: no box covers another, nothing lies outside, and texts are escaped', () => {
    const svg = graphSvg(clusterGraph(SMALL))
    expect(graphSvg(clusterGraph(SMALL))).toBe(svg)
    expect(svg).toContain('&lt;pending&gt;')
    expectWellFormed(svg)
    const boxes = boxesOf(svg).filter(({ fill }) => !['#fafafa', '#fff'].includes(fill))
    expect(boxes).toHaveLength(8)
    const [, width = 0, height = 0] = /viewBox="0 0 (\S+) ([^"]+)"/.exec(svg)?.map(Number) ?? []
    for (const [index, a] of boxes.entries()) {
      expect(a.x >= 0 && a.y >= 0 && a.x + a.width <= width && a.y + a.height <= height).toBe(true)
      for (const b of boxes.slice(index + 1)) {
        const apart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y
        expect(apart, `${JSON.stringify(a)} ${JSON.stringify(b)}`).toBe(true)
      }
    }
  })

  test('SVG: no text lies on another one or outside, however long and many they are', () => {
    const long = 'a-service-name-as-long-as-they-may-be-which-is-63-characters-'
    const many = Array.from({ length: 9 }, (_, index) => index)
    const svg = graphSvg(
      clusterGraph([
        ...SMALL,
        ...objects(
          [
            ...many.map(
              (index) =>
                `{ apiVersion: v1, kind: Service, metadata: { name: ${long}${index}, namespace: shop }, spec: { ports: [{ port: 53, protocol: UDP }] } }`,
            ),
            `{ apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: { name: wide, namespace: shop }, spec: { rules: [${many
              .map(
                (index) =>
                  `{ host: h${index}.example.com, http: { paths: [{ path: /a/long/path, backend: { service: { name: ${long}${8 - index} } } }, { path: /, backend: { service: { name: web } } }] } }`,
              )
              .join(', ')}] } }`,
          ].join('\n---\n'),
        ),
      ]),
    )
    expect(svg).toContain('53/UDP')
    const [, width = 0, height = 0] = /viewBox="0 0 (\S+) ([^"]+)"/.exec(svg)?.map(Number) ?? []
    const texts = [...svg.matchAll(/<text x="(\S+)" y="(\S+)" text-anchor="start"[^>]*>([^<]*)</g)].map(
      ([, x, y, text = '']) => ({ text, x: Number(x), y: Number(y), right: Number(x) + text.length * 7.2 }),
    )
    expect(texts.length).toBeGreaterThan(50)
    for (const [index, a] of texts.entries()) {
      expect(a.right < width && a.y < height, a.text).toBe(true)
      const under = texts.slice(index + 1).filter((b) => Math.abs(a.y - b.y) < 12 && a.x < b.right && b.x < a.right)
      expect(under.map(({ text }) => `${text} on ${a.text}`)).toEqual([])
    }
  })

  test('nothing is a picture too', () => {
    expectWellFormed(graphSvg(clusterGraph([])))
    expect(graphMermaid(clusterGraph([]))).toBe('flowchart LR')
  })
})

test('a flow as SVG: its participants, hops and end, from the same words as Mermaid’s', async () => {
  await using cluster = await createCluster({ nodes: 2, ingress: false, seed: 4 })
  await cluster.apply(readFileSync(`${shippedFolder('examples')}kubia.yaml`, 'utf8'))
  await cluster.settle()
  const { flow } = await cluster.pod('client').fetch('http://kubia/')
  const svg = flow.svg()
  expect(svg).toBe(sequenceSvg(flowMermaid(flow)))
  expectWellFormed(svg)
  for (const text of ['pod/default/client', 'DNAT', 'delivered to pod/default/kubia']) expect(svg).toContain(text)
  const failed = await cluster.external.trace('http://172.18.0.2:81/')
  const refused = sequenceSvg(failed.attempts.map(flowMermaid)[0] ?? '')
  expect(refused).toContain('url(#cross)')
  expect(refused).toContain('refused: nobody listens on tcp 172.18.0.2:81')
})

function boxesOf(svg: string): readonly { x: number; y: number; width: number; height: number; fill: string }[] {
  const pattern = /<rect x="(\S+)" y="(\S+)" width="(\S+)" height="(\S+)" rx="\S+" fill="(\S+)"/g
  return [...svg.matchAll(pattern)].map(([, x, y, width, height, fill = '']) => ({
    x: Number(x),
    y: Number(y),
    width: Number(width),
    height: Number(height),
    fill,
  }))
}

/** Every element is closed in its turn, and no bare sign is left over. */
function expectWellFormed(xml: string): void {
  const open: string[] = []
  for (const [, slash, name = '', rest = ''] of xml.matchAll(
    /<(\/?)([a-z][\w-]*)((?:\s+[\w:-]+="[^"<]*")*\s*\/?)>/gi,
  )) {
    if (slash === '/') expect(open.pop()).toBe(name)
    else if (!rest.endsWith('/')) open.push(name)
  }
  expect(open).toEqual([])
  const texts = xml.replaceAll(/<\/?[a-z][\w-]*(?:\s+[\w:-]+="[^"<]*")*\s*\/?>/gi, '')
  expect(texts).not.toMatch(/[<>]|&(?!(?:amp|lt|gt|quot);)/)
}
