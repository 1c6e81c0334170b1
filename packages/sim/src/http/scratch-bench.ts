import { createTestCluster, FAR, NEAR } from '../fabric/test-cluster.ts'
import { serveHttp, sendHttp, requestHttp } from './index.ts'

const body = new TextEncoder().encode('hello')
for (const [count, via, mode] of [
  [10, 'vip', 'p'],
  [10, 'vip', 'c'],
  [10, 'pod', 'c'],
  [10, 'near', 'c'],
  [1000, 'vip', 'p'],
  [10000, 'vip', 'p'],
] as const) {
  const c = createTestCluster()
  serveHttp(c.far, 8080, () => ({ status: 200, reason: '', headers: [['Content-Type', 'text/plain']], body }))
  serveHttp(c.near, 8080, () => ({ status: 200, reason: '', headers: [['Content-Type', 'text/plain']], body }))
  const services = []
  for (let i = 0; i < count; i++)
    services.push({
      name: `s${i}`,
      clusterIP: `10.96.${1 + (i >> 8)}.${i & 255}`,
      ports: [{ port: 80, targetPort: 8080, protocol: 'TCP' as const }],
      endpoints: [
        { address: NEAR, node: 'node-1' },
        { address: FAR, node: 'node-2' },
      ],
    })
  c.setServices(services)
  const to = via === 'vip' ? { address: '10.96.1.5', port: 80 } : { address: via === 'near' ? NEAR : FAR, port: 8080 }
  const run = async (n: number): Promise<void> => {
    for (let i = 0; i < n; i++) {
      const r = await sendHttp(c.client, to)
      if (r.status !== 200) throw r
    }
  }
  const sync = (n: number): Promise<void> => {
    let left = n
    const next = (): void => {
      if (left-- > 0)
        requestHttp(c.client, to, next, (e) => {
          throw e
        })
    }
    next()
    return c.driver.settle()
  }
  const go = (n: number) => (mode === 'p' ? c.driver.wait(run(n)) : sync(n))
  await go(30000)
  const all = [],
    cpu = []
  for (let round = 0; round < 7; round++) {
    const t = process.hrtime.bigint(),
      u = process.cpuUsage()
    await go(40000)
    all.push(Number(process.hrtime.bigint() - t) / 1000 / 40000)
    const v = process.cpuUsage(u)
    cpu.push((v.user + v.system) / 40000)
  }
  all.sort((a, b) => a - b)
  cpu.sort((a, b) => a - b)
  console.log(
    count,
    via,
    mode,
    'services: wall median',
    all[3]?.toFixed(2),
    'best',
    all[0]?.toFixed(2),
    'cpu median',
    cpu[3]?.toFixed(2),
    'best',
    cpu[0]?.toFixed(2),
  )
}
