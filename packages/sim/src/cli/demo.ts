// `podwire demo`: the four ways to a pod, each with the way it took: Service, NodePort, Ingress, headless.

import { nodes, services } from '@podwire/apiserver'
import { explainQueries } from '../fabric/explain.ts'
import { createCluster, type Cluster } from '../sdk/cluster.ts'
import type { Reply } from '../sdk/reply.ts'
import { INGRESS_NAMESPACE, INGRESS_SERVICE } from '../system/ingress-nginx.ts'
import { DEMO_MANIFESTS } from './demo-manifests.ts'

export interface DemoOptions {
  readonly seed: number
  readonly hashOnly?: boolean
}

interface Step {
  readonly title: string
  /** What happens, for someone who has not seen it before. */
  readonly about: string
  readonly run: (cluster: Cluster) => Promise<readonly string[]>
}

const STEPS: readonly Step[] = [
  {
    title: 'Service (ClusterIP): a pod calls http://kubia/',
    about:
      'The name becomes the Service’s virtual address; a rule on the client’s node turns that into one of the pods.',
    run: async (cluster) =>
      requestLines('client$ curl http://kubia/', await cluster.pod('client').fetch('http://kubia/')),
  },
  {
    title: 'NodePort: somebody outside calls port 30123 of a node',
    about: 'Every node takes the port; the pod that answers may be on another one, and then sees the node as its peer.',
    run: async (cluster) => {
      const url = `http://${addressOf(cluster, 'node-2')}:30123/`
      return requestLines(`external$ curl ${url}`, await cluster.external.fetch(url))
    },
  },
  {
    title: 'Ingress: one entrance, two sites by host name',
    about: 'The controller’s pod looks at the Host header and goes straight to a pod of the Service behind it.',
    run: async (cluster) => {
      const url = `http://${addressOf(cluster, 'node-1')}:${ingressNodePort(cluster)}/`
      const lines: string[] = []
      for (const host of ['kubia.example.com', 'httpd.example.com']) {
        const reply = await cluster.external.fetch(url, { headers: { Host: host } })
        lines.push(...requestLines(`external$ curl -H 'Host: ${host}' ${url}`, reply), '')
      }
      return lines.slice(0, -1)
    },
  },
  {
    title: 'Headless: the name gives every pod’s own address',
    about: 'Without a virtual address there is no rule to follow: the client chooses among the pods itself.',
    run: async (cluster) => {
      const found = await cluster.pod('client').lookup('kubia-headless')
      if ('error' in found) return [`kubia-headless: ${found.error}`]
      const lines = explainQueries(found.queries).split('\n')
      const [first = ''] = found.addresses
      const url = `http://${first}:8080/`
      return [...lines, '', ...requestLines(`client$ curl ${url}`, await cluster.pod('client').fetch(url))]
    },
  },
]

export async function runDemo(options: DemoOptions): Promise<number> {
  const write = options.hashOnly === true ? () => {} : (line: string) => void process.stdout.write(`${line}\n`)
  write('podwire demo: a cluster of three nodes in this one process, on virtual time.')
  await using cluster = await createCluster({ seed: options.seed })
  write(`Booted: CoreDNS, kube-proxy and the Ingress controller are Ready after ${cluster.age} of virtual time.`)
  for (const manifest of DEMO_MANIFESTS) await cluster.apply(manifest)
  await cluster.settle()
  write('Applied examples/kubia.yaml and examples/myblog.yaml: their pods are Ready.')
  for (const [index, { title, about, run }] of STEPS.entries()) {
    write(`\n${index + 1}. ${title}\n   ${about}\n`)
    for (const line of await run(cluster)) write(line === '' ? '' : `   ${line}`)
  }
  if (options.hashOnly === true) process.stdout.write(`${cluster.traceHash}\n`)
  write(`\nTrace hash ${cluster.traceHash}: the same for seed ${options.seed} on every run and machine.`)
  return 0
}

function requestLines(command: string, reply: Reply): readonly string[] {
  const body = reply.text().trimEnd().split('\n')
  return [command, ...body.slice(0, 3), '', ...reply.flow.explain().split('\n')]
}

function addressOf(cluster: Cluster, node: string): string {
  return (
    cluster.client.get(nodes, { name: node }).status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ??
    ''
  )
}

function ingressNodePort(cluster: Cluster): number {
  const { spec } = cluster.client.get(services, { namespace: INGRESS_NAMESPACE, name: INGRESS_SERVICE })
  return spec.ports?.find(({ name }) => name === 'http')?.nodePort ?? 0
}
