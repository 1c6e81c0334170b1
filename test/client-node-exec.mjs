// Runs one command with the official client's Exec, outside the test runner (which loads CommonJS modules its own way), and
// prints what it heard as JSON.

import { PassThrough } from 'node:stream'
import { Exec, KubeConfig } from '@kubernetes/client-node'

const [kubeconfig, namespace, pod, container, ...command] = process.argv.slice(2)
const config = new KubeConfig()
config.loadFromFile(kubeconfig)
const stdout = new PassThrough()
let text = ''
stdout.on('data', (data) => (text += data.toString()))
const status = await new Promise((resolve, reject) => {
  new Exec(config).exec(namespace, pod, container, command, stdout, null, null, false, resolve).catch(reject)
})
process.stdout.write(JSON.stringify({ text, status }))
process.exit(0)
