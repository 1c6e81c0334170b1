import { services } from '@podwire/apiserver'
import { test } from 'vitest'
import { createDeployment, testCluster } from './testing/cluster.suite.ts'
test('bench 1000', async () => {
 for (let k = 0; k < 3; k++) {
  const cluster = await testCluster({ nodes: 10 })
  const t0 = performance.now()
  cluster.client.create(services, { metadata: { namespace: 'default', name: 'site' }, spec: { selector: { app: 'site' }, ports: [{ port: 80 }] } })
  createDeployment(cluster.client, 'site', 1000)
  await cluster.settle()
  const t1 = performance.now()
  const all = cluster.podsOf({ app: 'site' })
  let i = 0
  for (const pod of all) cluster.engine.schedule(2000 * i++, 'x', () => cluster.markReady(pod))
  await cluster.settle()
  const t2 = performance.now()
  console.log('created+bound', t1 - t0, 'ready', t2 - t1, cluster.slicesOf('site').map((s) => s.endpoints?.length).join(), cluster.engine.bus.count)
 }
})
