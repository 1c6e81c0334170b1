// The token file of a pod is one the API server accepts, as long as the pod is there.

import { pods } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { createCluster } from './cluster.ts'

const POD = `
apiVersion: v1
kind: Pod
metadata: { name: box }
spec:
  terminationGracePeriodSeconds: 0
  containers:
    - { name: box, image: busybox, command: [sleep, '100000'] }
`
const FILE = '/var/run/secrets/kubernetes.io/serviceaccount/token'

test('read in the pod, accepted by the server, refused when the pod is gone', async () => {
  const cluster = await createCluster({ nodes: 1, ingress: false })
  await cluster.apply(POD)
  await cluster.settle()
  const box = cluster.pod('box')
  const first = (await box.exec(`cat ${FILE}`)).stdout
  const userOf = (token: string, audiences?: readonly string[]): unknown =>
    cluster.composition.server.requestHandler.userOfToken?.(token, audiences)
  const { uid } = cluster.client.get(pods, { namespace: 'default', name: 'box' }).metadata
  expect(userOf(first)).toMatchObject({
    user: {
      name: 'system:serviceaccount:default:default',
      extra: {
        'authentication.kubernetes.io/pod-name': ['box'],
        'authentication.kubernetes.io/pod-uid': [uid],
        'authentication.kubernetes.io/node-name': ['node-1'],
      },
    },
  })
  expect(userOf(first, ['vault'])).toMatchObject({
    error: expect.stringContaining('is invalid for the target audiences'),
  })
  await cluster.advance('10m')
  expect((await box.exec(`cat ${FILE}`)).stdout).toBe(first)
  await cluster.advance('40m')
  const second = (await box.exec(`cat ${FILE}`)).stdout
  expect(second).not.toBe(first)
  // The injected token works a year, whatever its file says.
  expect([userOf(first), userOf(second)]).toEqual([
    expect.objectContaining({ user: expect.anything() }),
    expect.objectContaining({ user: expect.anything() }),
  ])
  cluster.client.delete(pods, { namespace: 'default', name: 'box' })
  await cluster.advance('2m')
  expect(userOf(second)).toEqual({ error: 'service account token has been invalidated' })
  await cluster.stop()
})
