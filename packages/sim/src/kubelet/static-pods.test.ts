import { pods } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { componentImage } from '../images/component.ts'
import { createImageRegistry } from '../images/registry.ts'
import { createKubeletWorld } from './kubelet-world.suite.ts'

test('a static pod has a mirror that comes back, while its container runs on', async () => {
  const images = createImageRegistry()
  const calls: string[] = []
  images.register(
    componentImage({
      name: 'kube-proxy',
      entrypoint: ['/usr/local/bin/kube-proxy'],
      run: (context) => {
        calls.push(`start ${context.hostname}`)
        return () => void calls.push('stop')
      },
    }),
  )
  const { driver, client } = createKubeletWorld({
    images,
    staticPods: [
      {
        metadata: { name: 'kube-proxy', namespace: 'kube-system', labels: { 'k8s-app': 'kube-proxy' } },
        spec: { hostNetwork: true, containers: [{ name: 'kube-proxy', image: 'registry.k8s.io/kube-proxy:v1.36.2' }] },
      },
    ],
  })
  await driver.settle()
  const ref = { namespace: 'kube-system', name: 'kube-proxy-node-1' }
  const first = client.get(pods, ref)
  expect(first.status?.phase).toBe('Running')
  expect(first.status?.podIP).toBe('172.18.0.2')
  expect(first.metadata.annotations?.['kubernetes.io/config.source']).toBe('file')
  expect(first.metadata.ownerReferences?.[0]).toMatchObject({ kind: 'Node', name: 'node-1' })
  client.delete(pods, ref)
  await driver.settle()
  const second = client.get(pods, ref)
  expect(second.metadata.uid).not.toBe(first.metadata.uid)
  expect(second.status?.phase).toBe('Running')
  expect(calls).toEqual(['start node-1'])
})
