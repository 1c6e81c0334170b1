// Seed scenario "outer load balancer": a name of *.od.com → nginx outside → port 81 of the nodes → traefik 1.7 on each → pods; a node
// dies and requests move on. The nginx text and the traefik manifests are the course's.

import { expect, test } from 'vitest'
import { createCluster, type Cluster } from './cluster.ts'

const NGINX = `
upstream default_backend_traefik {
    server 172.18.0.2:81    max_fails=3 fail_timeout=10s;
    server 172.18.0.3:81    max_fails=3 fail_timeout=10s;
}
server {
    server_name *.od.com;

    location / {
        proxy_pass http://default_backend_traefik;
        proxy_set_header Host       $http_host;
        proxy_set_header x-forwarded-for $proxy_add_x_forwarded_for;
    }
}
`

const TRAEFIK = `
apiVersion: v1
kind: ServiceAccount
metadata: {name: traefik-ingress-controller, namespace: kube-system}
---
apiVersion: rbac.authorization.k8s.io/v1beta1
kind: ClusterRole
metadata: {name: traefik-ingress-controller}
rules:
- {apiGroups: [""], resources: [services, endpoints, secrets], verbs: [get, list, watch]}
- {apiGroups: [extensions], resources: [ingresses], verbs: [get, list, watch]}
---
kind: ClusterRoleBinding
apiVersion: rbac.authorization.k8s.io/v1beta1
metadata: {name: traefik-ingress-controller}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: traefik-ingress-controller}
subjects: [{kind: ServiceAccount, name: traefik-ingress-controller, namespace: kube-system}]
---
apiVersion: extensions/v1beta1
kind: DaemonSet
metadata:
  name: traefik-ingress
  namespace: kube-system
  labels: {k8s-app: traefik-ingress}
spec:
  template:
    metadata:
      labels: {k8s-app: traefik-ingress, name: traefik-ingress}
    spec:
      serviceAccountName: traefik-ingress-controller
      terminationGracePeriodSeconds: 60
      tolerations: [{operator: Exists}]
      containers:
      - image: harbor.od.com/public/traefik:v1.7.2
        name: traefik-ingress
        ports:
        - {name: controller, containerPort: 80, hostPort: 81}
        - {name: admin-web, containerPort: 8080}
        securityContext: {capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}}
        args:
        - --api
        - --kubernetes
        - --logLevel=INFO
        - --insecureskipverify=true
        - --kubernetes.endpoint=https://10.4.7.10:7443
        - --accesslog
        - --accesslog.filepath=/var/log/traefik_access.log
        - --traefiklog
        - --traefiklog.filepath=/var/log/traefik.log
        - --metrics.prometheus
---
kind: Service
apiVersion: v1
metadata: {name: traefik-ingress-service, namespace: kube-system}
spec:
  selector: {k8s-app: traefik-ingress}
  ports:
  - {protocol: TCP, port: 80, name: controller}
  - {protocol: TCP, port: 8080, name: admin-web}
---
apiVersion: extensions/v1beta1
kind: Ingress
metadata:
  name: traefik-web-ui
  namespace: kube-system
  annotations: {kubernetes.io/ingress.class: traefik}
spec:
  rules:
  - host: traefik.od.com
    http:
      paths:
      - path: /
        backend: {serviceName: traefik-ingress-service, servicePort: 8080}
`

const WEB = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: kubia}
spec:
  replicas: 2
  selector: {matchLabels: {app: kubia}}
  template:
    metadata: {labels: {app: kubia}}
    spec: {containers: [{name: kubia, image: luksa/kubia}]}
---
apiVersion: v1
kind: Service
metadata: {name: kubia}
spec: {selector: {app: kubia}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: extensions/v1beta1
kind: Ingress
metadata: {name: kubia, annotations: {kubernetes.io/ingress.class: traefik}}
spec:
  rules:
  - host: demo.od.com
    http: {paths: [{path: /, backend: {serviceName: kubia, servicePort: 80}}]}
`

async function course(): Promise<Cluster> {
  const cluster = await createCluster({ nodes: 2, ingress: false, kubernetesVersion: '1.15' })
  await cluster.apply(TRAEFIK)
  await cluster.apply(WEB)
  await cluster.settle()
  cluster.internet.host('demo.od.com', '172.18.0.1')
  cluster.internet.host('traefik.od.com', '172.18.0.1')
  return cluster
}

test('from the name to the pod: nginx outside, traefik on every node, both replicas', async () => {
  await using cluster = await course()
  const nginx = await cluster.external.nginx(NGINX)
  const replies = await cluster.external.curl('http://demo.od.com/', { times: 8 })
  expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]))
  expect(new Set(replies.map((reply) => reply.text())).size).toBe(2)
  expect(replies[0]?.header('server')).toMatch(/^nginx\//)
  const dashboard = await cluster.external.fetch('http://traefik.od.com/')
  expect([dashboard.status, dashboard.header('location')]).toEqual([302, '/dashboard/'])
  const page = await cluster.external.fetch('http://traefik.od.com/dashboard/')
  expect(page.text()).toContain('PathPrefix:/;Host:demo.od.com')
  expect((await cluster.external.fetch('http://172.18.0.1/', { headers: { Host: 'nobody.od.com' } })).text()).toBe(
    '404 page not found\n',
  )
  expect(nginx.log[0]).toMatch(/^\S+ - - \[01\/Jan\/2026:.* "GET \/ HTTP\/1.1" 200 /)
  nginx.stop()
  await expect(cluster.external.fetch('http://demo.od.com/')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

test('a node loses power: requests move on; the dead node is left out, then probed', async () => {
  await using cluster = await course()
  const nginx = await cluster.external.nginx(
    NGINX.replace('location / {', 'proxy_connect_timeout 2s;\n    location / {'),
  )
  await cluster.external.curl('http://demo.od.com/', { times: 2 })
  await cluster.node('node-2').powerOff()
  // The control plane notices, so that traefik no longer knows the pods that are gone with the node.
  await cluster.advance('6m')
  const replies = await cluster.external.curl('http://demo.od.com/', { times: 10 })
  expect(replies.map(({ status }) => status)).toEqual(Array(10).fill(200))
  const failures = nginx.log.filter((line) => line.includes('upstream: "http://172.18.0.3:81/"'))
  expect(failures.filter((line) => line.startsWith('[error]')).length).toBeGreaterThanOrEqual(3)
  expect(failures.filter((line) => line.includes('temporarily disabled')).length).toBeGreaterThanOrEqual(1)
})

test('with every node off nginx answers 502 or 504, then has no live upstreams', async () => {
  await using cluster = await course()
  const nginx = await cluster.external.nginx(
    NGINX.replaceAll('max_fails=3', 'max_fails=1').replace('location /', 'proxy_connect_timeout 1s; location /'),
  )
  for (const node of ['node-1', 'node-2']) await cluster.node(node).powerOff()
  const first = await cluster.external.fetch('http://demo.od.com/')
  expect(first.status).toBe(504)
  const second = await cluster.external.fetch('http://demo.od.com/')
  expect([second.status, second.text()]).toEqual([502, expect.stringContaining('<h1>502 Bad Gateway</h1>')])
  expect(nginx.log.some((line) => line.includes('no live upstreams while connecting to upstream'))).toBe(true)
})

test('headers to the server: Host and X-Forwarded-For as the configuration says, hop headers dropped', async () => {
  await using cluster = await createCluster({ nodes: 1, ingress: false })
  await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: echo}
spec: {containers: [{name: echo, image: 'traefik/whoami', ports: [{containerPort: 80, hostPort: 81}]}]}
`)
  await cluster.settle()
  await cluster.external.nginx(NGINX)
  const reply = await cluster.external.fetch('http://172.18.0.1/x', {
    headers: { Host: 'Demo.od.com:80', 'X-Forwarded-For': '203.0.113.5', X_Bad: '1', Connection: 'keep-alive' },
  })
  const text = reply.text()
  expect(text).toContain('GET /x HTTP/1.0\nHost: Demo.od.com:80\n')
  expect(text).toMatch(/X-Forwarded-For: 203\.0\.113\.5, 172\.18\.0\.1\n/)
  expect(text).toContain('Connection: close\n')
  expect(text).not.toContain('X_Bad')
})

test.each([
  [
    'an unknown directive',
    'server {\n  lissten 80;\n}',
    'nginx: [emerg] unknown directive "lissten" in /etc/nginx/conf.d/default.conf:2',
  ],
  [
    'include',
    'http {\n  include mime.types;\n}',
    'podwire does not evaluate the directive "include" in /etc/nginx/nginx.conf:2',
  ],
  ['stream', 'events {}\nstream { }', 'podwire does not evaluate the directive "stream" in /etc/nginx/nginx.conf:2'],
  ['TLS', 'server { listen 443 ssl; return 200; }', 'podwire does not evaluate "listen … ssl"'],
  [
    'an upstream nobody knows',
    'server { location / { proxy_pass http://nobody; } }',
    'host not found in upstream "nobody" in /etc/nginx/conf.d/default.conf:1',
  ],
  ['a brace', 'server {', 'unexpected end of file, expecting "}" in /etc/nginx/conf.d/default.conf:1'],
])('a configuration that is refused: %s', async (_name, text, message) => {
  await using cluster = await createCluster({ nodes: 1, ingress: false })
  await expect(cluster.external.nginx(text)).rejects.toThrow(message)
})
