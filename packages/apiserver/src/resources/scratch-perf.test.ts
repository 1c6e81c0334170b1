import { test } from 'vitest'
import { Engine } from '@podwire/engine'
import { createRegistry } from './registry.ts'
import { createIpAllocator, createPortAllocator } from './index.ts'
import { pods, services } from './served-types.ts'
import { validateObjectMeta } from '../validation/object-meta.ts'
import { decodeBody } from '../decode/index.ts'
test('perf', () => {
  const engine = new Engine()
  const r = createRegistry()
  const context: any = { clock: engine.clock, random: engine.random.fork('x'), kubernetesVersion: { major: 1, minor: 36 }, allocators: { clusterIps: createIpAllocator('10.96.0.0/12'), nodePorts: createPortAllocator('30000-32767') }, find: () => undefined, warn: () => {} }
  const pod = r.byType(pods)
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-7d9f8c6b5-x2x2x', namespace: 'default', labels: { app: 'web', 'pod-template-hash': '7d9f8c6b5' }, ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-7d9f8c6b5', uid: 'u', controller: true, blockOwnerDeletion: true }] }, spec: { containers: [{ name: 'web', image: 'nginx:1', ports: [{ name: 'http', containerPort: 80 }], readinessProbe: { httpGet: { path: '/', port: 80 } }, env: [{ name: 'A', value: 'b' }], resources: { requests: { cpu: '100m', memory: '64Mi' } } }] } })
  const N = 20000
  for (let round = 0; round < 4; round++) {
    const objects = Array.from({ length: N }, () => JSON.parse(text))
    let t = performance.now()
    for (const o of objects) { pod.strategy.defaults!(o, context); pod.strategy.prepareForCreate!(o, context) }
    const a = performance.now() - t
    t = performance.now()
    let n = 0
    for (const o of objects) n += validateObjectMeta(o.metadata, { namespaced: true, nameRule: 'dns-subdomain' }, 'metadata').length + pod.strategy.validate!(o, context).length
    const b = performance.now() - t
    t = performance.now()
    const bytes = Buffer.from(text)
    for (let i = 0; i < N; i++) decodeBody({ contentType: 'application/json', bytes }, { ...pod.type, schema: pod.schema }, { fieldValidation: 'Strict', warn: () => {}, findSchemaName: () => undefined })
    const c = performance.now() - t
    const svc = r.byType(services)
    t = performance.now()
    for (let i = 0; i < N; i++) { const o: any = { apiVersion: 'v1', kind: 'Service', metadata: { name: 's', namespace: 'default' }, spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } }; svc.strategy.defaults!(o, context); svc.strategy.prepareForCreate!(o, context); svc.strategy.allocate!(o, undefined, context); n += svc.strategy.validate!(o, context).length }
    const d = performance.now() - t
    console.log(`defaults ${(a * 1000 / N).toFixed(2)} us, validate ${(b * 1000 / N).toFixed(2)} us, decode ${(c * 1000 / N).toFixed(2)} us, service ${(d * 1000 / N).toFixed(2)} errors ${n}`)
  }
})
