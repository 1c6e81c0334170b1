// Runs one command with the official client's Exec in a cluster of this process, outside the test runner (which loads CommonJS modules
// its own way), and prints what it heard as JSON.

import { PassThrough } from 'node:stream'
import { Exec, KubeConfig } from '@kubernetes/client-node'
import { createCluster } from '@podwire/sim'

const cluster = await createCluster({ nodes: 1, ingress: false })
const spec = { containers: [{ name: 'web', image: 'nginx', ports: [{ containerPort: 80 }] }] }
await cluster.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec })
await cluster.settle()
const config = (await cluster.kubeConfig()).connect(new KubeConfig())
const stdout = new PassThrough()
let text = ''
stdout.on('data', (data) => (text += data.toString()))
const command = ['sh', '-c', 'sleep 2; hostname; exit 3']
const exit = new Promise((resolve, reject) => {
  new Exec(config).exec('default', 'web', 'web', command, stdout, null, null, false, resolve).catch(reject)
})
await cluster.advance('5s')
const status = await exit
await cluster.stop()
process.stdout.write(JSON.stringify({ text, status, age: cluster.age }))
