import * as b from './podwire.mjs'
const what = process.argv[2]
const n = Number(process.argv[3] ?? 5)
const out = []
const cpu = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000 }
const cpus = []
const med = (v) => v.slice().sort((a, c) => a - c)[v.length >> 1]
for (let i = 0; i < n; i++) {
  const c = cpu()
  if (what === 'boot') { const t = performance.now(); await b.boot(); out.push(performance.now() - t) }
  if (what === 'first') out.push(await b.firstReply())
  if (what === 'many') out.push(await b.manyPods(Number(process.argv[4] ?? 1000)))
  if (what === 'req') out.push(await b.requestsPerSecond(50000))
  cpus.push(cpu() - c)
}
console.log(what, 'median', med(out).toFixed(1), 'min', Math.min(...out).toFixed(1), 'max', Math.max(...out).toFixed(1), 'first', out[0].toFixed(1), 'cpu median', med(cpus).toFixed(1))
