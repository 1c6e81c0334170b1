import { clusterRoles } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { testCluster } from '../testing/cluster.suite.ts'

const rule = (resource: string) => ({ verbs: ['get'], apiGroups: ['lab.io'], resources: [resource] })

test('an aggregated role has the rules of the roles it selects, each once, by their names', async () => {
  const cluster = await testCluster()
  const { client } = cluster
  const part = (name: string, label: string, ...resources: readonly string[]): void => {
    client.create(clusterRoles, {
      metadata: { name, labels: { part: label } },
      rules: resources.map((one) => rule(one)),
    })
  }
  part('b', 'yes', 'x', 'y')
  part('other', 'no', 'z')
  client.create(clusterRoles, {
    metadata: { name: 'whole', labels: { part: 'yes' } },
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { part: 'yes' } }] },
    rules: [rule('overwritten')],
  })
  await cluster.settle()
  const rulesNow = (): unknown => client.get(clusterRoles, { name: 'whole' }).rules
  expect(rulesNow()).toEqual([rule('x'), rule('y')])
  part('a', 'yes', 'y', 'w')
  await cluster.settle()
  expect(rulesNow()).toEqual([rule('y'), rule('w'), rule('x')])
  client.delete(clusterRoles, { name: 'b' })
  await cluster.settle()
  expect(rulesNow()).toEqual([rule('y'), rule('w')])
  client.modify(clusterRoles, { name: 'a' }, (draft) => void (draft.metadata.labels = {}))
  await cluster.settle()
  expect(rulesNow()).toEqual([])
})
