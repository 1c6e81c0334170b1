import type { ContainerStatus, Pod } from '@podwire/apiserver'
import { describe, expect, test } from 'vitest'
import { podWith } from '../testing/objects.suite.ts'
import { rankForDeletion, rankPlainly } from './ranking.ts'

const NOW = Date.parse('2026-01-01T12:00:00Z')
const ago = (seconds: number): string => `${new Date(NOW - seconds * 1000).toISOString().slice(0, 19)}Z`
const names = (pods: readonly Pod[]): readonly string[] => pods.map((pod) => pod.metadata.name)

const rows: readonly { readonly name: string; readonly pods: readonly Pod[]; readonly order: readonly string[] }[] = [
  {
    name: 'unassigned, pending, unready, ready',
    pods: [
      podWith({ name: 'ready', node: 'n1', phase: 'Running', ready: true }),
      podWith({ name: 'unready', node: 'n1', phase: 'Running', ready: false }),
      podWith({ name: 'pending', node: 'n1', phase: 'Pending' }),
      podWith({ name: 'unbound', phase: 'Pending' }),
    ],
    order: ['unbound', 'pending', 'unready', 'ready'],
  },
  {
    name: 'deletion cost among ready pods, readiness before cost',
    pods: [
      podWith({ name: 'a-ten', node: 'n1', phase: 'Running', ready: true, deletionCost: '10' }),
      podWith({ name: 'b-minus', node: 'n2', phase: 'Running', ready: true, deletionCost: '-5' }),
      podWith({ name: 'c-none', node: 'n3', phase: 'Running', ready: true }),
      podWith({ name: 'd-unready-hundred', node: 'n1', phase: 'Running', ready: false, deletionCost: '100' }),
    ],
    order: ['d-unready-hundred', 'b-minus', 'c-none', 'a-ten'],
  },
  {
    name: 'the pod ready for the shortest time goes first',
    pods: [
      podWith({ name: 'old', node: 'n1', phase: 'Running', ready: true, readySince: ago(100_000) }),
      podWith({ name: 'middle', node: 'n1', phase: 'Running', ready: true, readySince: ago(4000) }),
      podWith({ name: 'young', node: 'n1', phase: 'Running', ready: true, readySince: ago(100) }),
    ],
    order: ['young', 'middle', 'old'],
  },
  {
    name: 'more restarts go first between equals',
    pods: [
      podWith({ name: 'calm', node: 'n1', phase: 'Running', ready: true, readySince: ago(100) }),
      podWith({ name: 'restless', node: 'n2', phase: 'Running', ready: true, readySince: ago(100), restarts: 4 }),
    ],
    order: ['restless', 'calm'],
  },
  {
    name: 'the container that restarted most counts, not all of them together; then the sidecars',
    pods: [
      restarting('a-thrice-each', [3, 3, 3]),
      restarting('b-four-times', [4, 0]),
      restarting('c-sidecar', [4, 0], 2),
    ],
    order: ['c-sidecar', 'b-four-times', 'a-thrice-each'],
  },
]

function restarting(name: string, containers: readonly number[], sidecar = 0): Pod {
  const pod = podWith({ name, node: 'n1', phase: 'Running', ready: true, readySince: ago(100) })
  const status = (of: string, restartCount: number): ContainerStatus => {
    return { name: of, image: 'i', imageID: '', ready: true, restartCount }
  }
  return {
    ...pod,
    spec: { ...pod.spec, initContainers: [{ name: 'proxy', image: 'i', restartPolicy: 'Always' }] },
    status: {
      ...pod.status,
      containerStatuses: containers.map((count, index) => status(`c${index}`, count)),
      initContainerStatuses: [status('setup', 9), status('proxy', sidecar)],
    },
  }
}

describe('deletion order', () => {
  test.each(rows)('$name', ({ pods, order }) => {
    expect(names(rankForDeletion(pods, [], NOW))).toEqual(order)
  })

  test('pods on a crowded node go before a younger one that is alone', () => {
    const pods = [
      podWith({ name: 'alone', node: 'n1', phase: 'Running', ready: true, readySince: ago(1) }),
      podWith({ name: 'b-crowd', node: 'n2', phase: 'Running', ready: true, readySince: ago(100_000) }),
      podWith({ name: 'c-crowd', node: 'n2', phase: 'Running', ready: true, readySince: ago(4000) }),
    ]
    expect(names(rankForDeletion(pods, pods, NOW))).toEqual(['c-crowd', 'b-crowd', 'alone'])
  })

  test("a Job's pods: ages to the second, restarts, and no costs", () => {
    const running = { node: 'n1', phase: 'Running', ready: true } as const
    const pods = [
      podWith({ ...running, name: 'old', readySince: ago(100), deletionCost: '-5' }),
      podWith({ ...running, name: 'younger', readySince: ago(99) }),
      podWith({ ...running, name: 'restless', readySince: ago(100), restarts: 2 }),
      podWith({ ...running, name: 'unready', ready: false }),
    ]
    expect(names(rankPlainly(pods))).toEqual(['unready', 'younger', 'restless', 'old'])
  })
})
