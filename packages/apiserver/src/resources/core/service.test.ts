// Facts: answers recorded from a real API server (1.36.2, service range 10.96.0.0/12, node ports 30000-32767).

import { describe, expect, it } from 'vitest'
import type { Service } from '../../objects/index.ts'
import type { KubeObject } from '../../objects/kube-object.ts'
import { create, refusal, testContext, update } from '../strategy-run.suite.ts'
import { service } from './service.ts'

const spec = (fields: object): object => ({ metadata: { name: 's' }, spec: { ports: [{ port: 80 }], ...fields } })

describe('defaults', () => {
  it.each<[string, object, object]>([
    [
      'ClusterIP',
      { selector: { app: 'web' } },
      {
        type: 'ClusterIP',
        sessionAffinity: 'None',
        internalTrafficPolicy: 'Cluster',
        ipFamilies: ['IPv4'],
        ipFamilyPolicy: 'SingleStack',
        ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
      },
    ],
    [
      'headless with selector',
      { clusterIP: 'None', selector: { a: 'b' } },
      { clusterIPs: ['None'], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' },
    ],
    [
      'headless without selector',
      { clusterIP: 'None' },
      { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' },
    ],
    [
      'load balancer',
      { type: 'LoadBalancer' },
      { externalTrafficPolicy: 'Cluster', allocateLoadBalancerNodePorts: true },
    ],
    ['external IPs', { externalIPs: ['192.0.2.7'] }, { externalTrafficPolicy: 'Cluster' }],
    ['affinity', { sessionAffinity: 'ClientIP' }, { sessionAffinityConfig: { clientIP: { timeoutSeconds: 10800 } } }],
  ])('%s', (_, fields, expected) => {
    expect(create(service, spec(fields)).spec).toMatchObject(expected)
  })

  it('gives an ExternalName neither address nor policy', () => {
    expect(
      create(service, { metadata: { name: 's' }, spec: { type: 'ExternalName', externalName: 'db.example.com' } }).spec,
    ).toEqual({
      type: 'ExternalName',
      sessionAffinity: 'None',
      externalName: 'db.example.com',
    })
  })
})

describe('what is refused', () => {
  it.each<[string, object, string]>([
    ['no ports', { ports: [] }, 'spec.ports: Required value'],
    [
      'port 0',
      { ports: [{ port: 0 }] },
      '[spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive, spec.ports[0].targetPort: Invalid value: 0: must be between 1 and 65535, inclusive]',
    ],
    [
      'unnamed ports',
      { ports: [{ port: 80 }, { port: 81 }] },
      '[spec.ports[0].name: Required value, spec.ports[1].name: Required value]',
    ],
    [
      'duplicate name',
      {
        ports: [
          { port: 80, name: 'a' },
          { port: 81, name: 'a' },
        ],
      },
      'spec.ports[1].name: Duplicate value: "a"',
    ],
    [
      'duplicate port',
      {
        ports: [
          { port: 80, name: 'a' },
          { port: 80, name: 'b' },
        ],
      },
      'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,"NodePort":0}',
    ],
    [
      'protocol',
      { ports: [{ port: 80, protocol: 'HTTP' }] },
      'spec.ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"',
    ],
    [
      'numeric target name',
      { ports: [{ port: 80, targetPort: '8080' }] },
      'spec.ports[0].targetPort: Invalid value: "8080": must contain at least one letter (a-z)',
    ],
    [
      'nodePort on ClusterIP',
      { ports: [{ port: 80, nodePort: 30001 }] },
      "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
    ],
    [
      'type',
      { type: 'Foo' },
      'spec.type: Unsupported value: "Foo": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    ],
    [
      'nodePort out of range',
      { type: 'NodePort', ports: [{ port: 80, nodePort: 29999 }] },
      'spec.ports[0].nodePort: Invalid value: 29999: provided port is not in the valid range. The range of valid ports is 30000-32767',
    ],
    [
      'clusterIP out of range',
      { clusterIP: '10.95.0.1' },
      'spec.clusterIPs: Invalid value: ["10.95.0.1"]: failed to allocate IP 10.95.0.1: the provided network does not match the current range',
    ],
    [
      'broadcast',
      { clusterIP: '10.111.255.255' },
      'spec.clusterIPs: Invalid value: ["10.111.255.255"]: failed to allocate IP 10.111.255.255: the provided network does not match the current range',
    ],
    [
      'garbage address',
      { clusterIP: 'nope' },
      'spec.clusterIPs[0]: Invalid value: "nope": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
    [
      'leading zeros',
      { clusterIP: '10.096.0.22' },
      'spec.clusterIPs[0]: Invalid value: "10.096.0.22": must not have leading 0s',
    ],
    [
      'IPv6',
      { clusterIP: 'fd00::1' },
      'spec.clusterIPs[0]: Invalid value: ["fd00::1"]: IPv6 is not configured on this cluster',
    ],
    [
      'only the list',
      { clusterIPs: ['10.96.0.21'] },
      'spec.clusterIPs: Invalid value: ["10.96.0.21"]: must be empty when `clusterIP` is not specified',
    ],
    [
      'list and address differ',
      { clusterIP: '10.96.0.21', clusterIPs: ['10.96.0.23'] },
      'spec.clusterIPs: Invalid value: ["10.96.0.23"]: first value must match `clusterIP`',
    ],
    [
      'dual stack',
      { ipFamilyPolicy: 'RequireDualStack' },
      'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
    ],
    [
      'headless NodePort',
      { type: 'NodePort', clusterIP: 'None' },
      'spec.clusterIPs[0]: Invalid value: "None": may not be set to \'None\' for NodePort services',
    ],
    [
      'ExternalName with address',
      { type: 'ExternalName', externalName: 'a.b', clusterIP: '10.96.0.40' },
      'spec.clusterIPs: Forbidden: may not be set for ExternalName services',
    ],
    [
      'external policy',
      { externalTrafficPolicy: 'Local' },
      'spec.externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
    ],
    [
      'source ranges',
      { loadBalancerSourceRanges: ['10.0.0.0/8'] },
      "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
    ],
    [
      'affinity timeout',
      { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 86401 } } },
      'spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less than 86400',
    ],
    [
      'distribution',
      { trafficDistribution: 'Near' },
      'spec.trafficDistribution: Unsupported value: "Near": supported values: "PreferClose", "PreferSameZone", "PreferSameNode"',
    ],
  ])('%s', (_, fields, message) => {
    expect(refusal(() => create(service, spec(fields)))).toBe(`Service "s" is invalid: ${message}`)
  })
})

describe('node ports and addresses', () => {
  it('are given once', () => {
    const context = testContext()
    create(
      service,
      spec({ type: 'NodePort', clusterIP: '10.96.0.20', ports: [{ port: 80, nodePort: 30021 }] }),
      context,
    )
    expect(refusal(() => create(service, spec({ clusterIP: '10.96.0.20' }), context))).toBe(
      'Service "s" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.20"]: failed to allocate IP 10.96.0.20: provided IP is already allocated',
    )
    expect(
      refusal(() => create(service, spec({ type: 'NodePort', ports: [{ port: 80, nodePort: 30021 }] }), context)),
    ).toBe('Service "s" is invalid: spec.ports[0].nodePort: Invalid value: 30021: provided port is already allocated')
  })

  it('are given back when a later port is refused', () => {
    const context = testContext()
    context.allocators.nodePorts.take(30021)
    const ports = [
      { port: 80, name: 'x', nodePort: 30024 },
      { port: 81, name: 'y', nodePort: 30021 },
    ]
    expect(
      refusal(() => create(service, spec({ type: 'NodePort', clusterIP: '10.96.0.9', ports }), context)),
    ).toContain('30021: provided port is already allocated')
    expect(context.allocators.nodePorts.has(30024)).toBe(false)
    expect(context.allocators.clusterIps.has('10.96.0.9')).toBe(false)
  })

  it('are shared by TCP and UDP of the same port on create', () => {
    const ports = [
      { port: 53, name: 't', nodePort: 30023 },
      { port: 53, name: 'u', protocol: 'UDP' },
    ]
    expect(create(service, spec({ type: 'NodePort', ports })).spec.ports?.map((port) => port.nodePort)).toEqual([
      30023, 30023,
    ])
  })

  it('are released with the Service', () => {
    const context = testContext()
    const made = create(service, spec({ type: 'LoadBalancer', externalTrafficPolicy: 'Local' }), context)
    const { clusterIP = '', ports = [], healthCheckNodePort = 0 } = made.spec
    expect(context.allocators.nodePorts.has(healthCheckNodePort)).toBe(true)
    service.strategy.release?.(made, context)
    expect(context.allocators.clusterIps.has(clusterIP)).toBe(false)
    expect(context.allocators.nodePorts.has(ports[0]?.nodePort ?? 0)).toBe(false)
    expect(context.allocators.nodePorts.has(healthCheckNodePort)).toBe(false)
  })
})

describe('addresses are claimed by IPAddresses', () => {
  const theirs = { apiVersion: 'networking.k8s.io/v1', kind: 'IPAddress', metadata: { name: '10.96.0.30' } }
  const found = new Map([['IPAddress/10.96.0.30', theirs as unknown as KubeObject]])

  it.each<[string, string, object, ReadonlyMap<string, KubeObject>, string]>([
    [
      'one that somebody else wrote',
      's',
      { clusterIP: '10.96.0.30' },
      found,
      'Service "s" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.30"]: failed to allocate IP 10.96.0.30: ' +
        'provided IP is already allocated',
    ],
    [
      'one for a Service without a name',
      '',
      { clusterIP: '10.96.0.31' },
      new Map(),
      'Service "" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.31"]: failed to allocate IP 10.96.0.31: ' +
        'IPAddress.networking.k8s.io "10.96.0.31" is invalid: spec.parentRef.name: Required value',
    ],
    [
      'one for a name it cannot hold',
      'a/b%',
      { clusterIP: '10.96.0.31' },
      new Map(),
      'Service "a/b%" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.31"]: failed to allocate IP 10.96.0.31: ' +
        'IPAddress.networking.k8s.io "10.96.0.31" is invalid: [spec.parentRef.name: Invalid value: "a/b%": may not ' +
        `contain '/', spec.parentRef.name: Invalid value: "a/b%": may not contain '%']`,
    ],
  ])('refuses %s', (_, name, fields, objects, message) => {
    const context = testContext(objects)
    const object = { metadata: { name, namespace: 'default' }, spec: { ports: [{ port: 80 }], ...fields } }
    expect(refusal(() => create(service, object, context))).toBe(message)
    expect(context.allocators.clusterIps.has('10.96.0.31')).toBe(false)
    expect(context.allocators.clusterIps.has('10.96.0.30')).toBe(false)
  })

  it('passes over one that somebody else wrote, and says where a range is full', () => {
    const context = testContext(found, false, '10.96.0.0/28')
    for (let given = 1; given < 30; given++) context.allocators.clusterIps.take(`10.96.0.${given}`)
    context.allocators.clusterIps.release('10.96.0.3')
    expect(create(service, spec({}), context).spec.clusterIP).toBe('10.96.0.3')
    const there = new Map([['IPAddress/10.96.0.4', theirs as unknown as KubeObject]])
    const other = testContext(there, false, '10.96.0.0/28')
    for (let given = 1; given < 30; given++) other.allocators.clusterIps.take(`10.96.0.${given}`)
    other.allocators.clusterIps.release('10.96.0.4')
    expect(refusal(() => create(service, spec({}), other))).toBe(
      'Internal error occurred: failed to allocate a serviceIP for Service "s": range is full',
    )
  })
})

describe('updates', () => {
  it('keep one node port for ports of one number, and none that nobody allocated', () => {
    const context = testContext()
    const ports = [
      { port: 53, name: 't', nodePort: 30023 },
      { port: 53, name: 'u', protocol: 'UDP' },
    ]
    const old = create(service, spec({ type: 'NodePort', ports }), context)
    const unsaid = ports.map((port) => ({ ...port, nodePort: 0 }))
    const next = update(service, old, spec({ type: 'NodePort', ports: unsaid }), context)
    expect(next.spec.ports?.map((port) => port.nodePort)).toEqual([30023, 30023])
    const plain = { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false }
    const balanced = create(service, spec({ ...plain, ports: [{ port: 80, nodePort: 30024 }] }), context)
    const after = update(service, balanced, spec({ type: 'NodePort', allocateLoadBalancerNodePorts: false }), context)
    expect(after.spec.ports?.[0]?.nodePort).not.toBe(30024)
  })

  it('take the node ports of an ExternalName for its own', () => {
    const context = testContext()
    const ports = [{ port: 80, nodePort: 30025 }]
    create(service, spec({ type: 'NodePort', ports }), context)
    const old = create(service, spec({ type: 'ExternalName', externalName: 'a.b', ports }), context)
    expect(update(service, old, spec({ type: 'NodePort', ports }), context).spec.ports?.[0]?.nodePort).toBe(30025)
    service.strategy.release?.(old, context)
    expect(context.allocators.nodePorts.has(30025)).toBe(false)
  })

  const start = (context: ReturnType<typeof testContext>, fields: object): Service =>
    create(service, spec(fields), context)

  it('keep address and node ports by port name', () => {
    const context = testContext()
    const ports = [
      { port: 80, name: 'a', nodePort: 30011 },
      { port: 81, name: 'b' },
    ]
    const old = start(context, { type: 'NodePort', ports })
    const made = update(
      service,
      old,
      spec({
        type: 'NodePort',
        ports: [
          { port: 81, name: 'c' },
          { port: 80, name: 'a' },
        ],
      }),
      context,
    )
    expect(made.spec.clusterIP).toBe(old.spec.clusterIP)
    expect(made.spec.ports?.[1]?.nodePort).toBe(30011)
    expect(made.spec.ports?.[0]?.nodePort).not.toBe(old.spec.ports?.[1]?.nodePort)
  })

  it('drop node ports on the way to ClusterIP and everything on the way to ExternalName', () => {
    const context = testContext()
    const old = start(context, { type: 'NodePort' })
    const nodePort = old.spec.ports?.[0]?.nodePort ?? 0
    const cluster = update(service, old, { ...old, spec: { ...old.spec, type: 'ClusterIP' } }, context)
    expect(cluster.spec).not.toHaveProperty('externalTrafficPolicy')
    expect(cluster.spec.ports?.[0]).not.toHaveProperty('nodePort')
    expect(context.allocators.nodePorts.has(nodePort)).toBe(false)
    const external = update(
      service,
      cluster,
      { ...cluster, spec: { ...cluster.spec, type: 'ExternalName', externalName: 'a.b' } },
      context,
    )
    expect(external.spec).not.toHaveProperty('clusterIP')
    expect(context.allocators.clusterIps.has(old.spec.clusterIP ?? '')).toBe(false)
  })

  it.each<[string, object, object, string]>([
    [
      'another address',
      { clusterIP: '10.96.0.5' },
      { clusterIP: '10.96.0.6' },
      'Service "s" is invalid: spec.clusterIPs[0]: Invalid value: ["10.96.0.6"]: may not change once set',
    ],
    [
      'to headless',
      {},
      { clusterIP: 'None' },
      'Service "s" is invalid: spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set',
    ],
    [
      'the same node port twice',
      { type: 'NodePort' },
      {
        type: 'NodePort',
        ports: [
          { port: 80, name: 'a', nodePort: 30026 },
          { port: 81, name: 'b', nodePort: 30026 },
        ],
      },
      'duplicate nodePort: {TCP 30026}',
    ],
    [
      'the class',
      { type: 'LoadBalancer' },
      { type: 'LoadBalancer', loadBalancerClass: 'a.b/c' },
      'Service "s" is invalid: spec.loadBalancerClass: Invalid value: "a.b/c": may not change once set',
    ],
    [
      'two ports of one name, which both are the port they were',
      { type: 'NodePort', ports: [{ port: 80, name: 'a', nodePort: 30028 }] },
      {
        type: 'NodePort',
        ports: [
          { port: 80, name: 'a' },
          { port: 81, name: 'a' },
        ],
      },
      'duplicate nodePort: {TCP 30028}',
    ],
    [
      'a node port for health checks that the same update gives back',
      { type: 'NodePort', ports: [{ port: 80, nodePort: 30029 }] },
      {
        type: 'LoadBalancer',
        allocateLoadBalancerNodePorts: false,
        externalTrafficPolicy: 'Local',
        healthCheckNodePort: 30029,
      },
      'Internal error occurred: failed to allocate requested HealthCheck NodePort 30029: provided port is already allocated',
    ],
  ])('refuse %s', (_, before, after, message) => {
    const context = testContext()
    const old = start(context, before)
    expect(refusal(() => update(service, old, spec(after), context))).toBe(message)
  })
})

describe('the table', () => {
  const cells = (object: Service): readonly unknown[] =>
    service.columns.map((column) => column.cell(object, testContext()))
  const made = (fields: object): Service => create(service, spec({ clusterIP: '10.96.0.3', ...fields }))

  it.each<[string, Service, readonly unknown[]]>([
    [
      'ClusterIP',
      made({ selector: { b: '2', a: '1' } }),
      ['s', 'ClusterIP', '10.96.0.3', '<none>', '80/TCP', '0s', 'a=1,b=2'],
    ],
    [
      'NodePort',
      made({ type: 'NodePort', ports: [{ port: 80, nodePort: 30031 }] }),
      ['s', 'NodePort', '10.96.0.3', '<none>', '80:30031/TCP', '0s', '<none>'],
    ],
    [
      'waiting for a balancer',
      made({ type: 'LoadBalancer', ports: [{ port: 80, nodePort: 30031 }] }),
      ['s', 'LoadBalancer', '10.96.0.3', '<pending>', '80:30031/TCP', '0s', '<none>'],
    ],
    [
      'external IPs',
      made({ externalIPs: ['192.0.2.1', '198.51.100.7'] }),
      ['s', 'ClusterIP', '10.96.0.3', '192.0.2.1,198.51.100.7', '80/TCP', '0s', '<none>'],
    ],
    [
      'ExternalName',
      create(service, { metadata: { name: 's' }, spec: { type: 'ExternalName', externalName: 'db.example.com' } }),
      ['s', 'ExternalName', '<none>', 'db.example.com', '<none>', '0s', '<none>'],
    ],
  ])('%s', (_, object, expected) => {
    expect(cells(object)).toEqual(expected)
  })
})
