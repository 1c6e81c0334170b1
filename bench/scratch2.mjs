import { createApiServer, pods, events, createEventRecorder, namespaces, services } from '@podwire/apiserver'
import { Engine } from '@podwire/engine'
const engine = new Engine(); const s = createApiServer({ engine })
for (const n of ['default']) s.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: n } })
const c = s.client, N = 20000
const rec = createEventRecorder({ engine, client: c, component: 'kubelet', host: 'node-1' })
const spec = { containers: [{ name: 'a', image: 'nginx', ports: [{ containerPort: 80 }] }] }
const run = (name, f, n = N) => { for (let r = 0; r < 3; r++) { const t = performance.now(); for (let i = 0; i < n; i++) f(i, r); console.log(name, ((performance.now() - t) * 1000 / n).toFixed(1), 'us') } }
run('pod create', (i, r) => c.create(pods, { metadata: { name: `p${r}-${i}`, labels: { app: 'x' } }, spec }))
const cond = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({ type, status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }))
run('pod status', (i, r) => { const p = c.find(pods, { namespace: 'default', name: `p${r}-${i}` }); c.update(pods, { ...p, status: { phase: 'Running', conditions: cond, podIP: '10.244.0.2', podIPs: [{ ip: '10.244.0.2' }], containerStatuses: [{ name: 'a', ready: true, started: true, restartCount: 0, image: 'nginx', imageID: 'x', containerID: 'y', state: { running: { startedAt: '2026-01-01T00:00:00Z' } }, lastState: {} }] } }, { subresource: 'status' }) })
run('event', (i, r) => rec.event(c.find(pods, { namespace: 'default', name: `p${r}-${i}` }), 'Normal', 'Pulled', 'message ' + i, 'spec.containers{a}'))
run('modify label', (i, r) => c.modify(pods, { namespace: 'default', name: `p${r}-${i}` }, (d) => { d.metadata.labels.z = 'q' }))
run('bind', (i, r) => c.create(pods, { metadata: { namespace: 'default', name: `p${r}-${i}` }, target: { kind: 'Node', name: 'node-1' } }, { subresource: 'binding' }))
run('svc create', (i, r) => c.create(services, { metadata: { name: `s${r}-${i}` }, spec: { ports: [{ port: 80 }] } }), 5000)
