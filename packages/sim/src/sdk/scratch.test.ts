import { test } from 'vitest'
import { createCluster } from './cluster.ts'
import { pods, endpointSlices } from '@podwire/apiserver'
import { readFileSync } from 'node:fs'

test('boot', async () => {
  for (let i = 0; i < 3; i++) {
    const t = performance.now()
    const c = await createCluster({ nodes: 3 })
    console.log('boot ms', performance.now() - t, c.age, c.engine.bus.count, c.traceHash)
    if (i === 2) {
      for (const p of c.client.list(pods).items) console.log(p.metadata.namespace, p.metadata.name, p.spec.nodeName, p.status?.phase, p.status?.podIP, JSON.stringify(p.status?.conditions?.map((x) => x.type + x.status)), JSON.stringify(p.status?.containerStatuses?.map(x=>x.state)))
      await c.apply(readFileSync('examples/kubia.yaml', 'utf8'))
      await c.settle()
      console.log(c.age)
      for (const p of c.client.list(pods, { namespace: 'default' }).items) console.log(p.metadata.name, p.spec.nodeName, p.status?.phase, p.status?.podIP)
      const r = await c.pod('client').fetch('http://kubia/')
      console.log(r.status, r.text(), r.flow.endpoint, JSON.stringify(r.flow.steps, null, 1), r.flow.queries)
    }
  }
})
