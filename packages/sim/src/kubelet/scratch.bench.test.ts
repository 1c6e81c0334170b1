import { test } from 'vitest'
import { Session } from 'node:inspector/promises'
import { createKubeletWorld } from './kubelet-world.suite.ts'
import { pods } from '@podwire/apiserver'
for (const [n, prof] of [[200,false],[250,false],[250,false],[250, true]] as const)
test('bench '+n, async () => {
  const { driver, create, client } = createKubeletWorld()
  const s = new Session()
  const t0 = performance.now()
  for (let i = 0; i < n; i++) create('web-' + i, {})
  const t1 = performance.now()
  if (prof) { s.connect(); await s.post('Profiler.enable'); await s.post('Profiler.setSamplingInterval', {interval: 100}); await s.post('Profiler.start') }
  await driver.settle()
  const t2 = performance.now()
  if (prof) {
    const { profile } = await s.post('Profiler.stop')
    const self = new Map<string, number>(), total = new Map<string, number>()
    const byId = new Map(profile.nodes.map((x) => [x.id, x]))
    const parent = new Map<number, number>()
    for (const x of profile.nodes) for (const c of x.children ?? []) parent.set(c, x.id)
    const name = (x: any) => x.callFrame.functionName + ' ' + x.callFrame.url.split('/').slice(-3).join('/') + ':' + x.callFrame.lineNumber
    profile.samples!.forEach((id, i) => {
      const dt = profile.timeDeltas![i]!
      const x = byId.get(id)!
      self.set(name(x), (self.get(name(x)) ?? 0) + dt)
      const seen = new Set<string>()
      for (let p: number | undefined = id; p !== undefined; p = parent.get(p)) { const k = name(byId.get(p)!); if (!seen.has(k)) { seen.add(k); total.set(k, (total.get(k) ?? 0) + dt) } }
    })
    const top = (m: Map<string, number>) => [...m].sort((a, b) => b[1] - a[1]).slice(0, 35).map(([k, v]) => (v/1000).toFixed(1) + 'ms ' + k).join('\n')
    console.log('SELF\n' + top(self) + '\nTOTAL\n' + top(total))
  }
  const ready = client.list(pods, {}).items.filter((p) => p.status?.phase === 'Running').length
  console.log(n, ready, 'create', ((t1 - t0)/n*1000).toFixed(0), 'us/pod; run', ((t2 - t1)/n*1000).toFixed(0), 'us/pod')
})
