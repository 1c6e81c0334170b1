import { expect, test } from 'vitest'
import { createCluster, type Cluster } from '../../sdk/cluster.ts'
import type { RequestError } from '../../sdk/machine.ts'
import { parseConfig } from './config-text.ts'
import { chooseLocation, readSites } from './sites.ts'

const KUBIA = `
apiVersion: v1
kind: Pod
metadata: {name: kubia, labels: {app: kubia}}
spec: {containers: [{name: kubia, image: luksa/kubia}]}
---
apiVersion: v1
kind: Service
metadata: {name: kubia}
spec: {selector: {app: kubia}, ports: [{port: 80, targetPort: 8080}]}
`

async function nginxWith(config: string, more = ''): Promise<Cluster> {
  const cluster = await createCluster({ nodes: 1, ingress: false })
  if (more !== '') await cluster.apply(more)
  await cluster.settle()
  await cluster.apply([
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'conf' }, data: { 'default.conf': config } },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web' },
      spec: {
        containers: [
          { name: 'web', image: 'nginx:1.27', volumeMounts: [{ name: 'conf', mountPath: '/etc/nginx/conf.d' }] },
        ],
        volumes: [{ name: 'conf', configMap: { name: 'conf' } }],
      },
    },
  ])
  await cluster.settle()
  return cluster
}

const CONFIG = `
upstream app { server kubia; server kubia:80; }
server {
  listen 80;
  server_name localhost;
  location / { root /usr/share/nginx/html; index index.html; }
  location = /health { default_type text/plain; return 200 "ok from $hostname\\n"; }
  location /old { return 301 /new$request_uri; }
  location /api/ { proxy_pass http://app/; proxy_set_header Host $host; add_header X-From "a ; b"; }
  location ~ \\.secret$ { return 403; }
  location /app { root /usr/share/nginx/html; try_files $uri /index.html; }
}
server { listen 8081; server_name other.example.com *.wild.com; return 200 'other'; }
`

test.each([
  ['its files', 80, '/', 200, /Welcome to nginx!/],
  ['return with a text', 80, '/health', 200, /^ok from web\n$/],
  ['exact is not a prefix', 80, '/health/x', 404, /404 Not Found/],
  ['redirect', 80, '/old/page', 301, /301 Moved Permanently/],
  ['proxy_pass by service name', 80, '/api/some', 200, /^You've hit kubia/],
  ['regular expression', 80, '/a.secret', 403, /403 Forbidden/],
  ['try_files', 80, '/app/anything', 200, /Welcome to nginx!/],
  ['another server', 8081, '/', 200, /^other$/],
])('nginx with conf.d: %s', async (_name, port, path, status, body) => {
  await using cluster = await nginxWith(CONFIG, KUBIA)
  const reply = await cluster.node('node-1').fetch(`http://${cluster.pod('web').ip ?? ''}:${port}${path}`)
  expect([reply.status, reply.text()]).toEqual([status, expect.stringMatching(body)])
  if (status === 301) expect(reply.header('location')).toBe('/new/old/page')
  if (path.startsWith('/api')) expect(reply.header('x-from')).toBe('a ; b')
})

test.each([
  ['one address', 'listen 127.0.0.1:80;', 'ECONNREFUSED'],
  ['an address and all of them', 'listen 127.0.0.1:80; listen 80;', 200],
  ['every address, said so', 'listen 0.0.0.0:80;', 200],
  ['both families', 'listen 80; listen [::]:80;', 200],
])('nginx listens on %s', async (_name, listens, from) => {
  await using cluster = await nginxWith(`server { ${listens} return 200 'here'; }`)
  const { stdout } = await cluster.pod('web').exec('curl -s http://127.0.0.1/')
  const outcome = await cluster
    .node('node-1')
    .fetch(`http://${cluster.pod('web').ip ?? ''}/`)
    .then(
      ({ status }) => status,
      (error: RequestError) => error.code,
    )
  expect([stdout, outcome]).toEqual(['here', from])
})

test('an upstream that goes away: 502, and the log says why', async () => {
  await using cluster = await nginxWith(CONFIG, KUBIA)
  cluster.pod('kubia').delete({ gracePeriodSeconds: 0 })
  await cluster.settle()
  const reply = await cluster.node('node-1').fetch(`http://${cluster.pod('web').ip ?? ''}/api/`)
  expect(reply.status).toBe(502)
  expect(cluster.pod('web').logs()).toMatch(
    /connect\(\) failed \(111: Connection refused\) while connecting to upstream/,
  )
})

test.each([
  [
    'an upstream nobody knows',
    'server { location / { proxy_pass http://nobody:80; } }',
    'nginx: [emerg] host not found in upstream "nobody" in /etc/nginx/conf.d/default.conf:1',
  ],
  [
    'a missing brace',
    'server {\n listen 80;\n',
    'nginx: [emerg] unexpected end of file, expecting "}" in /etc/nginx/conf.d/default.conf:2',
  ],
  [
    'a missing semicolon',
    'server {\n listen 80\n}',
    'nginx: [emerg] unexpected "}" in /etc/nginx/conf.d/default.conf:3',
  ],
])('a configuration nginx does not start with: %s', async (_name, config, message) => {
  await using cluster = await nginxWith(config)
  expect(cluster.pod('web').object.status?.containerStatuses?.[0]?.lastState?.terminated?.exitCode).toBe(1)
  expect(cluster.pod('web').logs({ previous: true })).toContain(message)
})

test('what is not evaluated is named', () => {
  const parsed = parseConfig(
    'server { auth_basic "x"; location / { if ($host) { return 1; } fastcgi_pass php:9000; } access_log off; }',
    'f',
  )
  const sites = 'error' in parsed ? parsed : readSites(parsed)
  expect('error' in sites ? sites : sites.ignored).toEqual(['auth_basic', 'if', 'fastcgi_pass'])
})

test.each([
  ['/', '/'],
  ['/images/a.gif', '~* \\.gif$'],
  ['/static/a.gif', '^~ /static/'],
  ['/exact', '= /exact'],
  ['/documents/x', '/documents/'],
])('location of %s is %s, as in nginx’s documentation', (path, expected) => {
  const text =
    'location / {} location /documents/ {} location = /exact {} location ^~ /static/ {} location ~* \\.gif$ {}'
  const parsed = parseConfig(`server { ${text} }`, 'f')
  const sites = 'error' in parsed ? parsed : readSites(parsed)
  const server = 'error' in sites ? undefined : sites.servers[0]
  const found = chooseLocation(server?.locations ?? [], path)
  expect(`${found?.modifier ?? ''} ${found?.path ?? ''}`.trim()).toBe(expected)
})
