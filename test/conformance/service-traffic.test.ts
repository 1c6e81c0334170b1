// Rungs 4 to 7 and 9 to 11 of the conformance ladder: Services that carry traffic, names, affinity, host ports. In our own words, in
// virtual time, with the commands the suite runs in its pods.

import { createCluster, type Cluster, type PodHandle } from '@podwire/sim'
import { endpoints, endpointSlices, services, type Service } from '@podwire/apiserver'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const AGNHOST = 'registry.k8s.io/e2e-test-images/agnhost:2.53'
const DNSUTILS = 'registry.k8s.io/e2e-test-images/jessie-dnsutils:1.7'

let cluster: Cluster
let made = 0

beforeAll(async () => {
  cluster = await createCluster({ nodes: 2, seed: 4, ingress: false, flowTraces: false })
  await cluster.apply([serverPod('default', 'client', ['pause'], {})])
  await cluster.settle()
})
afterAll(() => cluster.stop())

type Manifest = Readonly<Record<string, unknown>>

interface Ports {
  readonly name?: string
  readonly containerPort: number
  readonly protocol?: 'TCP' | 'UDP'
}

function serverPod(
  namespace: string,
  name: string,
  args: readonly string[],
  more: { readonly labels?: object; readonly ports?: readonly Ports[]; readonly spec?: object },
): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name, labels: more.labels ?? { app: 'server' } },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'agnhost', image: AGNHOST, args, ports: more.ports ?? [] }],
      ...more.spec,
    },
  }
}

function service(namespace: string, name: string, spec: object): Manifest {
  return { apiVersion: 'v1', kind: 'Service', metadata: { namespace, name }, spec }
}

async function newNamespace(): Promise<string> {
  const name = `traffic-${++made}`
  await cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }])
  await cluster.advance('1s')
  return name
}

async function execPod(namespace: string): Promise<PodHandle> {
  await cluster.apply([serverPod(namespace, 'exec', ['pause'], { labels: { app: 'exec' } })])
  await cluster.settle()
  return cluster.pod(`${namespace}/exec`)
}

const get = (namespace: string, name: string): Service => cluster.client.get(services, { namespace, name })
const change = (namespace: string, name: string, edit: (spec: Service['spec']) => void): void => {
  cluster.client.modify(services, { namespace, name }, (draft) => edit(draft.spec as Service['spec']))
}

/** What nc gets from a server for one line; '' when it fails. */
async function netcat(from: PodHandle, flag: '-t' | '-u', host: string, port: number): Promise<string> {
  const { stdout, exitCode } = await from.exec(['sh', '-x', '-c', `echo hostName | nc -v ${flag} -w 2 ${host} ${port}`])
  return exitCode === 0 ? stdout : ''
}

/** Who answers a number of requests in a row. */
async function answers(from: PodHandle, url: string): Promise<readonly string[]> {
  const script = `for i in $(seq 0 15); do echo; curl -q -s --connect-timeout 2 ${url} ; done`
  const { stdout } = await from.exec(['sh', '-x', '-c', script])
  return stdout.split('\n').filter((line) => line.trim() !== '')
}

describe('rung 4: endpoints of pods', () => {
  test('a named port of different numbers makes two slices; slices that are deleted come back', async () => {
    const namespace = await newNamespace()
    await cluster.apply([
      serverPod(namespace, 'one', ['netexec', '--http-port=80'], { ports: [{ name: 'web', containerPort: 80 }] }),
      serverPod(namespace, 'two', ['netexec', '--http-port=8080'], { ports: [{ name: 'web', containerPort: 8080 }] }),
      service(namespace, 'named', { selector: { app: 'server' }, ports: [{ port: 80, targetPort: 'web' }] }),
    ])
    await cluster.settle()
    const slices = (): readonly string[] =>
      cluster.client
        .list(endpointSlices, { namespace, labelSelector: 'kubernetes.io/service-name=named' })
        .items.map(({ ports, endpoints: found }) => `${found?.[0]?.targetRef?.name} ${ports?.[0]?.port}`)
        .sort((a, b) => (a < b ? -1 : 1))
    expect(slices()).toEqual(['one 80', 'two 8080'])
    expect(cluster.client.get(endpoints, { namespace, name: 'named' }).subsets).toHaveLength(2)
    for (const { metadata } of cluster.client.list(endpointSlices, { namespace }).items)
      cluster.client.delete(endpointSlices, { namespace, name: metadata.name })
    await cluster.advance('5s')
    expect(slices()).toEqual(['one 80', 'two 8080'])
    const client = cluster.pod('client')
    const { clusterIP = '' } = get(namespace, 'named').spec
    expect(new Set(await answers(client, `http://${clusterIP}/hostname`))).toEqual(new Set(['one', 'two']))
  })
})

test('rung 5: a pod’s own DNS configuration, seen through agnhost', async () => {
  const namespace = await newNamespace()
  const dnsConfig = { nameservers: ['1.1.1.1'], searches: ['resolv.conf.local'] }
  await cluster.apply([serverPod(namespace, 'dns', ['pause'], { spec: { dnsPolicy: 'None', dnsConfig } })])
  await cluster.settle()
  const pod = cluster.pod(`${namespace}/dns`)
  expect(await pod.exec(['/agnhost', 'dns-suffix'])).toMatchObject({ stdout: 'resolv.conf.local\n', exitCode: 0 })
  expect(await pod.exec(['/agnhost', 'dns-server-list'])).toMatchObject({ stdout: '1.1.1.1\n', exitCode: 0 })
})

describe('rung 6: Services carry traffic', () => {
  test('pods come and go: endpoints, slices and traffic follow', async () => {
    const namespace = await newNamespace()
    await cluster.apply([
      service(namespace, 'basic', { selector: { app: 'server' }, ports: [{ port: 80, targetPort: 80 }] }),
    ])
    const client = await execPod(namespace)
    const who = async (): Promise<string> => {
      const answered = await Promise.resolve(answers(client, 'http://basic/hostname'))
      return [...new Set(answered)].sort((a, b) => (a < b ? -1 : 1)).join(' ')
    }
    const listed = (): number | undefined =>
      cluster.client.find(endpoints, { namespace, name: 'basic' })?.subsets?.[0]?.addresses?.length
    expect([await who(), listed()]).toEqual(['', undefined])
    const pod = (name: string): Manifest => serverPod(namespace, name, ['netexec', '--http-port=80'], {})
    await cluster.apply([pod('pod1')])
    await cluster.settle()
    expect([await who(), listed()]).toEqual(['pod1', 1])
    await cluster.apply([pod('pod2')])
    await cluster.settle()
    expect([await who(), listed()]).toEqual(['pod1 pod2', 2])
    cluster.pod(`${namespace}/pod1`).delete()
    await cluster.settle()
    expect([await who(), listed()]).toEqual(['pod2', 1])
    cluster.pod(`${namespace}/pod2`).delete()
    await cluster.settle()
    expect([await who(), listed()]).toEqual(['', undefined])
  })

  test('two ports of one Service lead to different pods', async () => {
    const namespace = await newNamespace()
    const ports = (name: string, containerPort: number): readonly Ports[] => [{ name, containerPort }]
    await cluster.apply([
      service(namespace, 'multi', {
        selector: { app: 'server' },
        ports: [
          { name: 'portname1', port: 80, targetPort: 'portname1' },
          { name: 'portname2', port: 81, targetPort: 'portname2' },
        ],
      }),
      serverPod(namespace, 'pod1', ['netexec', '--http-port=100'], { ports: ports('portname1', 100) }),
      serverPod(namespace, 'pod2', ['netexec', '--http-port=101'], { ports: ports('portname2', 101) }),
    ])
    const client = await execPod(namespace)
    expect(new Set(await answers(client, 'http://multi/hostname'))).toEqual(new Set(['pod1']))
    expect(new Set(await answers(client, 'http://multi:81/hostname'))).toEqual(new Set(['pod2']))
  })

  test('one port number for TCP and UDP, then for one of them', async () => {
    const namespace = await newNamespace()
    const port = (protocol: string): Manifest => ({ name: protocol.toLowerCase(), port: 80, targetPort: 80, protocol })
    await cluster.apply([
      serverPod(namespace, 'pod1', ['netexec', '--http-port=80', '--udp-port=80'], {}),
      service(namespace, 'both', { selector: { app: 'server' }, ports: [port('TCP'), port('UDP')] }),
    ])
    const client = await execPod(namespace)
    const reached = async (): Promise<readonly boolean[]> => {
      const { clusterIP = '' } = get(namespace, 'both').spec
      const tcp = await netcat(client, '-t', 'both', 80)
      return [tcp.includes('400 Bad Request'), (await netcat(client, '-u', clusterIP, 80)).trim() === 'pod1']
    }
    expect(await reached()).toEqual([true, true])
    change(namespace, 'both', (spec) => Object.assign(spec, { ports: [port('TCP')] }))
    await cluster.settle()
    expect(await reached()).toEqual([true, false])
    change(namespace, 'both', (spec) => Object.assign(spec, { ports: [port('UDP')] }))
    await cluster.settle()
    expect(await reached()).toEqual([false, true])
  })

  test('slices made by hand: each Service port reaches its own container port', async () => {
    const namespace = await newNamespace()
    await cluster.apply([
      serverPod(namespace, 'pod1', ['netexec', '--http-port=9090'], {}),
      serverPod(namespace, 'pod2', ['netexec', '--http-port=9091'], {}),
      service(namespace, 'custom', {
        ports: [
          { name: 'p1', port: 80 },
          { name: 'p2', port: 81 },
        ],
      }),
    ])
    const client = await execPod(namespace)
    const slice = (name: string, portName: string, port: number, pod: string): Manifest => ({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { namespace, name, labels: { 'kubernetes.io/service-name': 'custom' } },
      addressType: 'IPv4',
      ports: [{ name: portName, port, protocol: 'TCP' }],
      endpoints: [{ addresses: [cluster.pod(`${namespace}/${pod}`).ip ?? ''], conditions: { ready: true } }],
    })
    await cluster.apply([slice('custom-1', 'p1', 9090, 'pod1'), slice('custom-2', 'p2', 9091, 'pod2')])
    await cluster.settle()
    const { clusterIP = '' } = get(namespace, 'custom').spec
    for (const [port, pod] of [
      [80, 'pod1'],
      [81, 'pod2'],
    ] as const) {
      const { stdout } = await client.exec(`curl -q -s --max-time 30 ${clusterIP}:${port}/hostname`)
      expect(stdout.split('.')[0]).toBe(pod)
    }
  })
})

describe('rung 7: NodePorts, types that change, affinity', () => {
  const controller = (namespace: string, name: string): Manifest => ({
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: { namespace, name },
    spec: {
      replicas: 2,
      selector: { name },
      template: {
        metadata: { labels: { name } },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [{ name, image: AGNHOST, args: ['serve-hostname'], ports: [{ containerPort: 9376 }] }],
        },
      },
    },
  })
  const nodeIPs = ['172.18.0.2', '172.18.0.3']

  test('a NodePort Service by its name, its address and every node’s', async () => {
    const namespace = await newNamespace()
    await cluster.apply([
      controller(namespace, 'np'),
      service(namespace, 'np', { type: 'NodePort', selector: { name: 'np' }, ports: [{ port: 80, targetPort: 9376 }] }),
    ])
    const client = await execPod(namespace)
    const { clusterIP = '', ports } = get(namespace, 'np').spec
    const nodePort = ports?.[0]?.nodePort ?? 0
    expect(nodePort).toBeGreaterThanOrEqual(30_000)
    for (const [host, port] of [['np', 80], [clusterIP, 80], ...nodeIPs.map((ip) => [ip, nodePort] as const)] as const)
      expect(await netcat(client, '-t', host, port), `${host}:${port}`).toContain('400 Bad Request')
  })

  test('ExternalName becomes ClusterIP and NodePort, and they become ExternalName', async () => {
    const namespace = await newNamespace()
    await cluster.apply([
      controller(namespace, 'svc'),
      service(namespace, 'svc', { type: 'ExternalName', externalName: 'foo.example.com' }),
      service(namespace, 'other', { selector: { name: 'svc' }, ports: [{ port: 80, targetPort: 9376 }] }),
    ])
    const client = await execPod(namespace)
    const ports = [{ port: 80, targetPort: 9376, protocol: 'TCP' as const }]
    change(namespace, 'svc', (spec) => {
      delete (spec as { externalName?: string }).externalName
      Object.assign(spec, { type: 'ClusterIP', selector: { name: 'svc' }, ports })
    })
    await cluster.settle()
    expect(get(namespace, 'svc').spec.clusterIP).toMatch(/^10\./)
    expect(await netcat(client, '-t', 'svc', 80)).toContain('400')
    change(namespace, 'svc', (spec) => Object.assign(spec, { type: 'NodePort' }))
    await cluster.settle()
    const nodePort = get(namespace, 'svc').spec.ports?.[0]?.nodePort ?? 0
    expect(await netcat(client, '-t', nodeIPs[0] ?? '', nodePort)).toContain('400')
    const externalName = `other.${namespace}.svc.cluster.local`
    change(namespace, 'svc', (spec) => Object.assign(spec, { type: 'ExternalName', externalName }))
    await cluster.settle()
    expect(get(namespace, 'svc').spec.clusterIP ?? '').toBe('')
    expect(await netcat(client, '-t', nodeIPs[0] ?? '', nodePort)).toBe('')
    await cluster.advance('40s')
    expect(await client.exec(`nslookup svc.${namespace}.svc.cluster.local`)).toMatchObject({ exitCode: 0 })
  })

  test.each(['ClusterIP', 'NodePort'])('session affinity of a %s Service, off and on', async (type) => {
    const namespace = await newNamespace()
    await cluster.apply([
      controller(namespace, 'sticky'),
      service(namespace, 'sticky', {
        type,
        sessionAffinity: 'ClientIP',
        selector: { name: 'sticky' },
        ports: [{ port: 80, targetPort: 9376 }],
      }),
    ])
    const client = await execPod(namespace)
    const { clusterIP = '', ports } = get(namespace, 'sticky').spec
    const url = type === 'ClusterIP' ? `http://${clusterIP}:80/` : `http://${nodeIPs[1]}:${ports?.[0]?.nodePort}/`
    const sticks = async (): Promise<boolean> => {
      const last = (await answers(client, url)).slice(-15)
      expect(last).toHaveLength(15)
      return new Set(last).size === 1
    }
    expect(await sticks()).toBe(true)
    change(namespace, 'sticky', (spec) =>
      Object.assign(spec, { sessionAffinity: 'None', sessionAffinityConfig: undefined }),
    )
    await cluster.settle()
    expect(await sticks()).toBe(false)
    change(namespace, 'sticky', (spec) => Object.assign(spec, { sessionAffinity: 'ClientIP' }))
    await cluster.settle()
    expect(await sticks()).toBe(true)
  })
})

describe('rung 9: names, as a pod’s own loop finds them', () => {
  /** Three containers and a volume: one serves the results, two probe. */
  const probes = (
    namespace: string,
    names: readonly string[],
    types: Readonly<Record<string, string>>,
    more: object,
  ): Manifest => {
    const script = (prefix: string): string => {
      const checks = names.flatMap((name) => {
        const type = types[name] ?? (name.startsWith('_') ? 'SRV' : 'A')
        const check = (flag: string, kind: string): string =>
          `check="$$(dig +${flag} +noall +answer +search ${name} ${type})" && test -n "$$check" && echo OK > /results/${prefix}_${kind}@${name};`
        return [check('notcp', 'udp'), check('tcp', 'tcp')]
      })
      return `for i in \`seq 1 600\`; do ${checks.join('')}sleep 1; done`
    }
    const prober = (prefix: string, image: string): Manifest => ({
      name: prefix,
      image,
      command: ['sh', '-c', script(prefix)],
      volumeMounts: [{ name: 'results', mountPath: '/results' }],
    })
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace, name: 'dns-test', labels: { dns: 'test' } },
      spec: {
        terminationGracePeriodSeconds: 0,
        volumes: [{ name: 'results', emptyDir: {} }],
        containers: [
          {
            name: 'webserver',
            image: AGNHOST,
            args: ['test-webserver'],
            volumeMounts: [{ name: 'results', mountPath: '/results' }],
          },
          prober('agnhost', AGNHOST),
          prober('jessie', DNSUTILS),
        ],
        ...more,
      },
    }
  }
  const results = async (namespace: string, names: readonly string[]): Promise<readonly string[]> => {
    const missing: string[] = []
    const { ip = '' } = cluster.pod(`${namespace}/dns-test`)
    for (const prefix of ['agnhost', 'jessie'])
      for (const kind of ['udp', 'tcp'])
        for (const name of names) {
          const reply = await cluster.node('node-1').fetch(`http://${ip}/results/${prefix}_${kind}@${name}`)
          if (reply.text() !== 'OK\n') missing.push(`${prefix} ${kind} ${name}: ${reply.status}`)
        }
    return missing
  }

  test('of Services in full and in part, of the cluster, of pods behind a headless Service, and backwards', async () => {
    const namespace = await newNamespace()
    const selector = { 'dns-test': 'true' }
    await cluster.apply([
      serverPod(namespace, 'dns-querier', ['test-webserver'], {
        labels: selector,
        ports: [{ name: 'http', containerPort: 80 }],
        spec: { hostname: 'querier', subdomain: 'headless' },
      }),
      service(namespace, 'headless', { clusterIP: 'None', selector, ports: [{ name: 'http', port: 80 }] }),
      service(namespace, 'normal', { selector, ports: [{ name: 'http', port: 80 }] }),
    ])
    await cluster.settle()
    const { clusterIP = '' } = get(namespace, 'normal').spec
    const reverse = `${clusterIP.split('.').reverse().join('.')}.in-addr.arpa.`
    const names = [
      'kubernetes.default.svc.cluster.local',
      `headless.${namespace}.svc.cluster.local`,
      `_http._tcp.headless.${namespace}.svc.cluster.local`,
      `_http._tcp.normal.${namespace}.svc.cluster.local`,
      `querier.headless.${namespace}.svc.cluster.local`,
      'headless',
      `headless.${namespace}`,
      `headless.${namespace}.svc`,
      `_http._tcp.normal.${namespace}.svc`,
      reverse,
    ]
    await cluster.apply([probes(namespace, names, { [reverse]: 'PTR' }, {})])
    await cluster.settle()
    await cluster.advance('3s')
    expect(await results(namespace, names)).toEqual([])
    // Its loops would go on for ten minutes.
    cluster.pod(`${namespace}/dns-test`).delete()
    await cluster.settle()
  })

  test('/etc/hosts knows a pod’s name in full and in short, without any Service', async () => {
    const namespace = await newNamespace()
    await cluster.apply([
      serverPod(namespace, 'hosts', ['pause'], { spec: { hostname: 'short', subdomain: 'nowhere' } }),
    ])
    await cluster.settle()
    const pod = cluster.pod(`${namespace}/hosts`)
    for (const name of [`short.nowhere.${namespace}.svc.cluster.local`, 'short'])
      expect((await pod.exec(`test -n "$(getent hosts ${name})" && echo OK`)).stdout, name).toBe('OK\n')
  })

  test('an ExternalName: its CNAME, a changed one, and an address when it is a ClusterIP', async () => {
    const namespace = await newNamespace()
    await cluster.apply([service(namespace, 'ext', { type: 'ExternalName', externalName: 'foo.example.com' })])
    const client = await execPod(namespace)
    const dig = async (type: string): Promise<string> => {
      // CoreDNS keeps answers for some seconds.
      await cluster.advance('40s')
      return (await client.exec(`dig +short ext.${namespace}.svc.cluster.local ${type}`)).stdout
    }
    expect(await dig('CNAME')).toBe('foo.example.com.\n')
    change(namespace, 'ext', (spec) => Object.assign(spec, { externalName: 'bar.example.com' }))
    expect(await dig('CNAME')).toBe('bar.example.com.\n')
    change(namespace, 'ext', (spec) =>
      Object.assign(spec, { type: 'ClusterIP', ports: [{ port: 80, protocol: 'TCP' }] }),
    )
    expect(await dig('A')).toBe(`${get(namespace, 'ext').spec.clusterIP}\n`)
  })
})

test('rung 10: pods reach pods and nodes reach pods, over HTTP and UDP, with nothing on stderr', async () => {
  const namespace = await newNamespace()
  const probe = {
    httpGet: { path: '/healthz', port: 8083 },
    initialDelaySeconds: 10,
    periodSeconds: 10,
    timeoutSeconds: 30,
  }
  const netserver = (node: string): Manifest => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name: `netserver-${node}` },
    spec: {
      nodeSelector: { 'kubernetes.io/hostname': node },
      containers: [
        {
          name: 'webserver',
          image: AGNHOST,
          args: ['netexec', '--http-port=8083', '--udp-port=8081'],
          livenessProbe: probe,
          readinessProbe: probe,
        },
      ],
    },
  })
  await cluster.apply([
    netserver('node-1'),
    netserver('node-2'),
    serverPod(namespace, 'test-container-pod', ['netexec', '--http-port=9080', '--udp-port=8081'], {}),
    serverPod(namespace, 'host-test', ['pause'], { spec: { hostNetwork: true } }),
  ])
  await cluster.settle()
  const own = cluster.pod(`${namespace}/test-container-pod`)
  const host = cluster.pod(`${namespace}/host-test`)
  for (const node of ['node-1', 'node-2']) {
    const name = `netserver-${node}`
    const server = cluster.pod(`${namespace}/${name}`)
    expect([server.ready, server.node]).toEqual([true, node])
    for (const [protocol, port] of [
      ['http', 8083],
      ['udp', 8081],
    ] as const) {
      const query = `request=hostname&protocol=${protocol}&host=${server.ip}&port=${port}&tries=1`
      const { stdout } = await host.exec(`curl -g -q -s 'http://${own.ip}:9080/dial?${query}'`)
      expect(JSON.parse(stdout)).toEqual({ responses: [name] })
    }
    for (const command of [
      `curl -g -q -s --max-time 15 --connect-timeout 1 http://${server.ip}:8083/hostName | grep -v '^\\s*$'`,
      `echo hostName | nc -w 1 -u ${server.ip} 8081 | grep -v '^\\s*$'`,
    ]) {
      const { stdout, stderr } = await host.exec(command)
      expect([stdout.trim(), stderr], command).toEqual([name, ''])
    }
  }
})

test('rung 11: one host port three times, told apart by address and protocol', async () => {
  const namespace = await newNamespace()
  const hostIP = '172.18.0.2'
  const pod = (name: string, ip: string, protocol: string): Manifest => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { namespace, name },
    spec: {
      nodeSelector: { 'kubernetes.io/hostname': 'node-1' },
      containers: [
        {
          name: 'agnhost',
          image: AGNHOST,
          args: ['netexec', '--http-port=8080', '--udp-port=8080'],
          ports: [{ hostPort: 54_323, containerPort: 8080, protocol, hostIP: ip }],
          readinessProbe: { httpGet: { path: '/hostname', port: 8080 } },
        },
      ],
    },
  })
  await cluster.apply([
    pod('pod1', '127.0.0.1', 'TCP'),
    pod('pod2', hostIP, 'TCP'),
    pod('pod3', hostIP, 'UDP'),
    serverPod(namespace, 'host', ['pause'], { spec: { hostNetwork: true, nodeName: 'node-1' } }),
  ])
  await cluster.settle()
  const host = cluster.pod(`${namespace}/host`)
  const asked = async (command: string): Promise<string> => (await host.exec(command)).stdout.trim()
  expect(await asked(`curl -g --connect-timeout 5 --interface ${hostIP} http://127.0.0.1:54323/hostname`)).toBe('pod1')
  expect(await asked(`curl -g --connect-timeout 5 http://${hostIP}:54323/hostname`)).toBe('pod2')
  expect(await asked(`echo hostname | nc -u -w 5 ${hostIP} 54323`)).toBe('pod3')
})
