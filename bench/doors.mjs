// The doors' cases: the same requests against doors of `podwire up`, behind which a pod answers, and against fastify alone that
// answers the same body, each server a process of its own.

import { fork, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createCertificateAuthority } from '@podwire/sim'
import { repeatsPerSecond } from './api-load.mjs'

const PODWIRE = fileURLToPath(new URL('../packages/sim/bin/podwire.js', import.meta.url))
const HOST = 'web.example.com'
const BODY = 'hello'
const REQUEST = Buffer.from(`GET / HTTP/1.1\r\nHost: ${HOST}\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n`)
/** As browsers of a class: a request through an ingress waits for some hops of virtual latency. */
const CONNECTIONS = 64

const { certificate, key, secret } = createCertificateAuthority({ nowMs: Date.now() }).issue({ hosts: [HOST] })

const running = new Map()
// The bench ends its sides with a signal: what they started ends with them.
process.once('SIGTERM', () => process.exit())
process.once('exit', () => {
  for (const server of running.values()) server.stop()
})

function manifests() {
  const backend = { service: { name: 'web', port: { number: 80 } } }
  const container = { name: 'web', image: 'hashicorp/http-echo', args: [`-text=${BODY}`, '-listen=:5678'] }
  return [
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', labels: { app: 'web' } },
      spec: { containers: [container] },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web' },
      spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80, targetPort: 5678, nodePort: 30080 }] },
    },
    secret('web'),
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'web', annotations: { 'nginx.ingress.kubernetes.io/ssl-redirect': 'false' } },
      spec: {
        ingressClassName: 'nginx',
        tls: [{ hosts: [HOST], secretName: 'web' }],
        rules: [{ host: HOST, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
      },
    },
  ]
}

/** Where node port, ingress and its https are. */
async function startPodwire() {
  const folder = mkdtempSync(join(tmpdir(), 'podwire-bench-'))
  writeFileSync(
    join(folder, 'web.json'),
    manifests()
      .map((one) => JSON.stringify(one))
      .join('\n---\n'),
  )
  const flags = [
    '--nodes',
    '1',
    '--dns-port',
    '0',
    '--kubeconfig',
    join(folder, 'config'),
    '-f',
    join(folder, 'web.json'),
  ]
  const child = spawn(process.execPath, [PODWIRE, 'up', ...flags], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`podwire up ended with ${code}`)))
    child.stdout.on('data', (data) => {
      output += data
      if (/^ready /m.test(output)) resolve()
    })
  })
  const host = /127\.\d+\.0\.2/.exec(output)[0]
  const [, http, https] = /ingress-nginx-controller\s+80:(\d+)\/TCP,443:(\d+)\/TCP/.exec(output)
  return {
    nodePort: { host, port: 30080 },
    http: { host, port: Number(http) },
    https: { host, port: Number(https), tls: { servername: HOST } },
    stop: () => {
      child.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function startFastify() {
  const start = (tls) =>
    new Promise((resolve) => {
      const child = fork(fileURLToPath(new URL('./plain-fastify.mjs', import.meta.url)))
      child.once('message', ({ port }) => resolve({ port, child, ...(tls ? { tls: { servername: HOST } } : {}) }))
      child.send({ body: `${BODY}\n`, ...(tls ? { tls: { cert: certificate, key } } : {}) })
    })
  const [http, https] = await Promise.all([start(false), start(true)])
  const stop = () => [http, https].forEach(({ child }) => child.kill())
  return { nodePort: http, http, https, stop }
}

async function throughDoor(side, kind, count) {
  if (!running.has(side)) running.set(side, await (side === 'peer' ? startFastify() : startPodwire()))
  return repeatsPerSecond(running.get(side)[kind], CONNECTIONS, count, REQUEST)
}

/** `side` of the cases: podwire, or the peer, which is fastify. */
export function sideOf(side) {
  return { throughDoor: (kind, count) => throughDoor(side, kind, count) }
}
