// The API server's cases. HTTP: the same load against podwire's API server and against fastify alone that sends the same bytes,
// each server a process of its own; one update to a thousand watches, against one buffer to a thousand bare sockets or streams. In process:
// creates, and the way of one update to a thousand watches.

import { fork } from 'node:child_process'
import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { createApiServer, configMaps, pods, services } from '@podwire/apiserver'
import { Engine } from '@podwire/engine'
import { examples, REQUESTS, TOKEN } from './api-examples.mjs'
import { requestsPerSecond } from './api-load.mjs'
import { median } from './harness.mjs'
import { openStreams } from './http2-streams.mjs'

const SERVER = fileURLToPath(new URL('./api-server.mjs', import.meta.url))

/** Starts a server process; resolves with its port, what it said of itself, and how to end it. */
function start(kind, answers) {
  return new Promise((resolve, reject) => {
    const child = fork(SERVER, [kind])
    const failed = (code) => reject(new Error(`the ${kind} server ended with ${code}`))
    child.once('error', reject)
    child.once('exit', failed)
    child.once('message', (message) => {
      child.off('exit', failed)
      resolve({ ...message, stop: () => child.kill() })
    })
    if (answers !== undefined) child.send(answers)
  })
}

async function ask(port, { method, path, body }) {
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' }
  const sent = body === undefined ? {} : { body: JSON.stringify(body(-1)) }
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, headers, ...sent })
  return { code: response.status, body: await response.text() }
}

/** podwire's own answer to each request: what fastify is to send. */
async function recordAnswers() {
  const server = await start('podwire')
  const answers = {}
  for (const request of Object.values(REQUESTS)) {
    answers[`${request.method} ${request.path}`] = await ask(server.port, request)
  }
  server.stop()
  return answers
}

const running = new Map()

async function serverOf(side) {
  if (!running.has(side)) running.set(side, await start(side, side === 'fastify' ? await recordAnswers() : undefined))
  return running.get(side)
}

process.once('exit', () => {
  for (const server of running.values()) server.stop()
})

let created = 0

/** Requests a second of one kind. */
async function requests(side, name, count) {
  const { port } = await serverOf(side)
  const first = created
  created += count
  return requestsPerSecond(port, REQUESTS[name], count, first)
}

function newServer() {
  const server = createApiServer({ engine: new Engine({ seed: 1, epochMs: 0 }) })
  server.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } })
  return server
}

/** Objects created a second through the in-process client. */
function createsPerSecond(kind, count) {
  const server = newServer()
  const type = { pod: pods, service: services }[kind]
  const objects = Array.from({ length: count }, (_, i) => examples[kind](`x-${i}`))
  const start = performance.now()
  for (const object of objects) server.client.create(type, object)
  return (count / (performance.now() - start)) * 1000
}

/** Milliseconds until all of `count` watches in process have an update. */
function inProcessFanOut(count) {
  const server = newServer()
  server.client.create(configMaps, examples.configMap('a'))
  let heard = 0
  for (let i = 0; i < count; i++) server.client.watch(configMaps, {}, () => heard++)
  heard = 0
  const found = server.client.get(configMaps, { namespace: 'default', name: 'a' })
  const start = performance.now()
  server.client.update(configMaps, { ...found, data: { n: '1' } })
  const elapsed = performance.now() - start
  if (heard !== count) throw new Error(`${heard} of ${count} watches heard of it`)
  return elapsed
}

const UPDATES = 15

/**
 * Milliseconds from a trigger to the last of `count` connections having what it makes the server send to all of them: the median of
 * some in a row. Each connection opens with `greeting`, which the server answers.
 */
async function fanOut(port, count, greeting, trigger) {
  let round = 0
  let left = 0
  let done
  const sockets = await Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect(port, '127.0.0.1')
      socket.write(greeting)
      await new Promise((resolve) => socket.once('data', resolve))
      let heard = 0
      socket.on('data', () => {
        if (heard === round) return
        heard = round
        if (--left === 0) done()
      })
      return socket
    }),
  )
  const times = []
  for (let i = 0; i < UPDATES; i++) {
    await new Promise((resolve) => setTimeout(resolve, i === 0 ? 200 : 20))
    round++
    left = count
    const all = new Promise((resolve) => (done = resolve))
    const start = performance.now()
    trigger(i)
    await all
    times.push(performance.now() - start)
  }
  for (const socket of sockets) socket.destroy()
  return median(times)
}

const STREAMS_A_CONNECTION = 100
const TARGET = '/api/v1/namespaces/default/configmaps'

/** The same on streams of HTTP/2, as many a connection as kube-apiserver takes. */
async function streamFanOut(kind, count) {
  const server = await start(kind)
  const { port } = server
  try {
    const headers = (method, path) => [
      [':method', method],
      [':scheme', 'https'],
      [':path', path],
      [':authority', 'x'],
      ['authorization', `Bearer ${TOKEN}`],
    ]
    const writer = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
    const send = (method, path, type, body) => {
      const more = type === undefined ? {} : { 'content-type': type }
      const stream = writer.request(
        { ...Object.fromEntries(headers(method, path)), ...more },
        { endStream: body === '' },
      )
      stream.resume()
      if (body !== '') stream.end(body)
      return new Promise((resolve) => stream.once('close', resolve))
    }
    const isPeer = kind === 'streams'
    if (!isPeer) await send('POST', TARGET, 'application/json', JSON.stringify(examples.configMap('a')))
    let left = 0
    let done
    const heard = () => {
      if (--left === 0) done()
    }
    const watch = headers('GET', `${TARGET}?watch=true&resourceVersion=0&fieldSelector=metadata.name%3Da`)
    const sockets = []
    while (sockets.length * STREAMS_A_CONNECTION < count)
      sockets.push(await openStreams(port, STREAMS_A_CONNECTION, watch, heard))
    const times = []
    for (let i = 0; i < UPDATES; i++) {
      await new Promise((resolve) => setTimeout(resolve, i === 0 ? 200 : 20))
      left = count
      const all = new Promise((resolve) => (done = resolve))
      const began = performance.now()
      if (isPeer) void send('GET', '/send', undefined, '')
      else void send('PATCH', `${TARGET}/a`, 'application/merge-patch+json', `{"data":{"n":"${i}"}}`)
      await all
      times.push(performance.now() - began)
    }
    for (const socket of [...sockets, writer]) socket.destroy()
    return median(times)
  } finally {
    server.stop()
  }
}

/** A patch to a ConfigMap, to 1,000 watches of it. */
async function watchFanOut(count) {
  const server = await start('podwire')
  try {
    await ask(server.port, { method: 'POST', path: TARGET, body: () => examples.configMap('a') })
    const head = `HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${TOKEN}\r\n`
    const watch = `GET ${TARGET}?watch=true&resourceVersion=0&fieldSelector=metadata.name%3Da ${head}\r\n`
    const writer = connect(server.port, '127.0.0.1')
    writer.resume()
    const patch = (i) => {
      const body = `{"data":{"n":"${i}"}}`
      const type = `content-type: application/merge-patch+json\r\ncontent-length: ${body.length}\r\n`
      writer.write(`PATCH ${TARGET}/a ${head}${type}\r\n${body}`)
    }
    return await fanOut(server.port, count, watch, patch)
  } finally {
    server.stop()
  }
}

/** As many bytes from a server that does nothing but write one buffer to all its connections: what the machine asks for it. */
async function bareFanOut(count) {
  const server = await start('sockets')
  try {
    const writer = connect(server.port, '127.0.0.1')
    writer.resume()
    return await fanOut(server.port, count, 'hello', () => writer.write('send'))
  } finally {
    server.stop()
  }
}

/** Memory that an idle API server with its door adds to a Node process, in bytes. */
async function idleMemory() {
  const server = await start('idle')
  server.stop()
  return server.addedBytes
}

/** `side` of the cases: podwire, or the peer, which is fastify. */
export function sideOf(side) {
  return {
    requests: (name, count) => requests(side === 'peer' ? 'fastify' : 'podwire', name, count),
    creates: createsPerSecond,
    inProcessFanOut,
    connectionFanOut: side === 'peer' ? bareFanOut : watchFanOut,
    streamFanOut: (count) => streamFanOut(side === 'peer' ? 'streams' : 'podwire-tls', count),
    idleMemory,
  }
}
