// When informers tell of changes: each moment of the store on its own, in order, and what is written at once together.

import { Engine, MILLISECOND, VirtualTimeDriver } from '@podwire/engine'
import { expect, test } from 'vitest'
import { configMaps, createApiServer, namespaces } from '../index.ts'
import { createInformerFactory } from './shared-informer.ts'

test.each<[string, readonly number[], readonly number[], readonly string[]]>([
  ['apart: each arrives on its own', [0, 1], [5, 5], ['5 m0', '6 m1']],
  ['at once: together', [0, 0, 0], [5], ['5 m0', '5 m1', '5 m2']],
  ['none overtakes another', [0, 1, 2], [5, 1, 9], ['5 m0', '5 m1', '11 m2']],
])('%s', async (_name, writtenMs, latenciesMs, told) => {
  const engine = new Engine({ seed: 1 })
  const { client } = createApiServer({ engine })
  client.create(namespaces, { metadata: { name: 'default' }, spec: {} })
  const latencies = [...latenciesMs]
  const informers = createInformerFactory({
    engine,
    client,
    name: 'test',
    latency: () => (latencies.shift() ?? 0) * MILLISECOND,
  })
  const seen: string[] = []
  informers
    .informer(configMaps)
    .onChange(({ object }) => seen.push(`${engine.clock.now() / MILLISECOND} ${object.metadata.name}`))
  writtenMs.forEach((atMs, index) =>
    engine.schedule(atMs * MILLISECOND, 'write', () =>
      client.create(configMaps, { metadata: { name: `m${index}`, namespace: 'default' } }),
    ),
  )
  await new VirtualTimeDriver(engine).settle()
  expect(seen).toEqual(told)
  expect(latencies).toEqual([])
})
