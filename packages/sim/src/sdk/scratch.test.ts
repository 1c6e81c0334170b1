import { test } from 'vitest'
import { createCluster } from './cluster.ts'
import { readFileSync } from 'node:fs'

test('boot', async () => {
  const c = await createCluster({ nodes: 3 })
  await c.apply(readFileSync('examples/kubia.yaml', 'utf8'))
  for (let i = 0; i < 30; i++) { await c.advance('2s'); console.log(c.age, c.engine.queue.pending().filter((t) => t.kind === 'foreground').map((t) => t.label + '@' + t.timeUs / 1e6).slice(0, 8).join(' | ')) }
})
