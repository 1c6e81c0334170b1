// Ingress controllers as pods: several at once by IngressClass, ingress-nginx as people deploy it, what its command line means, and
// what happens when things around it are missing.

import { daemonSets, events, ingresses, nodes } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { createCluster, type Cluster } from './cluster.ts'

const APP = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: luksa/kubia}]}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
`

function ingress(
  name: string,
  host: string,
  more: { className?: string; annotations?: string; service?: string } = {},
): string {
  const { className, annotations = '{}', service = 'web' } = more
  return `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: ${name}, annotations: ${annotations}}
spec:
  ${className === undefined ? '' : `ingressClassName: ${className}`}
  rules:
  - host: ${host}
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: ${service}, port: {number: 80}}}}]}
`
}

/** Through the controller's ClusterIP Service, as a client in the cluster. */
async function asked(cluster: Cluster, service: string, host: string): Promise<string> {
  const url = `http://${service}/`
  const reply = await cluster.pod('client').fetch(url, { headers: { Host: host }, timeoutMs: 5000 })
  return reply.status === 200 ? 'web' : String(reply.status)
}

const CLIENT = `
apiVersion: v1
kind: Pod
metadata: {name: client}
spec: {containers: [{name: c, image: 'curlimages/curl:8.8.0', command: [sleep, infinity]}]}
`

const FRONTS = {
  nginx: 'ingress-nginx-controller.ingress-nginx',
  traefik: 'traefik.traefik',
  haproxy: 'haproxy-kubernetes-ingress.haproxy-controller',
} as const

test('three controllers at once: each serves its class and no other, and writes its status', async () => {
  await using cluster = await createCluster({ nodes: 2, ingress: ['nginx', 'traefik', 'haproxy'] })
  await cluster.apply(APP)
  await cluster.apply(CLIENT)
  for (const name of ['nginx', 'traefik', 'haproxy'])
    await cluster.apply(ingress(name, `${name}.test`, { className: name }))
  await cluster.apply(ingress('none', 'none.test'))
  await cluster.settle()
  await cluster.advance('70s')
  const table: Record<string, readonly string[]> = {}
  for (const [controller, front] of Object.entries(FRONTS)) {
    const found: string[] = []
    for (const host of ['nginx', 'traefik', 'haproxy', 'none']) found.push(await asked(cluster, front, `${host}.test`))
    table[controller] = found
  }
  expect(table).toEqual({
    nginx: ['web', '404', '404', '404'],
    // Without --ingressclass traefik takes Ingresses that name no class.
    traefik: ['404', 'web', '404', 'web'],
    haproxy: ['404', '404', 'web', '404'],
  })
  const statusOf = (name: string): unknown =>
    cluster.client.get(ingresses, { namespace: 'default', name }).status?.loadBalancer?.ingress ?? []
  expect(statusOf('nginx')).toEqual([{ ip: expect.stringMatching(/^172\.18\.0\.\d$/) as string }])
  expect(statusOf('haproxy')).toEqual([{ ip: expect.stringMatching(/^10\./) as string }])
  expect(statusOf('traefik')).toEqual([])
  const map = await cluster
    .pods({ run: 'haproxy-ingress' }, 'haproxy-controller')[0]
    ?.exec('cat /etc/haproxy/maps/host.map')
  expect(map?.stdout).toBe('haproxy.test\t\t\thaproxy.test\n')
})

test('a default class is written into Ingresses without one; of two defaults the newest', async () => {
  await using cluster = await createCluster({ nodes: 1, ingress: ['nginx', 'haproxy'] })
  const mark = (name: string, controller: string): string => `
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: ${name}, annotations: {ingressclass.kubernetes.io/is-default-class: 'true'}}
spec: {controller: ${controller}}
`
  await cluster.apply(APP)
  await cluster.apply(CLIENT)
  await cluster.apply(mark('first', 'k8s.io/ingress-nginx'))
  await cluster.apply(ingress('one', 'one.test'))
  await cluster.advance('2s')
  await cluster.apply(mark('second', 'haproxy.org/ingress-controller/haproxy'))
  await cluster.apply(ingress('two', 'two.test'))
  await cluster.apply(ingress('three', 'three.test', { annotations: '{kubernetes.io/ingress.class: nginx}' }))
  await cluster.settle()
  await cluster.advance('6s')
  const classOf = (name: string): string | undefined =>
    cluster.client.get(ingresses, { namespace: 'default', name }).spec.ingressClassName
  expect(['one', 'two', 'three'].map(classOf)).toEqual(['first', 'second', undefined])
  expect(await asked(cluster, FRONTS.nginx, 'one.test')).toBe('web')
  expect(await asked(cluster, FRONTS.nginx, 'two.test')).toBe('404')
  expect(await asked(cluster, FRONTS.nginx, 'three.test')).toBe('web')
  expect(await asked(cluster, FRONTS.haproxy, 'two.test')).toBe('web')
})

function nginxDaemonSet(args: readonly string[]): string {
  return `
apiVersion: v1
kind: Namespace
metadata: {name: edge}
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: edge}
spec: {controller: example.com/edge}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: edge-controller, namespace: edge}
spec:
  selector: {matchLabels: {app: edge}}
  template:
    metadata: {labels: {app: edge}}
    spec:
      hostNetwork: true
      dnsPolicy: ClusterFirstWithHostNet
      nodeSelector: {role: edge}
      terminationGracePeriodSeconds: 30
      containers:
      - name: controller
        image: registry.k8s.io/ingress-nginx/controller:v1.11.2@sha256:d5f8217feeac4887cb1ed21f27c2674e58be06bd8f5184cacea2a69abaf78dce
        args: [/nginx-ingress-controller, ${args.map((arg) => `'${arg}'`).join(', ')}]
        env:
        - {name: POD_NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
        - {name: POD_NAMESPACE, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}
        readinessProbe: {httpGet: {path: /healthz, port: 10254}}
`
}

async function edgeCluster(args: readonly string[]): Promise<Cluster> {
  const settings = [{}, { labels: { role: 'edge' } }, { labels: { role: 'edge' } }]
  const cluster = await createCluster({ nodes: settings, ingress: false })
  await cluster.apply(APP)
  await cluster.apply(nginxDaemonSet(args))
  await cluster.settle()
  return cluster
}

const EDGE_ARGS = ['--controller-class=example.com/edge', '--ingress-class=edge', '--report-node-internal-ip-address']

test('ingress-nginx as a hostNetwork DaemonSet: on port 80 of the chosen nodes, whose addresses are the status', async () => {
  await using cluster = await edgeCluster([...EDGE_ARGS, '--election-id=edge', '--configmap=$(POD_NAMESPACE)/none'])
  await cluster.apply(ingress('web', 'web.test', { className: 'edge' }))
  await cluster.settle()
  await cluster.advance('70s')
  const from = async (address: string): Promise<number | string> =>
    cluster.external
      .fetch(`http://${address}/`, { headers: { Host: 'web.test' } })
      .then(({ status }) => status)
      .catch((error: { code?: string }) => error.code ?? '')
  expect([await from('172.18.0.2'), await from('172.18.0.3'), await from('172.18.0.4')]).toEqual([
    'ECONNREFUSED',
    200,
    200,
  ])
  const statusOf = (): unknown =>
    cluster.client.get(ingresses, { namespace: 'default', name: 'web' }).status?.loadBalancer?.ingress ?? []
  expect(statusOf()).toEqual([{ ip: '172.18.0.3' }, { ip: '172.18.0.4' }])
  // A node leaves the set; the last pod takes the addresses away when it is told to go.
  cluster.client.modify(nodes, { name: 'node-3' }, (draft) => {
    delete draft.metadata.labels?.['role']
  })
  await cluster.settle()
  await cluster.advance('60s')
  expect(statusOf()).toEqual([{ ip: '172.18.0.3' }])
  cluster.client.delete(daemonSets, { namespace: 'edge', name: 'edge-controller' })
  await cluster.settle()
  expect(statusOf()).toEqual([])
})

test('the command line: port, default backend, Ingresses without class', async () => {
  await using cluster = await edgeCluster([
    ...EDGE_ARGS,
    '--http-port=8081',
    '--watch-ingress-without-class=true',
    '--default-backend-service=default/web',
  ])
  await cluster.apply(ingress('unclassed', 'plain.test', { service: 'missing' }))
  await cluster.settle()
  await cluster.advance('5s')
  const get = async (host: string): Promise<number> =>
    (await cluster.external.fetch('http://172.18.0.3:8081/', { headers: { Host: host } })).status
  expect([await get('anything.test'), await get('plain.test')]).toEqual([200, 503])
})

test.each([
  { name: 'an unknown flag', args: ['--no-such-flag'], said: 'unknown flag: --no-such-flag', code: 2 },
  {
    name: 'a default backend without namespace',
    args: ['--default-backend-service=web'],
    said: "invalid format (namespace/name) found in 'web'",
    code: 255,
  },
])('the command line: $name ends it', async ({ args, said, code }) => {
  await using cluster = await edgeCluster(args)
  const [pod] = cluster.pods({ app: 'edge' }, 'edge')
  expect(pod?.object.status?.containerStatuses?.[0]?.lastState?.terminated?.exitCode).toBe(code)
  expect(pod?.logs({ previous: true })).toContain(said)
})

test('circular and conflicting Ingresses harm nobody else, and the controller stays up', async () => {
  await using cluster = await createCluster({ nodes: 1 })
  await cluster.apply(APP)
  await cluster.apply(CLIENT)
  await cluster.apply(ingress('good', 'good.test', { className: 'nginx' }))
  await cluster.advance('2s')
  // The Ingress of the controller's own Service: each request comes back to it.
  await cluster.apply(`
apiVersion: v1
kind: Service
metadata: {name: itself}
spec: {type: ExternalName, externalName: ingress-nginx-controller.ingress-nginx.svc.cluster.local, ports: [{port: 80}]}
---
${ingress('loop', 'loop.test', { className: 'nginx', service: 'itself', annotations: '{nginx.ingress.kubernetes.io/proxy-read-timeout: "2", nginx.ingress.kubernetes.io/upstream-vhost: good.test}' })}
---
${ingress('rival', 'good.test', { className: 'nginx', service: 'missing' })}
---
${ingress('bad', 'bad.test', { className: 'nginx', annotations: '{nginx.ingress.kubernetes.io/use-regex: "true", nginx.ingress.kubernetes.io/auth-type: basic, nginx.ingress.kubernetes.io/auth-secret: gone}' }).replace('path: /,', 'path: "/(", ').replace('Prefix', 'ImplementationSpecific')}
`)
  await cluster.settle()
  await cluster.advance('5s')
  expect(await asked(cluster, FRONTS.nginx, 'good.test')).toBe('web')
  expect(await asked(cluster, FRONTS.nginx, 'loop.test')).toBe('web')
  expect(await asked(cluster, FRONTS.nginx, 'bad.test')).toBe('404')
  const told = cluster.client
    .list(events, { namespace: 'default' })
    .items.filter(({ type, involvedObject }) => type === 'Warning' && involvedObject?.kind === 'Ingress')
    .map(({ involvedObject, reason }) => `${involvedObject?.name}: ${reason}`)
  expect(told).toContain('bad: InvalidPath')
  const [pod] = cluster.pods({ 'app.kubernetes.io/name': 'ingress-nginx' }, 'ingress-nginx')
  expect(pod?.object.status?.containerStatuses?.[0]?.restartCount).toBe(0)
})
