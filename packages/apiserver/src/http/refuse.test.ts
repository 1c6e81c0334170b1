import { expect, test } from 'vitest'
import { ask, open } from './ask.suite.ts'
import { startFakeCluster } from './fake-handler.suite.ts'

test('a door that refuses ends what is open, is "connection refused" to all others, and opens again on its port', async () => {
  await using cluster = await startFakeCluster()
  const { port } = cluster.server
  const watch = await open(cluster, '/api/v1/namespaces/default/configmaps?watch=true')
  const ended = new Promise((resolve) => watch.on('close', resolve).resume())
  await cluster.server.refuse(true)
  await ended
  await expect(ask(cluster, '/version')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  await cluster.server.refuse(true)
  await cluster.server.refuse(false)
  expect([cluster.server.port, (await ask(cluster, '/version')).code]).toEqual([port, 200])
})
