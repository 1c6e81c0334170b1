import { createApiServer, namespaces } from '@podwire/apiserver'
import { Engine, RealTimeDriver } from '@podwire/engine'
import { test } from 'vitest'
import { spawn } from 'node:child_process'
import { startControllerManager, startScheduler } from './index.ts'
import { startHttpServer } from '../../apiserver/src/http/server.ts'
test('replay', async () => {
  const engine = new Engine({ seed: 1, epochMs: Date.now() })
  const api = createApiServer({ engine })
  const driver = new RealTimeDriver(engine, { onError: (e) => console.error('TASK', e) })
  driver.enter(() => {
    for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease'])
      if (!api.client.find(namespaces, { name })) api.client.create(namespaces, { metadata: { name }, spec: {} })
    startControllerManager({ engine, client: api.client, rootCaCertificate: 'x' })
    startScheduler({ engine, client: api.client })
  })
  const server = await startHttpServer({
    engine,
    driver,
    handler: api.requestHandler,
    resources: () => api.registry.all(),
    kubernetesVersion: 'v1.36.2',
    token: 'T',
  })
  await new Promise<void>((res) => {
    const p = spawn(
      'node',
      [
        '/work/shared/reference/controllers.mjs',
        '--server',
        server.url,
        '--token',
        'T',
        '--diff',
        '--only',
        process.env.ONLY ?? '.',
        '--parallel',
        process.env.PAR ?? '12',
      ],
      { stdio: 'inherit' },
    )
    p.on('exit', () => res())
  })
  await server.close()
}, 900_000)
