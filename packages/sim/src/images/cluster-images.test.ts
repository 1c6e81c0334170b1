import { createInformerFactory, endpointSlices, ingressClasses, ingresses, services } from '@podwire/apiserver'
import { createResolver } from '@podwire/dns'
import { expect, test } from 'vitest'
import { sendHttp } from '../http/index.ts'
import { dnsExchange } from '../kubelet/index.ts'
import { createKubeletWorld, seconds } from '../kubelet/kubelet-world.suite.ts'
import { coreDnsImage } from './coredns.ts'
import { ingressNginxImage } from './ingress-nginx.ts'

test('a CoreDNS pod answers on its own sockets and reports its health', async () => {
  const world = createKubeletWorld()
  const { engine, client, driver, fabric } = world
  world.images.register(
    coreDnsImage({
      clusterDomain: 'cluster.local',
      createInformers: ({ hostname }) => createInformerFactory({ engine, client, name: hostname }),
    }),
  )
  client.create(services, {
    metadata: { namespace: 'default', name: 'kubia' },
    spec: { clusterIP: '10.96.1.2', ports: [{ port: 80 }] },
  })
  world.create('coredns', {
    dnsPolicy: 'Default',
    containers: [
      { name: 'coredns', image: 'registry.k8s.io/coredns/coredns:v1.14.1', args: ['-conf', '/etc/coredns/Corefile'] },
    ],
  })
  await driver.settle()
  const network = fabric.nodeNetwork('node-1')
  const resolver = createResolver({
    libc: 'glibc',
    resolvConf: () => 'search default.svc.cluster.local svc.cluster.local\nnameserver 10.244.0.2\noptions ndots:5\n',
    hostsFile: () => '',
    exchange: dnsExchange(engine, network),
    random: engine.random.fork('test'),
    clock: engine.clock,
  })
  expect(await driver.wait(resolver.lookup('kubia'))).toMatchObject({ addresses: ['10.96.1.2'] })
  expect(await driver.wait(resolver.query('kubia.default.svc.cluster.local', 'A', { tcp: true }))).toMatchObject({
    outcome: { kind: 'reply', protocol: 'tcp' },
  })
  const health = await driver.wait(sendHttp(network, { address: '10.244.0.2', port: 8080, target: '/health' }))
  expect([health.status, Buffer.from(health.body).toString()]).toEqual([200, 'OK'])
})

test('an ingress-nginx pod routes by host to the endpoints', async () => {
  const world = createKubeletWorld()
  const { client, driver, fabric } = world
  world.images.register(ingressNginxImage({ client }))
  world.create('kubia', {})
  await driver.settle()
  const metadata = { namespace: 'default', name: 'kubia' }
  client.create(services, { metadata, spec: { selector: { app: 'kubia' }, ports: [{ port: 80, targetPort: 8080 }] } })
  client.create(endpointSlices, {
    metadata: { namespace: 'default', name: 'kubia-1', labels: { 'kubernetes.io/service-name': 'kubia' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.244.0.2'], conditions: { ready: true } }],
    ports: [{ name: '', port: 8080, protocol: 'TCP' }],
  })
  client.create(ingressClasses, { metadata: { name: 'nginx' }, spec: { controller: 'k8s.io/ingress-nginx' } })
  client.create(ingresses, {
    metadata,
    spec: {
      ingressClassName: 'nginx',
      rules: [
        {
          host: 'kubia.example.com',
          http: {
            paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'kubia', port: { number: 80 } } } }],
          },
        },
      ],
    },
  })
  world.create('ingress', {
    containers: [
      {
        name: 'controller',
        image: 'registry.k8s.io/ingress-nginx/controller:v1.15.1',
        args: ['/nginx-ingress-controller'],
      },
    ],
  })
  await driver.settle()
  await driver.advance(seconds(5))
  const network = fabric.nodeNetwork('node-1')
  const ask = (host: string, port = 80, target = '/'): Promise<string> =>
    driver.wait(
      sendHttp(network, { address: '10.244.0.3', port, host, target }).then(
        (reply) => `${reply.status} ${Buffer.from(reply.body).toString()}`,
      ),
    )
  expect(await ask('kubia.example.com')).toBe("200 You've hit kubia\n")
  expect(await ask('other.example.com')).toMatch(/^404 /)
  expect(await ask('x', 10254, '/healthz')).toBe('200 ok')
  const conf = world.kubelet.pod('default', 'ingress')?.slot('controller')?.running?.files.read('/etc/nginx/nginx.conf')
  expect(Buffer.from(conf ?? []).toString()).toContain('server_name kubia.example.com')
})
