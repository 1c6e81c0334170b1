// Facts: answers recorded from a real API server (1.36.2).

import { describe, expect, it } from 'vitest'
import { TestServer, owners, refusal } from '../managed-fields/server.suite.ts'
import type { Pod } from '../objects/index.ts'
import type { ResourceType } from '../resources/resource-type.ts'
import { nodes, pods } from '../resources/served-types.ts'

function start(spec: object = {}): TestServer {
  const test = new TestServer()
  const body = {
    metadata: { name: 'p', labels: { app: 'a' } },
    spec: {
      automountServiceAccountToken: false,
      containers: [{ name: 'main', image: 'i:1', resources: { requests: { cpu: '1' } } }],
      ...spec,
    },
  }
  test.call({ verb: 'create', type: pods, body })
  return test
}

function bind(test: TestServer, body: object, name: string | undefined = 'p'): void {
  const { requestHandler, registry } = test.server
  const type: ResourceType = pods
  requestHandler.handle({
    verb: 'create',
    resource: registry.byType(type),
    namespace: 'default',
    ...(name === undefined ? {} : { name }),
    subresource: 'binding',
    query: new URLSearchParams(),
    user: { name: 'test', groups: [] },
    userAgent: 'tester/1.0',
    warn: () => {},
    body: { contentType: 'application/json', bytes: Buffer.from(JSON.stringify(body)) },
  })
}

const podOf = (test: TestServer): Pod => test.server.client.get(pods, { namespace: 'default', name: 'p' })
const to = (name: string, metadata: object = {}): object => ({ metadata: { name: 'p', ...metadata }, target: { name } })

describe('a binding', () => {
  it.each<readonly [string, string | undefined]>([
    ['of the pod the path names', 'p'],
    ['of the pod the body names', undefined],
  ])('%s gives it its node, zone and annotations', (_, name) => {
    const test = start()
    const labels = { 'topology.kubernetes.io/zone': 'z1', other: 'x' }
    test.server.client.create(nodes, { metadata: { name: 'n1', labels }, spec: {} })
    bind(test, to('n1', { annotations: { a: 'b' }, labels: { of: 'binding' } }), name)
    const { metadata, spec, status } = podOf(test)
    expect([spec.nodeName, metadata.labels, metadata.annotations, metadata.generation]).toEqual([
      'n1',
      { app: 'a', of: 'binding', 'topology.kubernetes.io/zone': 'z1' },
      { a: 'b' },
      1,
    ])
    expect(status?.conditions).toMatchObject([{ type: 'PodScheduled', status: 'True' }])
  })

  it.each<readonly [string, object, object, number, string]>([
    [
      'another name',
      {},
      { metadata: { name: 'q' }, target: { name: 'n' } },
      400,
      'name in URL does not match name in Binding object',
    ],
    ['no target', {}, { metadata: { name: 'p' }, target: { kind: 'Node' } }, 500, 'target.name: Required value'],
    [
      'a target that is no node',
      {},
      { metadata: { name: 'p' }, target: { kind: 'Pod' } },
      500,
      '[target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>", target.name: Required value]',
    ],
    [
      'a node it has',
      { nodeName: 'n1' },
      to('n2'),
      409,
      'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n1"',
    ],
    [
      'a gate',
      { schedulingGates: [{ name: 'g' }] },
      to('n2'),
      409,
      'Operation cannot be fulfilled on pods/binding "p": pod p has non-empty .spec.schedulingGates',
    ],
    [
      'another uid',
      {},
      to('n2', { uid: 'u' }),
      409,
      expect.stringContaining('Precondition failed: UID in precondition: u, UID in object meta: ') as unknown as string,
    ],
  ])('is refused for %s', (_, spec, body, code, message) => {
    const status = refusal(() => {
      bind(start(spec), body)
    })
    expect([status.code, status.message]).toEqual([code, message])
  })
})

describe('a resize', () => {
  it('is a generation of its own, and all that was sent is its writer’s, kept or not', () => {
    const test = start()
    const patch = { spec: { containers: [{ name: 'main', resources: { requests: { cpu: '2' } } }], nodeName: 'n' } }
    const resized = test.call({
      verb: 'patch',
      type: pods,
      name: 'p',
      subresource: 'resize',
      contentType: 'application/strategic-merge-patch+json',
      body: patch,
      query: 'fieldManager=sizer',
    }) as unknown as Pod
    expect([resized.metadata.generation, resized.spec.nodeName, resized.spec.containers[0]?.resources]).toEqual([
      2,
      undefined,
      { requests: { cpu: '2' } },
    ])
    expect(owners(resized)['sizer Update/resize']).toEqual({
      'f:spec': {
        'f:containers': { 'k:{"name":"main"}': { 'f:resources': { 'f:requests': { 'f:cpu': {} } } } },
        'f:nodeName': {},
      },
    })
  })

  it('may not change the class of the pod', () => {
    const test = start()
    const requests = { cpu: '1', memory: '1Gi' }
    const patch = { spec: { containers: [{ name: 'main', resources: { requests, limits: requests } }] } }
    const status = refusal(() =>
      test.call({
        verb: 'patch',
        type: pods,
        name: 'p',
        subresource: 'resize',
        contentType: 'application/strategic-merge-patch+json',
        body: patch,
      }),
    )
    expect(status.message).toBe(
      'Pod "p" is invalid: spec: Invalid value: "Burstable": Pod QOS Class may not change as a result of resizing',
    )
  })
})
