// A cluster that looks like an older release: manifests of its time work, and the components inside go on as ever.

import { ingresses, services } from '@podwire/apiserver'
import { expect, test } from 'vitest'
import { INGRESS_NAMESPACE, INGRESS_SERVICE } from '../system/ingress-nginx.ts'
import { createCluster } from './cluster.ts'

const OLD = `
apiVersion: extensions/v1beta1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 2
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: luksa/kubia, ports: [{ containerPort: 8080 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { type: NodePort, selector: { app: web }, ports: [{ port: 80, targetPort: 8080, nodePort: 30123 }] }
---
apiVersion: extensions/v1beta1
kind: Ingress
metadata: { name: web, annotations: { kubernetes.io/ingress.class: nginx } }
spec:
  rules:
    - host: web.example.com
      http: { paths: [{ path: /, backend: { serviceName: web, servicePort: 80 } }] }
`

test('manifests of 2018 route a request', async () => {
  const cluster = await createCluster({ kubernetesVersion: '1.15', nodes: 1 })
  await cluster.apply(OLD)
  await cluster.settle()
  expect(cluster.pods({ app: 'web' }).length).toBe(2)
  expect(cluster.client.get(ingresses, { namespace: 'default', name: 'web' })).toMatchObject({
    spec: { rules: [{ http: { paths: [{ backend: { service: { name: 'web', port: { number: 80 } } } }] } }] },
  })
  const { stdout } = await cluster.external.exec('curl -s http://172.18.0.2:30123/')
  expect(stdout).toContain("You've hit web-")
  const door = cluster.client.get(services, { namespace: INGRESS_NAMESPACE, name: INGRESS_SERVICE })
  const port = door.spec.ports?.find(({ name }) => name === 'http')?.nodePort ?? 0
  const routed = await cluster.external.exec(`curl -s -H 'Host: web.example.com' http://172.18.0.2:${port}/`)
  expect(routed.stdout).toContain("You've hit web-")
  await cluster.stop()
})

test('a release that has them no more does not take them', async () => {
  const cluster = await createCluster({ kubernetesVersion: '1.22', nodes: 1, ingress: false })
  const refused = expect(cluster.apply(OLD)).rejects
  await refused.toThrow('no matches for kind "Deployment" in version "extensions/v1beta1"')
  await cluster.stop()
})
