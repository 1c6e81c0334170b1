// The streams of the official client, outside the test runner (which loads CommonJS modules its own way): exec with a large input,
// attach, logs, port-forward and cp against two pods. Prints what it heard as JSON. The client's cpFromPod is left out: it asks for
// a compressed archive and reads a plain one.

import { mkdtempSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { connect, createServer } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { Attach, Cp, Exec, KubeConfig, Log, PortForward } from '@kubernetes/client-node'

const [kubeconfig, talker, server] = process.argv.slice(2)
const config = new KubeConfig()
config.loadFromFile(kubeconfig)
const digest = (bytes) => createHash('sha256').update(bytes).digest('hex')
const large = Buffer.from(Array.from({ length: 2_000_000 }, (_, index) => (index * 31) % 251))
const heard = {}

/** Resolves with what a stream gave once `enough` says so. */
async function listen(stream, enough) {
  let text = ''
  for await (const chunk of stream) {
    text += chunk.toString()
    if (enough(text)) return text
  }
  return text
}

const output = new PassThrough()
const parts = []
output.on('data', (part) => parts.push(part))
const status = await new Promise((resolve, reject) => {
  new Exec(config)
    .exec('default', talker, talker, ['cat'], output, null, Readable.from([large]), false, resolve)
    .catch(reject)
})
heard.exec = [status.status, digest(Buffer.concat(parts)) === digest(large)]

const attached = new PassThrough()
const session = await new Attach(config).attach('default', talker, talker, attached, null, null, false)
heard.attach = (await listen(attached, (text) => text.includes('tick'))).includes('tick')
session.close()

const logged = new PassThrough()
const following = await new Log(config).log('default', talker, talker, logged, { follow: true, tailLines: 1 })
heard.log = (await listen(logged, (text) => (text.match(/tick/g) ?? []).length >= 2)).startsWith('tick')
following.abort()

const forward = new PortForward(config)
const local = createServer((socket) => void forward.portForward('default', server, [8080], socket, null, socket))
await once(local.listen(0, '127.0.0.1'), 'listening')
const client = connect(local.address().port, '127.0.0.1')
client.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
heard.forward = (await listen(client, (text) => text.includes("You've hit"))).includes("You've hit")

/** The client's copies end some time after its promise: looks until it holds. */
async function until(holds) {
  for (let time = 0; time < 100; time++) {
    if (await holds()) return true
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return false
}

async function run(...command) {
  const output = new PassThrough()
  const said = listen(output, () => false)
  await new Promise((resolve, reject) => {
    new Exec(config).exec('default', talker, talker, command, output, null, null, false, resolve).catch(reject)
  })
  output.end()
  return said
}

const folder = mkdtempSync(join(tmpdir(), 'podwire-'))
writeFileSync(join(folder, 'sent'), large)
const copy = new Cp(config)
await copy.cpToPod('default', talker, talker, folder, '/tmp')
heard.cpTo = await until(async () => (await run('sh', '-c', 'wc -c < /tmp/sent')).trim() === String(large.length))

process.stdout.write(JSON.stringify(heard))
process.exit(0)
