import { createTestCluster, FAR, NEAR } from '../fabric/test-cluster.ts'
import { serveHttp, sendHttp } from './index.ts'

const body = new TextEncoder().encode('hello')
for (const count of [1000]) {
  const c = createTestCluster()
  serveHttp(c.far, 8080, () => ({ status: 200, reason: '', headers: [['Content-Type', 'text/plain']], body }))
  serveHttp(c.near, 8080, () => ({ status: 200, reason: '', headers: [['Content-Type', 'text/plain']], body }))
  const services = []
  for (let i = 0; i < count; i++) services.push({ name: `s${i}`, clusterIP: `10.96.${1 + (i >> 8)}.${i & 255}`, ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' as const }], endpoints: [{ address: NEAR, node: 'node-1' }, { address: FAR, node: 'node-2' }] })
  c.setServices(services)
  const run = async (n: number): Promise<void> => {
    for (let i = 0; i < n; i++) {
      const r = await sendHttp(c.client, { address: '10.96.1.5', port: 80 })
      if (r.status !== 200) throw r
    }
  }
  await c.driver.wait(run(30000))
  const all = []
  for (let round = 0; round < 7; round++) {
    const t = process.hrtime.bigint()
    await c.driver.wait(run(50000))
    all.push(Number(process.hrtime.bigint() - t) / 1000 / 50000)
  }
  all.sort((a, b) => a - b)
  console.log(count, 'services: median', all[3]?.toFixed(2), 'best', all[0]?.toFixed(2), 'worst', all[6]?.toFixed(2), 'rss', Math.round(process.memoryUsage().rss / 1e6))
}
