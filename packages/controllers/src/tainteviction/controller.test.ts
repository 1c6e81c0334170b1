// When pods leave a node with NoExecute taints, on virtual time.

import { nodes, pods, type Taint, type Toleration } from '@podwire/apiserver'
import { SECOND } from '@podwire/engine'
import { expect, test } from 'vitest'
import { testCluster, type TestCluster } from '../testing/cluster.suite.ts'

const REF = { namespace: 'default', name: 'guest' }
const MARKED = 'TaintManagerEviction Marking for deletion Pod default/guest'
const CANCELLED = 'TaintManagerEviction Cancelling deletion of Pod default/guest'
const tolerating = (key: string, tolerationSeconds?: number): Toleration => ({
  key,
  operator: 'Exists',
  effect: 'NoExecute',
  ...(tolerationSeconds === undefined ? {} : { tolerationSeconds }),
})

function taint(cluster: TestCluster, ...keys: readonly string[]): void {
  const taints = keys.map((key): Taint => ({ key, effect: 'NoExecute' }))
  cluster.client.modify(nodes, { name: 'node-1' }, ({ spec }) => void (spec.taints = taints))
}

interface Row {
  readonly name: string
  readonly tolerations: readonly Toleration[]
  readonly then: (cluster: TestCluster) => void
  /** A second after the change, and a minute and a half after it. */
  readonly soon: readonly string[]
  readonly late: readonly string[]
}

const rows: readonly Row[] = [
  {
    name: 'a taint tolerated for less time does not hurry a planned eviction',
    tolerations: [tolerating('a', 60), tolerating('b', 5)],
    then: (cluster) => taint(cluster, 'a', 'b'),
    soon: [],
    late: [MARKED],
  },
  {
    name: 'a taint that is not tolerated cancels the plan and evicts at once',
    tolerations: [tolerating('a', 60)],
    then: (cluster) => taint(cluster, 'a', 'b'),
    soon: [CANCELLED, MARKED],
    late: [CANCELLED, MARKED],
  },
  {
    name: 'taints that are tolerated for ever cancel it',
    tolerations: [tolerating('a', 60), tolerating('b')],
    then: (cluster) => taint(cluster, 'b'),
    soon: [CANCELLED],
    late: [CANCELLED],
  },
  {
    name: 'a toleration that is added cancels it',
    tolerations: [tolerating('a', 60)],
    then: ({ client }) => {
      client.modify(pods, REF, ({ spec }) => {
        spec.tolerations = [tolerating('a'), ...(spec.tolerations ?? [])]
      })
    },
    soon: [CANCELLED],
    late: [CANCELLED],
  },
  {
    name: 'a node that is deleted lets it happen',
    tolerations: [tolerating('a', 30)],
    then: ({ client }) => void client.delete(nodes, { name: 'node-1' }),
    soon: [],
    late: [MARKED],
  },
  {
    name: 'a pod deleted by hand is told that its eviction is off',
    tolerations: [tolerating('a', 60)],
    then: ({ client }) => void client.delete(pods, REF, { gracePeriodSeconds: 0 }),
    soon: [CANCELLED],
    late: [CANCELLED],
  },
]

test.each(rows)('$name', async ({ tolerations, then, soon, late }) => {
  const cluster = await testCluster({ nodes: 1 })
  const containers = [{ name: 'main', image: 'example.test/app:1' }]
  cluster.markReady(
    cluster.client.create(pods, {
      metadata: REF,
      spec: { nodeName: 'node-1', containers, tolerations: [...tolerations] },
    }),
  )
  taint(cluster, 'a')
  await cluster.driver.advance(SECOND)
  then(cluster)
  await cluster.driver.advance(SECOND)
  const told = (): readonly string[] => cluster.eventsOf('Pod').filter((event) => event.startsWith('TaintManager'))
  expect(told()).toEqual(soon)
  await cluster.driver.advance(90 * SECOND)
  expect(told()).toEqual(late)
})
