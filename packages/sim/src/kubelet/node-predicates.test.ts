// What a node says to pods bound to it by hand, and what the API shows of a pod it does not take.

import { nodes, type Pod, type PodSpec } from '@podwire/apiserver'
import { describe, expect, test } from 'vitest'
import { createKubeletWorld, seconds } from './kubelet-world.suite.ts'

const asking = (requests: Readonly<Record<string, string>>): Partial<PodSpec> => ({
  containers: [{ name: 'main', image: 'luksa/kubia', resources: { requests: { ...requests } } }],
})

interface Row {
  readonly name: string
  /** Runs on the node before. */
  readonly before?: Partial<PodSpec>
  readonly spec: Partial<PodSpec>
  readonly metadata?: Partial<Pod['metadata']>
  /** Effect of a taint of the node. */
  readonly taint?: string
  readonly allocatable?: Readonly<Record<string, string>>
  /** Undefined: the node takes it. */
  readonly reason?: string
  readonly message?: string
}

const ROWS: readonly Row[] = [
  {
    name: 'more cpu than the node has',
    spec: asking({ cpu: '9' }),
    reason: 'OutOfcpu',
    message: "Node didn't have enough resource: cpu, requested: 9000, used: 0, capacity: 8000",
  },
  {
    name: 'more cpu than is left',
    before: asking({ cpu: '7500m', memory: '1Gi' }),
    spec: asking({ cpu: '600m' }),
    reason: 'OutOfcpu',
    message: "Node didn't have enough resource: cpu, requested: 600, used: 7500, capacity: 8000",
  },
  { name: 'as much as is left', before: asking({ cpu: '7500m' }), spec: asking({ cpu: '500m' }) },
  {
    name: 'memory',
    before: asking({ memory: '16Gi' }),
    spec: asking({ memory: '1Mi' }),
    reason: 'OutOfmemory',
    message: "Node didn't have enough resource: memory, requested: 1048576, used: 17179869184, capacity: 17179869184",
  },
  {
    name: 'ephemeral storage',
    spec: asking({ 'ephemeral-storage': '1Ti' }),
    reason: 'OutOfephemeral-storage',
    message:
      "Node didn't have enough resource: ephemeral-storage, requested: 1099511627776, used: 0, capacity: 107374182400",
  },
  {
    name: 'a pod too many',
    before: {},
    allocatable: { pods: '1' },
    spec: {},
    reason: 'OutOfpods',
    message: "Node didn't have enough resource: pods, requested: 1, used: 1, capacity: 1",
  },
  {
    name: 'an extended resource the node has too little of',
    allocatable: { 'example.test/gpu': '1' },
    spec: {
      containers: [
        {
          name: 'main',
          image: 'luksa/kubia',
          resources: { requests: { 'example.test/gpu': '2' }, limits: { 'example.test/gpu': '2' } },
        },
      ],
    },
    reason: 'OutOfexample.test/gpu',
    message: "Node didn't have enough resource: example.test/gpu, requested: 2, used: 0, capacity: 1",
  },
  {
    name: 'an extended resource the node does not know',
    spec: {
      containers: [
        {
          name: 'main',
          image: 'luksa/kubia',
          resources: { requests: { 'example.test/gpu': '2' }, limits: { 'example.test/gpu': '2' } },
        },
      ],
    },
  },
  {
    name: 'a node selector that does not match',
    spec: { nodeSelector: { disk: 'ssd' } },
    reason: 'NodeAffinity',
    message: "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
  },
  {
    name: 'resources are asked before affinity',
    spec: { ...asking({ cpu: '9' }), nodeSelector: { disk: 'ssd' } },
    reason: 'OutOfcpu',
  },
  {
    name: 'a host port that is taken',
    before: { containers: [{ name: 'main', image: 'nginx', ports: [{ containerPort: 80, hostPort: 9000 }] }] },
    spec: { containers: [{ name: 'main', image: 'nginx', ports: [{ containerPort: 80, hostPort: 9000 }] }] },
    reason: 'NodePorts',
    message: "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports",
  },
  {
    name: 'a NoExecute taint',
    taint: 'NoExecute',
    spec: {},
    reason: 'TaintToleration',
    message: "Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate",
  },
  {
    name: 'a NoExecute taint it tolerates',
    taint: 'NoExecute',
    spec: { tolerations: [{ key: 'maintenance', operator: 'Exists' }] },
  },
  { name: 'a NoSchedule taint is the scheduler’s', taint: 'NoSchedule', spec: {} },
  {
    name: 'another operating system',
    spec: { os: { name: 'windows' } },
    reason: 'PodOSNotSupported',
    message: "Failed to admit pod as the OS field doesn't match node OS",
  },
  {
    name: 'a label of another operating system',
    metadata: { labels: { 'kubernetes.io/os': 'windows' } },
    spec: {},
    reason: 'PodOSSelectorNodeLabelDoesNotMatch',
  },
  {
    name: 'a critical pod nobody makes room for',
    before: asking({ cpu: '8' }),
    spec: { ...asking({ cpu: '1' }), priorityClassName: 'system-node-critical' },
    reason: 'UnexpectedAdmissionError',
    message:
      'Unexpected error while attempting to recover from admission failure: preemption: error finding a set of pods to preempt: ' +
      'no set of running pods found to reclaim resources: [(res: cpu, q: 1000), ]',
  },
]

describe('a pod bound by hand', () => {
  test.each(ROWS)('$name', async ({ before, spec, metadata, taint, allocatable, reason, message }) => {
    const world = createKubeletWorld()
    if (before !== undefined) world.create('before', before)
    await world.driver.advance(seconds(10))
    const node = { name: 'node-1' }
    if (taint !== undefined) {
      world.client.modify(nodes, node, (draft) => void (draft.spec.taints = [{ key: 'maintenance', effect: taint }]))
    }
    if (allocatable !== undefined) {
      const change = { status: { allocatable } }
      world.client.patch(nodes, node, 'merge', change, { subresource: 'status' })
    }
    world.create('web', spec, metadata)
    await world.driver.advance(seconds(10))
    const { status } = world.get('web')
    if (reason === undefined) {
      expect(status).toMatchObject({ phase: 'Running' })
      return
    }
    expect(status).toMatchObject({ phase: 'Failed', reason })
    if (message === undefined) return
    expect(status).toEqual({
      observedGeneration: 1,
      phase: 'Failed',
      reason,
      message: `Pod was rejected: ${message}`,
      startTime: expect.stringMatching(/Z$/) as string,
      qosClass: status?.qosClass,
    })
    expect(world.eventsOf('web')).toEqual([`${reason}: ${message}`])
  })
})

test('what a finished pod asked for is free again', async () => {
  const world = createKubeletWorld()
  world.create('before', {
    restartPolicy: 'Never',
    containers: [{ name: 'main', image: 'busybox', command: ['sleep', '20'], resources: { requests: { cpu: '8' } } }],
  })
  await world.driver.advance(seconds(10))
  world.create('early', asking({ cpu: '1' }))
  await world.driver.advance(seconds(30))
  world.create('late', asking({ cpu: '1' }))
  await world.driver.advance(seconds(10))
  expect(['early', 'late'].map((name) => world.get(name).status?.phase)).toEqual(['Failed', 'Running'])
})
