import { test } from 'vitest'
import { randomBytes } from 'node:crypto'
import { Engine, RealTimeDriver } from '@podwire/engine'
import { createApiServer } from '../server.ts'
import { startHttpServer } from './server.ts'
import { createServerCertificates, createToken, writeKubeconfig } from '../certificates/index.ts'

test('serve', async () => {
  const engine = new Engine({ epochMs: Date.now() })
  const driver = new RealTimeDriver(engine)
  const api = createApiServer({ engine })
  const certs = await createServerCertificates({ nowMs: Date.now(), randomBytes })
  const token = 'tok'
  const resources = api.registry.all()
  const server = await startHttpServer({ engine, driver, handler: api.requestHandler, resources: () => resources, kubernetesVersion: 'v1.36.2', token, tls: { key: certs.key, certificate: certs.certificate }, port: Number(process.env['PORT'] ?? 0) })
  await writeKubeconfig('/tmp/door.kubeconfig', { server: server.url, authority: certs.authority, token })
  console.log(server.url, createToken(randomBytes).length)
  await new Promise((r) => setTimeout(r, Number(process.env['SERVE_MS'] ?? 1000)))
  await server.close()
}, 3_600_000)
