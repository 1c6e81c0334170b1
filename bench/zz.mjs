import { Session } from 'node:inspector/promises'
import { sideOf } from './rules.mjs'
const side = sideOf()
const mode = process.argv[2] ?? 'ipvs', n = Number(process.argv[3] ?? 10000)
console.log(side.newConnection(mode, n, n), side.newConnection(mode, n, n))
const s = new Session(); s.connect(); await s.post('Profiler.enable'); await s.post('Profiler.setSamplingInterval', { interval: 200 }); await s.post('Profiler.start')
for (let i = 0; i < 4; i++) side.newConnection(mode, n, n)
const { profile } = await s.post('Profiler.stop')
const self = new Map(); const byId = new Map(profile.nodes.map((n) => [n.id, n]))
for (const x of profile.samples) { const n = byId.get(x); const k = `${n.callFrame.functionName} ${n.callFrame.url.split('/').slice(-2).join('/')}:${n.callFrame.lineNumber}`; self.set(k, (self.get(k) ?? 0) + 1) }
for (const [k, c] of [...self].sort((a, b) => b[1] - a[1]).slice(0, 30)) console.log((c / profile.samples.length * 100).toFixed(1).padStart(6), k)
