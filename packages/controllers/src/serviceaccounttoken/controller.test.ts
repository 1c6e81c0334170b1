import { type Secret, secrets, serviceAccounts } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { testCluster } from '../testing/cluster.suite.ts'

const SECRET = { namespace: 'default', name: 'robot-token' }
const ROBOT = { namespace: 'default', name: 'robot' }
const ofType = (type: string): Pick<Secret, 'type'> => ({ type })

test('a token Secret is filled for its account and goes with it; others are left alone', async () => {
  const { client, settle } = await testCluster().then((cluster) => ({
    client: cluster.client,
    settle: () => cluster.settle(),
  }))
  const account = client.create(serviceAccounts, { metadata: ROBOT })
  const annotations = { 'kubernetes.io/service-account.name': 'robot' }
  client.create(secrets, { metadata: { ...SECRET, annotations }, ...ofType('kubernetes.io/service-account-token') })
  client.create(secrets, { metadata: { ...SECRET, name: 'plain', annotations }, ...ofType('Opaque') })
  await settle()
  const filled = client.get(secrets, SECRET)
  expect(filled.metadata.annotations).toEqual({
    ...annotations,
    'kubernetes.io/service-account.uid': account.metadata.uid,
  })
  expect(Object.keys(filled.data ?? {}).sort((a, b) => (a < b ? -1 : 1))).toEqual(['ca.crt', 'namespace', 'token'])
  expect(client.get(secrets, { ...SECRET, name: 'plain' }).data).toBeUndefined()
  client.delete(serviceAccounts, ROBOT)
  await settle()
  expect(client.find(secrets, SECRET)).toBeUndefined()
  expect(client.find(secrets, { ...SECRET, name: 'plain' })).toBeDefined()
})
